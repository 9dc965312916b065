"""Copy a SQLite site into an empty PostgreSQL database, row by row, and check that it is the same there."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management import CommandError
from django.db import connection, connections, models, transaction
from environs import Env

from dispatches.backups.databases import count_rows, tables
from dispatches.models import append_only

TARGET = "target"
BATCH = 2_000


class Elsewhere:
    """The new database: a connection here, and commands in processes of their own whose DATABASE_URL it is."""

    def __init__(self, url: str) -> None:
        self.url = url

    def run(self, *arguments: str) -> str:
        """Run a command of manage.py on the new database. Returns what it prints. Raises CommandError."""
        return _manage(self.url, *arguments)


@contextmanager
def connected(url: str) -> Iterator[Elsewhere]:
    """Connect to the new database as `TARGET`. Raises CommandError if it is no PostgreSQL database."""
    try:
        parsed = Env().dj_db_url("", url) if "://" in url else {}
    except ValueError as error:
        raise CommandError("The address must look like postgres://user:password@host:5432/name.") from error
    if parsed.get("ENGINE") != "django.db.backends.postgresql":
        raise CommandError("The address must start with postgres://. A site is moved from SQLite to PostgreSQL only.")
    options = parsed.get("OPTIONS", {})
    here = connection.settings_dict
    connections.databases[TARGET] = here | {"OPTIONS": {}} | parsed | {
        "ENGINE": "wire.databases.postgresql",
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "TEST": here["TEST"],
    }  # fmt: skip
    try:
        yield Elsewhere(url)
    finally:
        connections[TARGET].close()
        del connections[TARGET], connections.databases[TARGET]


def source_url() -> str:
    """Return the address of the database that is moved. Raises CommandError if it is not SQLite."""
    if connection.vendor != "sqlite":
        raise CommandError("This site uses PostgreSQL already. Move it with `manage.py backup` and `restore`.")
    return f"sqlite:///{quote(str(connection.settings_dict['NAME']))}"


def copy_all(elsewhere: Elsewhere, advance: Callable[[int], object]) -> None:
    """Copy all rows as of one time, in one transaction. `advance` gets the numbers of rows. Raises CommandError."""
    target = connections[TARGET]
    if target.introspection.table_names():
        raise CommandError("The new database is not empty. Create another one.")
    elsewhere.run("migrate", "--verbosity=0")
    # The first transaction keeps editors waiting, so nothing is written to the old database meanwhile.
    with transaction.atomic(), transaction.atomic(using=TARGET), target.cursor() as cursor:
        moved = list(tables())
        append_only.take_down(target)
        # What `migrate` has created: content types, permissions, roles, sections.
        names = ", ".join(target.ops.quote_name(each._meta.db_table) for each in moved)
        cursor.execute(f"TRUNCATE {names}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for model in moved:
            _copy(model, cursor, advance)
        _continue_sequences(moved, cursor)
        append_only.put_up(target)


def _continue_sequences(moved: list[type[models.Model]], cursor: Any) -> None:
    """Let ids go on where SQLite's do: behind those of deleted objects, too, whose history is kept."""
    with connection.cursor() as here:
        here.execute("SELECT name, seq FROM sqlite_sequence")
        last = dict(here.fetchall())
    for model in moved:
        table, key = model._meta.db_table, model._meta.pk
        if isinstance(key, models.AutoField) and last.get(table):
            name = connections[TARGET].ops.quote_name(table)
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [name, key.column, last[table]])


def _copy(model: type[models.Model], cursor: Any, advance: Callable[[int], object]) -> None:
    target = connections[TARGET]
    fields = model._meta.concrete_fields
    columns = ", ".join(target.ops.quote_name(str(field.column)) for field in fields)
    rows = model._base_manager.order_by("pk").values_list(*(field.attname for field in fields))
    with cursor.copy(f"COPY {target.ops.quote_name(model._meta.db_table)} ({columns}) FROM STDIN") as copying:
        for row in rows.iterator(BATCH):
            copying.write_row([field.get_db_prep_save(value, target) for field, value in zip(fields, row, strict=True)])
            advance(1)


# Checking


def differences(elsewhere: Elsewhere, sample: int) -> list[str]:
    """Return in which ways the moved site is not the same: numbers of rows, Signals, pages of a sample."""
    found = []
    here, there = count_rows(), count_rows(TARGET)
    found += [f"{table}: {here[table]} rows, {there[table]} there" for table in here if here[table] != there[table]]
    try:
        elsewhere.run("check_signals")
    except CommandError as error:
        found.append(str(error))
    pages = [_manage(url, "digest_pages", f"--dispatches={sample}") for url in (source_url(), elsewhere.url)]
    before, after = ([*map(str.strip, page.splitlines())] for page in pages)
    if not before:
        found.append("No page could be compared.")
    found += [f"Another page: {line.split()[-1]}" for line in before if line not in {*after}]
    return found


def _manage(url: str, *arguments: str) -> str:
    environment = os.environ | {"DATABASE_URL": url, "WIRE_SURFACE": "both", "WIRE_DATABASE_POOL": "0"}
    for name in ("WIRE_READERS_DATABASE_URL", "WIRE_HEARTBEAT_DATABASE_URL"):
        environment.pop(name, None)
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        where = "PostgreSQL" if url.startswith("postgres") else "SQLite"
        raise CommandError(f"{arguments[0]} failed on {where}:\n{done.stderr.strip()}")
    return done.stdout
