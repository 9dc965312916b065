"""Heartbeats: each server process reports up to which withdrawal it serves nothing old.

A process writes when that changes, and otherwise every `INTERVAL`. Its connection, `settings.HEARTBEAT_DATABASE`, can
do nothing else (`wall.py`). A process that is cut off from the database stops serving pages by itself
(`settings.WIRE_STALE_SECONDS`), so one that has been silent for longer serves nothing any more.
"""

import os
import socket
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connections
from django.utils import timezone

from dispatches.public.models import Node

# Seconds between two heartbeats of a process in which nothing changes.
INTERVAL = 5.0


def name_of_this_process() -> str:
    """Return a name that an operator can find the process by."""
    return f"{socket.gethostname()}:{os.getpid()}"


def beat(name: str, withdrawals: int) -> None:
    """Record what a node serves now."""
    connection = connections[settings.HEARTBEAT_DATABASE]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Node._meta.db_table} (name, withdrawals, seen_at) VALUES (%s, %s, %s) "
            "ON CONFLICT (name) DO UPDATE SET withdrawals = excluded.withdrawals, seen_at = excluded.seen_at",
            [name, withdrawals, connection.ops.adapt_datetimefield_value(timezone.now())],
        )


def leave(name: str) -> None:
    """Record that a node serves nothing any more."""
    with connections[settings.HEARTBEAT_DATABASE].cursor() as cursor:
        cursor.execute(f"DELETE FROM {Node._meta.db_table} WHERE name = %s", [name])


def serves_until(node: Node) -> datetime:
    """Return until when a node could still serve what it served when it was last seen."""
    return node.seen_at.astimezone(UTC) + timedelta(seconds=settings.WIRE_STALE_SECONDS)


def has_ended(node: Node) -> bool:
    """Return True if a node is a process of this machine that does not run any more."""
    host, _, pid = node.name.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
