"""Commands without a database fail with a clear message."""

import os
import subprocess
import sys

import pytest

from wire.settings import BASE_DIR

COMMANDS = ["check_signals", "rerate", "reindex", "poll_intake", "load_demo", "migrate", "createsuperuser"]
AWAY = {
    # Nothing listens on this port.
    "PostgreSQL": "postgres://127.0.0.1:1/wire",
    "SQLite": "sqlite:////no/such/folder/wire.sqlite3",
}


def run(tmp_path, database, *arguments):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=os.environ | {"WIRE_VAR_DIR": str(tmp_path), "DATABASE_URL": AWAY[database]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("database", AWAY)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_can_not_reach_the_database_says_so_in_words(tmp_path, database, command):
    done = run(tmp_path, database, command)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    reason = "onnection refused" if database == "PostgreSQL" else "unable to open database file"
    assert "The database can't be used: " in done.stderr
    assert reason in done.stderr


def test_where_it_failed_is_said_on_demand(tmp_path):
    assert "Traceback" in run(tmp_path, "SQLite", "rerate", "--traceback").stderr
