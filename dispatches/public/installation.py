"""Is this installation as it should be? Asked before a server starts, by `/readyz`, and by `manage.py doctor`."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage
from django.db import Error as DatabaseError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from dispatches.public import nodes, surface
from dispatches.public.models import Edition, Node, SearchDocument
from dispatches.public.state import read_public_state

# For how long an edition that went live may be missing in the index: search finds it without.
INDEX_DELAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and what an operator can do about it. Readers may see the first, which reveals no details."""

    what: str
    remedy: str
    details: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.what, self.details, self.remedy)))


def find_problems() -> list[Problem]:
    """Return whatever keeps this installation from serving its surface well."""
    problems = [*find_encoding_problems(), *find_static_file_problems()]
    for check in _database_checks():
        found = list(check())
        problems += found
        if found:
            # The next ones would fail for the same reason.
            break
    return problems


def find_encoding_problems() -> Iterator[Problem]:
    """Check that Python opens text files as UTF-8 by default."""
    if not sys.flags.utf8_mode and sys.getfilesystemencoding() != "utf-8":
        yield Problem(
            "Texts are not UTF-8 on this system.",
            "Set the environment variable PYTHONUTF8=1, or a locale such as C.UTF-8.",
            f"Python reads file names as {sys.getfilesystemencoding()}.",
        )


def find_static_file_problems() -> Iterator[Problem]:
    """Find out whether the static files of this version have been collected. Without them, no page can be rendered."""
    if not isinstance(staticfiles_storage, ManifestStaticFilesStorage):
        return
    remedy = "Run: manage.py collectstatic --noinput"
    manifest = settings.STATIC_ROOT / staticfiles_storage.manifest_name
    try:
        collected: dict[str, str] = json.loads(manifest.read_text("utf-8"))["paths"]
        collected_at = manifest.stat().st_mtime
    except (OSError, ValueError, KeyError):
        yield Problem("The static files have not been collected.", remedy)
        return
    missing, changed = [], []
    for finder in get_finders():
        for path, storage in finder.list([]):
            name = path.replace("\\", "/")
            if not (settings.STATIC_ROOT / collected.get(name, "-missing-")).is_file():
                missing.append(name)
            elif storage.get_modified_time(path).timestamp() > collected_at:
                changed.append(name)
    if missing:
        yield Problem("Static files are missing.", remedy, f"{len(missing)} of them, such as {min(missing)}.")
    if changed:
        yield Problem("Static files have changed.", remedy, f"{len(changed)} since they were collected.")


def _database_checks() -> list[Callable[[], Iterator[Problem]]]:
    checks = [find_reading_problems, find_index_problems]
    return checks if settings.WIRE_SURFACE == "public" else [find_migration_problems, *checks]


def find_migration_problems() -> Iterator[Problem]:
    """Find out whether the database answers, and has the tables of this version."""
    try:
        executor = MigrationExecutor(connections["default"])
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield Problem(
            "The database can't be used.", "Is it running, and does DATABASE_URL name it?", _first_line(error)
        )
        return
    if plan:
        first = plan[0][0]
        yield Problem(
            "The database has not been migrated to this version.",
            "Run: manage.py migrate",
            f"{len(plan)} migrations are missing, the first is {first.app_label}.{first.name}.",
        )


def find_reading_problems() -> Iterator[Problem]:
    """Find out whether readers' pages can read, and the server's processes can report what they serve."""
    try:
        with surface.reading():
            read_public_state(timezone.now())
    except DatabaseError as error:
        yield Problem(
            "Readers' pages can't read the database.",
            "Is it running? Was it migrated? After a change of WIRE_SECRET_KEY, or if the user of DATABASE_URL may not "
            "create logins, run: manage.py create_readers_login",
            _first_line(error),
        )
        return
    try:
        Node.objects.using(settings.HEARTBEAT_DATABASE).exists()
    except DatabaseError as error:
        yield Problem(
            "The server's processes can't report what they serve.",
            "Run: manage.py create_readers_login",
            _first_line(error),
        )


def find_index_problems() -> Iterator[Problem]:
    """Find out whether search finds everything that has been live for some time."""
    with surface.reading():
        live = Edition.objects.live(timezone.now()).exclude(kind=Edition.Kind.WITHDRAWAL)
        old = live.filter(live_at__lt=timezone.now() - INDEX_DELAY)
        missing = old.exclude(publication__in=SearchDocument.objects.values("publication")).count()
    if missing:
        yield Problem("The search index is incomplete.", "Run: manage.py reindex", f"{missing} dispatches are missing.")


def find_silent_nodes() -> Iterator[Problem]:
    """Find server processes that have stopped reporting without having ended: frozen, or cut off from the database."""
    late = timezone.now() - timedelta(seconds=3 * nodes.INTERVAL)
    for node in Node.objects.filter(seen_at__lt=late):
        if not nodes.has_ended(node) and nodes.serves_until(node) > timezone.now():
            yield Problem(
                f"The server process {node.name} has been silent since {node.seen_at:%H:%M:%S} UTC.",
                "If it is frozen, end it (kill -9 with the number after the colon); if its machine can't reach the "
                "database, mend that.",
                f"It serves what it has until {nodes.serves_until(node):%H:%M:%S} UTC.",
            )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".") + "."
