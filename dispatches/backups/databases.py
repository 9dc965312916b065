"""Copy a whole database to a file while the site runs, and back into an empty one, with each database's own tools."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.apps import apps
from django.core.management import CommandError
from django.db import connection, models, transaction

from dispatches.public.models import SiteState
from dispatches.public.wall import SCHEMA

STATE = SiteState._meta.db_table
# The names that libpq has for the options of a connection, by psycopg's.
_PG = {
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
}


def dump(path: Path) -> dict[str, int]:
    """Copy the database to this file, as of one time. Returns the number of rows by table, as of the same time."""
    return _dump_sqlite(path) if connection.vendor == "sqlite" else _dump_postgresql(path)


def load(path: Path) -> None:
    """Put a copy into the empty database of the settings, closed to readers. Raises CommandError."""
    if connection.vendor == "sqlite":
        _load_sqlite(path)
    else:
        _load_postgresql(path)


def is_empty() -> bool:
    """Return True if the database has no tables."""
    return not connection.introspection.table_names()


def tables() -> Iterator[type[models.Model]]:
    """Return the models of all tables that a backup has, and those of relations between them."""
    return (each for each in apps.get_models(include_auto_created=True) if each._meta.managed and not each._meta.proxy)


def count_rows(alias: str = "default") -> dict[str, int]:
    """Return the number of rows by table."""
    return {each._meta.db_table: each._base_manager.using(alias).count() for each in tables()}


# SQLite


def _dump_sqlite(path: Path) -> dict[str, int]:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    # In a read transaction. It copies rows, not pages: what was deleted leaves no trace in the copy.
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=60)) as source:
        source.execute("VACUUM INTO ?", [str(path)])
    with closing(sqlite3.connect(path)) as copy:
        return {
            table: copy.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - a table of Django's
            for table in (each._meta.db_table for each in tables())
        }


def _load_sqlite(path: Path) -> None:
    name = Path(connection.settings_dict["NAME"])
    with closing(sqlite3.connect(path)) as copy:
        if (found := copy.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
            raise CommandError(f"The database in the backup is damaged: {found}")
        copy.execute(f"UPDATE {STATE} SET is_closed = 1")  # noqa: S608 - constant
        copy.commit()
        copy.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    for suffix in ("-wal", "-shm"):
        name.with_name(name.name + suffix).unlink(missing_ok=True)
    path.chmod(0o600)
    # The copy may be on another file system.
    beside = name.with_name(f"{name.name}.restored")
    shutil.copyfile(path, beside)
    beside.chmod(0o600)
    beside.replace(name)


# PostgreSQL


def _dump_postgresql(path: Path) -> dict[str, int]:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        # Neither the readers' wall nor its logins: `migrate` creates them where the copy is restored.
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--exclude-schema={SCHEMA}",
             f"--snapshot={snapshot}", f"--file={path}")  # fmt: skip
        return count_rows()


def _load_postgresql(path: Path) -> None:
    contents = _run("pg_restore", "--list", str(path))
    # The policy of the wall names a login.
    kept = [line for line in contents.splitlines() if " POLICY " not in line and " ROW SECURITY " not in line]
    with NamedTemporaryFile("w", dir=path.parent, prefix="contents-") as chosen:
        chosen.write("\n".join(kept))
        chosen.flush()
        _run("pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
             f"--use-list={chosen.name}", f"--dbname={connection.settings_dict['NAME']}", str(path))  # fmt: skip
    # `migrate` grants readers' logins what they may read. Before that, they can read nothing.
    SiteState.objects.update(is_closed=True)


def _run(program: str, *arguments: str) -> str:
    """Run one of PostgreSQL's programs on the database of the settings. Returns what it prints. Raises CommandError."""
    if not (found := shutil.which(program)):
        raise CommandError(
            f"{program} is missing. Install PostgreSQL's client programs, of the server's version or newer (on Debian, "
            "the package postgresql-client)."
        )
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL
        [found, *arguments], env=os.environ | _environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandError(f"{program} failed:\n{done.stderr.strip()}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Return the variables with which PostgreSQL's programs find the database. A password is never an argument."""
    parameters: dict[str, Any] = connection.get_connection_params()
    return {variable: str(parameters[name]) for name, variable in _PG.items() if parameters.get(name)}
