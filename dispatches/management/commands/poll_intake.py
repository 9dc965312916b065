"""Ask the feeds for what is new."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from dispatches import desk
from dispatches.intake.polling import make_fetcher, poll, rest, tidy, until_stopped
from sources.models import Feed

SECONDS_BETWEEN = 15
SECONDS_UNTIL_TIDY = 60 * 60


class Command(BaseCommand):
    help = (
        "Poll the feeds that are due and take in what is new, as pending reports. Safe to run several times at once. "
        "Run it from cron every few minutes, or once with --loop."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped, polling each feed when it is due")
        parser.add_argument("--all", action="store_true", help="poll also what is not due yet")
        parser.add_argument("--feed", type=int, action="append", metavar="ID", help="poll only this feed; repeatable")

    def handle(self, *args: Any, loop: bool, all: bool, feed: list[int] | None, **options: Any) -> None:  # noqa: A002
        fetcher = make_fetcher()
        tidied = float("-inf")
        with until_stopped() as is_stopped:
            while not is_stopped():
                feeds = Feed.objects.filter(is_active=True) if all else Feed.objects.due(timezone.now())
                feeds = feeds.filter(pk__in=feed) if feed else feeds
                due = feeds.count()
                if due or not loop:
                    with tqdm(total=due, unit=" feeds", disable=None) as progress:
                        tally = poll(feeds, fetcher=fetcher, on_progress=progress.update, is_stopped=is_stopped)
                    self.stdout.write(str(tally))
                desk.index_due()
                if time.monotonic() - tidied > SECONDS_UNTIL_TIDY:
                    tidy()
                    tidied = time.monotonic()
                if not loop:
                    break
                all = False  # noqa: A001
                rest(SECONDS_BETWEEN, is_stopped)
