"""`manage.py prune`: delete what has been kept for as long as the settings say."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.db.models import QuerySet
from django.utils import timezone
from tqdm import tqdm

from dispatches import desk
from dispatches.desk import retention
from dispatches.models import Presence
from sources.batches import in_batches

BATCH = 500


class Command(BaseCommand):
    help = (
        "Delete unused intake, former saves, entries of the log, wrong passwords, expired logins and who had a form "
        "open, each after the time in its setting (WIRE_KEEP_…_DAYS). It can be stopped at any time and run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        self.is_dry = dry_run
        now = timezone.now()
        self._in_batches("unused reports", settings.WIRE_KEEP_INTAKE_DAYS, now, retention.unused_reports, _reports)
        self._in_batches("former saves", settings.WIRE_KEEP_REVISIONS_DAYS, now, retention.former_revisions, _revisions)
        if before := _limit(settings.WIRE_KEEP_LOG_DAYS, now):
            found = retention.former_actions(before).count()
            if found and not dry_run:
                found = retention.prune_log(before=before, actor=desk.RETENTION)
            self._say("entries of the log", found)
        else:
            self._say("entries of the log", None)
        before = _limit(settings.WIRE_KEEP_LOGINS_DAYS, now)
        attempts = AccessAttempt.objects.filter(attempt_time__lt=before) if before else None
        self._rows("wrong passwords", attempts)
        self._rows("expired logins", Session.objects.filter(expire_date__lt=now))
        before = _limit(settings.WIRE_KEEP_PRESENCE_DAYS, now)
        self._rows("open forms", Presence.objects.filter(seen_at__lt=before) if before else None)

    def _in_batches(
        self,
        what: str,
        days: int,
        now: datetime,
        find: Callable[[datetime], Iterator[int]],
        prune: Callable[[list[int]], int],
    ) -> None:
        before = _limit(days, now)
        if before is None:
            self._say(what, None)
            return
        found = [*find(before)]
        if self.is_dry:
            self._say(what, len(found))
            return
        deleted = 0
        with tqdm(total=len(found), unit=f" {what}", disable=None) as progress:
            for batch in in_batches(found, BATCH):
                deleted += prune(batch)
                progress.update(len(batch))
        self._say(what, deleted)

    def _rows(self, what: str, rows: QuerySet | None) -> None:
        if rows is None:
            self._say(what, None)
        else:
            self._say(what, rows.count() if self.is_dry else rows.delete()[0])

    def _say(self, what: str, count: int | None) -> None:
        done = "would be deleted" if self.is_dry else "deleted"
        self.stdout.write(f"{what}: kept for good" if count is None else f"{what}: {count:,} {done}")


def _limit(days: int, now: datetime) -> datetime | None:
    """Return before which time things are deleted; None for 0 days: never."""
    return now - timedelta(days=days) if days else None


def _reports(ids: list[int]) -> int:
    return desk.prune_reports(report_ids=ids, actor=desk.RETENTION)


def _revisions(ids: list[int]) -> int:
    return desk.prune_revisions(revision_ids=ids, actor=desk.RETENTION)
