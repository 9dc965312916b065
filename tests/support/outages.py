"""Make the test's database unavailable for a while, for real."""

import sqlite3
from typing import Any

import psycopg
from django.db import connection


class Outage:
    """From `begin` to `end`, PostgreSQL refuses and closes connections; SQLite's file is locked."""

    def __init__(self) -> None:
        self.has_begun = False
        self._lock: sqlite3.Connection | None = None

    def begin(self) -> None:
        self.has_begun = True
        if connection.vendor == "postgresql":
            self._allow_connections(False)
            break_connections()
        else:
            self._lock = sqlite3.connect(connection.settings_dict["NAME"], check_same_thread=False)
            self._lock.execute("BEGIN IMMEDIATE")

    def end(self) -> None:
        """End the outage. Does nothing if it has not begun or is already over."""
        if connection.vendor == "postgresql":
            self._allow_connections(True)
        elif self._lock:
            self._lock.close()
            self._lock = None

    def _allow_connections(self, is_allowed: bool) -> None:
        with _beside_it() as server:
            name = psycopg.sql.Identifier(connection.settings_dict["NAME"])
            answer = psycopg.sql.Literal(is_allowed)
            server.execute(psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(name, answer))


def break_connections() -> None:
    """Close every connection to the test's database, as a restart of PostgreSQL does."""
    with _beside_it() as server:
        ended = server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            [connection.settings_dict["NAME"]],
        ).fetchall()
        assert all(row[0] for row in ended)


def _beside_it() -> psycopg.Connection[Any]:
    """Connect to another database of the same server."""
    of_test = connection.settings_dict
    return psycopg.connect(
        dbname="postgres",
        host=of_test["HOST"] or None,
        port=of_test["PORT"] or None,
        user=of_test["USER"] or None,
        password=of_test["PASSWORD"] or None,
        autocommit=True,
    )
