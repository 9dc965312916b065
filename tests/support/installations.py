"""Another installation beside the one under test: a fresh directory and an empty database of the same kind."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from wire.settings import BASE_DIR


class Installation:
    """Runs commands in processes of its own. `database` is its DATABASE_URL; empty: SQLite in its directory."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.folder, self.database = folder, database

    def run(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess:
        plain = {
            name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "PYTEST", "WIRE"))
        }
        # In debug mode, pages need no collected static files.
        plain |= {"WIRE_VAR_DIR": str(self.folder), "WIRE_DEBUG": "1", "DATABASE_URL": self.database} | environment
        plain |= {"WIRE_SECURITY_CONTACT": "mailto:security@news.example.org"}
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=BASE_DIR,
            env={name: value for name, value in plain.items() if value},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@contextmanager
def empty_database() -> Iterator[str]:
    """Yield the URL of a new database on the PostgreSQL server of the tests; it is dropped with its logins."""
    name = f"other_{secrets.token_hex(4)}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield url_of(name)
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
            for role in ("readers", "heartbeat", "readers_published"):
                cursor.execute(f"DROP ROLE IF EXISTS {name}_{role}")


def url_of(name: str) -> str:
    """Return the URL of a database on the PostgreSQL server of the tests."""
    server = connection.settings_dict
    user = f"{quote(server['USER'])}:{quote(server['PASSWORD'])}@" if server["USER"] else ""
    return f"postgres://{user}{server['HOST'] or '127.0.0.1'}:{server['PORT'] or 5432}/{name}"


@contextmanager
def installation(folder: Path) -> Iterator[Installation]:
    """Yield an empty installation with a database of the kind under test."""
    folder.mkdir()
    if connection.vendor == "sqlite":
        yield Installation(folder)
    else:
        with empty_database() as url:
            yield Installation(folder, url)
