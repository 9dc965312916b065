"""`manage.py doctor`: tell what is wrong with an installation, and what to do."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.utils import timezone

from dispatches.public.installation import Problem, find_problems, find_silent_nodes
from sources.models import Feed

# A poller that runs polls each feed within this time after it is due.
POLLED_WITHIN = timedelta(minutes=20)
# A transaction of the desk takes less.
LONG = timedelta(seconds=20)
LEAST_SPACE = 500_000_000


class Command(BaseCommand):
    help = "Tell what is wrong with this installation, and what to do. Ends with status 1 if something is."

    def handle(self, *args: Any, **options: Any) -> None:
        problems = [*find_problems(), *find_space_problems()]
        if settings.WIRE_SURFACE != "public":
            try:
                for check in (find_lock_problems, find_silent_nodes, find_poller_problems, find_durability_problems):
                    problems += check()
            except DatabaseError:
                # Without a database, the first ones have said so.
                if not problems:
                    raise
        if not problems:
            self.stdout.write("All is well.")
            return
        for problem in problems:
            self.stdout.write(f"- {problem}")
        raise SystemExit(1)


def find_space_problems() -> Iterator[Problem]:
    """Find out whether the disk of the site's files is nearly full."""
    if (free := shutil.disk_usage(settings.VAR_DIR).free) < LEAST_SPACE:
        yield Problem("The disk is nearly full.", "Make room.", f"{settings.VAR_DIR} has {free // 1_000_000} MB left.")


def find_lock_problems() -> Iterator[Problem]:
    """Find out whether someone keeps all others from saving, such as a process that was frozen while it saved."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid, coalesce(host(client_addr), 'this machine'), now() - xact_start FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND xact_start < now() - make_interval(secs => %s) "
                "AND state LIKE 'idle in transaction%%'",
                [LONG.total_seconds()],
            )
            for pid, client, since in cursor.fetchall():
                yield Problem(
                    f"A transaction has been idle for {since.total_seconds():.0f} seconds, and may hold the lock.",
                    "PostgreSQL ends it after 60 seconds, if the connection came without a pooler that drops such "
                    f"options. To end it now: SELECT pg_terminate_backend({pid})",
                    f"Its client is on {client}.",
                )
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 2000")
        with transaction.atomic():
            pass
    except DatabaseError as error:
        yield Problem(
            "Nobody can save: the database has been locked for two seconds.",
            "If that lasts, look for a process that is frozen while it saves (state T in `ps`), and end it.",
            f"SQLite says: {error}.",
        )
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {settings.WIRE_LOCK_SECONDS * 1000}")


def find_poller_problems() -> Iterator[Problem]:
    """Find out whether feeds have been due for longer than a poller that runs would let them be."""
    if overdue := Feed.objects.due(timezone.now() - POLLED_WITHIN).count():
        yield Problem(
            "No poller is running.",
            "Start manage.py poll_intake --loop, or run manage.py poll_intake from cron.",
            f"{overdue} feeds have been due for more than 20 minutes.",
        )


def find_durability_problems() -> Iterator[Problem]:
    """Find out whether a power cut could take back what the desk has confirmed."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'off'"
            )
            off = [name for (name,) in cursor.fetchall()]
    else:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            off = ["PRAGMA synchronous"] if cursor.fetchone()[0] < 2 else []
    if off:
        yield Problem(
            "A power cut could take back what the desk has confirmed.",
            "Turn it on again.",
            f"The database is configured without {' and '.join(off)}.",
        )
