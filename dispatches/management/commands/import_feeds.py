"""Take in a list of feeds."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from dispatches import desk
from dispatches.intake.importing import Refused
from dispatches.intake.tables import add_feed
from dispatches.management.importing import ImportCommand
from sources.intake.opml import Subscription, is_usable, read_opml
from sources.lineage.parties import find_composite, find_source
from sources.models import Feed, Source


class Command(ImportCommand):
    help = (
        "Take in a list of feeds (OPML). Each is a feed of the source of its name; where there is none, an outlet is "
        "added, not graded yet. Running it again makes nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--named", action="store_true", help="new sources are named to readers")

    def handle(self, *args: Any, file: Path, refused: Path | None, named: bool, **options: Any) -> None:
        with self.reading(file) as (text, progress):
            try:
                subscriptions = read_opml(text.read())
            except ValueError as error:
                raise CommandError(f"{file} is no list of feeds. {error}") from error
            self.advance(progress)
        for each in subscriptions:
            try:
                self.counts["new" if _take_in(each, named) else "known"] += 1
            except Refused as error:
                self.refuse(each.line, error, {"name": each.name, "url": each.url})
        self.finish(f"{self.counts['new']} new feeds; {self.counts['known']} there already.", refused)


def _take_in(subscription: Subscription, named: bool) -> bool:
    if not is_usable(subscription):
        raise Refused(["Its address is none that can be polled: it begins with https:// or http://."])
    if Feed.objects.filter(url=subscription.url).exists():
        return False
    name = subscription.name or urlsplit(subscription.url).hostname or ""
    if composite := find_composite(name):
        name = composite.carrier
    source = find_source(name) or Source(name=name, kind=Source.Kind.OUTLET.value, is_confidential=not named)
    try:
        with desk.changing_sources(source):
            source.full_clean()
            source.save()
            return add_feed(source, subscription.url)
    except ValidationError as error:
        raise Refused(error.messages) from error
