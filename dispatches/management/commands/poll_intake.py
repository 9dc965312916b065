"""`manage.py poll_intake`: poll the feeds."""

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.db.models import QuerySet
from django.utils import timezone
from tqdm import tqdm

from dispatches import desk
from dispatches.intake.polling import DATABASE_ERRORS, Claims, new_fetcher, poll, release, rest, tidy, until_stopped
from sources.models import Feed

log = logging.getLogger(__name__)

SECONDS_BETWEEN = 15
# Wait before trying an unavailable database again.
SECONDS_UNTIL_RETRY = 5
SECONDS_UNTIL_TIDY = 60 * 60


class Command(BaseCommand):
    help = (
        "Poll the feeds that are due, and add what is new as pending reports. Run it from cron every few minutes, or "
        "once with --loop. Several may run at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="keep running, and poll each feed when it is due")
        parser.add_argument("--all", action="store_true", help="also poll feeds that are not due yet")
        parser.add_argument("--feed", type=int, action="append", metavar="ID", help="poll only this feed; repeatable")

    def handle(self, *args: Any, loop: bool, all: bool, feed: list[int] | None, **options: Any) -> None:  # noqa: A002
        self.fetcher, self.claims, self.tidied = new_fetcher(), Claims(), float("-inf")
        chosen = Feed.objects.filter(pk__in=feed) if feed else Feed.objects.all()
        with until_stopped() as self.is_stopped:
            if not loop:
                self._poll(chosen.filter(is_active=True) if all else chosen.due(timezone.now()))
                self._tidy()
                return
            is_away = False
            while not self.is_stopped():
                try:
                    release(self.claims)
                    feeds = chosen.filter(is_active=True) if all else chosen.due(timezone.now())
                    if feeds.exists():
                        self._poll(feeds)
                    self._tidy()
                except DATABASE_ERRORS as error:
                    if not is_away:
                        log.error("The database is unavailable (%s). Polling resumes when it is back.", error)
                    is_away = True
                    close_old_connections()
                    rest(SECONDS_UNTIL_RETRY, self.is_stopped)
                    continue
                if is_away:
                    log.info("The database is back.")
                is_away, all = False, False  # noqa: A001
                rest(SECONDS_BETWEEN, self.is_stopped)

    def _poll(self, feeds: QuerySet[Feed]) -> None:
        with tqdm(total=feeds.count(), unit=" feeds", disable=None) as progress:
            tally = poll(
                feeds,
                fetcher=self.fetcher,
                claims=self.claims,
                on_progress=progress.update,
                is_stopped=self.is_stopped,
            )
        self.stdout.write(str(tally))

    def _tidy(self) -> None:
        if desk.has_due_editions():
            desk.index_due_editions(actor=desk.HOUSEKEEPING)
        if time.monotonic() - self.tidied > SECONDS_UNTIL_TIDY:
            tidy()
            self.tidied = time.monotonic()
