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


# Runs each of the commands that it is given, as the command line does, in one process: loading Django takes a second.
EACH = """
import os, runpy, sys
for command in sys.argv[1:]:
    sys.argv = ["manage.py", command]
    print(f"-- {command}", file=sys.stderr)
    try:
        runpy.run_path("manage.py", run_name="__main__")
    except SystemExit as end:
        print(end.code, file=sys.stderr)
    else:
        print("It ended as if nothing had happened.", file=sys.stderr)
"""


def run(tmp_path, database, *arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE_DIR,
        env=os.environ | {"WIRE_VAR_DIR": str(tmp_path), "DATABASE_URL": AWAY[database]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("database", AWAY)
def test_a_command_that_can_not_reach_the_database_says_so_in_words(tmp_path, database):
    said = run(tmp_path, database, "-c", EACH, *COMMANDS).stderr.split("-- ")[1:]
    assert [each.splitlines()[0] for each in said] == COMMANDS
    reason = "onnection refused" if database == "PostgreSQL" else "unable to open database file"
    for each in said:
        assert "The database can't be used: " in each
        assert reason in each
        assert "Traceback" not in each


def test_it_fails_and_where_is_said_on_demand(tmp_path):
    done = run(tmp_path, "SQLite", "manage.py", "rerate")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "Traceback" in run(tmp_path, "SQLite", "manage.py", "rerate", "--traceback").stderr
