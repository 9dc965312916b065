"""The readers' surface: the database connection and the clock of code that answers a reader.

A reader's request reads through the connection `settings.READERS_DATABASE`, to which the database shows published rows
only (`wall.py`). While it runs, every other connection refuses to work, and nothing can be written. All its queries are
as of one time, which the database's clock gave.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone

READERS, HEARTBEAT = "readers", "heartbeat"

# None outside of readers' requests; otherwise the time that the request is answered as of, if it was given one.
_request: ContextVar[tuple[datetime | None] | None] = ContextVar("a reader's request", default=None)


class WallError(RuntimeError):
    """A reader's request tried to use a database connection that is not for readers, or to write."""


@contextmanager
def reading(at: datetime | None = None) -> Iterator[None]:
    """Run this block as a reader's request, as of a time (default: the clock of this machine)."""
    token = _request.set((at,))
    try:
        yield
    finally:
        _request.reset(token)


def is_reading() -> bool:
    """Return True while a reader's request runs."""
    return _request.get() is not None


def database() -> str:
    """Return the alias of the connection to read through."""
    return settings.READERS_DATABASE if is_reading() else DEFAULT_DB_ALIAS


def now() -> datetime:
    """Return the time as of which to read."""
    request = _request.get()
    return (request[0] if request else None) or timezone.now()


def check_alias(alias: str) -> None:
    """Raise WallError if a reader's request runs and this is not its connection."""
    if is_reading() and alias != settings.READERS_DATABASE:
        raise WallError(f"A reader's request tried to use the database connection {alias!r}.")


class SurfaceRouter:
    """Sends the queries of readers' requests through their connection. Django asks it for every ORM query."""

    def db_for_read(self, model: type, **hints: Any) -> str:
        return database()

    def db_for_write(self, model: type, **hints: Any) -> str:
        if is_reading():
            raise WallError(f"A reader's request tried to write to {model._meta.db_table}.")  # type: ignore[attr-defined]
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS
