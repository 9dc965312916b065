"""`manage.py import_feeds`: import a list of feeds (OPML)."""

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
from sources.intake.charsets import decode
from sources.intake.opml import Subscription, is_usable, read_opml
from sources.lineage.parties import find_composite, find_source
from sources.models import Feed, Source


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
                self.counts["new" if _take_in(each, named) else "known"] += 1
            except Refused as error:
                self.refuse(each.line, error, {"name": each.name, "url": each.url})
        self.finish(f"{self.counts['new']} new feeds; {self.counts['known']} known already.", refused)


def _take_in(subscription: Subscription, named: bool) -> bool:
    if not is_usable(subscription):
        raise Refused(["Its address can't be polled: it must begin with https:// or http://."])
    if Feed.objects.filter(url=subscription.url).exists():
        return False
    name = subscription.name or urlsplit(subscription.url).hostname or ""
    if composite := find_composite(name):
        name = composite.carrier
    source = find_source(name) or Source(name=name, kind=Source.Kind.OUTLET.value, is_confidential=not named)
    try:
        with desk.saving(source, actor=desk.IMPORTER, how="Imported"):
            source.full_clean()
            source.save()
            return add_feed(source, subscription.url)
    except ValidationError as error:
        raise Refused(error.messages) from error
