"""`manage.py import_feeds`: import a list of feeds (OPML)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from dispatches import desk
from dispatches.intake.lines import Refused
from dispatches.intake.subscriptions import take_in_subscription
from dispatches.management.importing import ImportCommand
from sources.intake.charsets import decode
from sources.intake.opml import Subscription, read_opml


class Command(ImportCommand):
    help = (
        "Import a list of feeds (OPML). Each feed belongs to the source of its name; a missing source is added as an "
        "ungraded outlet. Running it again imports nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--named", action="store_true", help="readers see the names of new sources")

    def handle(self, *args: Any, file: Path, refused: Path | None, named: bool, **options: Any) -> None:
        with self.reading(file) as (text, progress):
            try:
                subscriptions = read_opml(decode(text.buffer.read()))
            except ValueError as error:
                raise CommandError(f"{file} is not a list of feeds. {error}") from error
            self.advance(progress)
        for each in subscriptions:
            try:
                self.counts["new" if self._take_in(each, named) else "known"] += 1
            except Refused as error:
                self.refuse(each.line, error, {"name": each.name, "url": each.url})
        self.finish(f"New feeds: {self.counts['new']}; already known: {self.counts['known']}.", refused)

    def _take_in(self, subscription: Subscription, named: bool) -> bool:
        return take_in_subscription(subscription, actor=desk.IMPORTER, names=named)
