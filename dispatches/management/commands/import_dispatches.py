"""Take in dispatches from elsewhere."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django.db import transaction

from dispatches.intake.importing import Importer, Refused, read_line
from dispatches.management.importing import ImportCommand
from dispatches.public.models import Section


class Command(ImportCommand):
    help = (
        "Take in dispatches with their sources from a file with one JSON object a line, as drafts with pending "
        "reports; docs/operating.md has the fields. Each line is checked, and running it again makes nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--publish", action="store_true", help="accept the reports and publish, as of each date")
        parser.add_argument("--editor", metavar="LOGIN", help="in whose name; needed to publish")
        parser.add_argument("--section", metavar="SLUG", help="for lines that name no section of this site")
        parser.add_argument("--named", action="store_true", help="new sources are named to readers")
        parser.add_argument("--dry-run", action="store_true", help="check everything, keep nothing")

    def handle(self, *args: Any, file: Path, refused: Path | None, dry_run: bool, **options: Any) -> None:
        importer = Importer(
            editor=_editor(options["editor"], options["publish"]),
            section=_section(options["section"]),
            publishes=options["publish"],
            names=options["named"],
        )
        unpublished: list[str] = []
        stopped = False
        with self.reading(file) as (lines, progress):
            try:
                for number, line in enumerate(lines, start=1):
                    if line.strip():
                        self._take_in(importer, number, line, dry_run, unpublished)
                    self.advance(progress)
            except KeyboardInterrupt:
                stopped = True
        for each in unpublished[:20]:
            self.stderr.write(each)
        counts = self.counts
        kept = "would be new" if dry_run else "new, published" if options["publish"] else "new drafts"
        said = (
            f"{counts['new'] - len(unpublished)} {kept}; {counts['known']} there already; {counts['refused']} refused."
        )
        if unpublished:
            said += f" {len(unpublished)} could not be published and are drafts."
        if counts["default"]:
            said += f" {counts['default']} name no section of this site and are in “{importer.section}”."
        self.finish(said, refused)
        if stopped:
            raise CommandError("Stopped. What is done is done: run it again, and it goes on.")

    def _take_in(self, importer: Importer, number: int, line: str, dry_run: bool, unpublished: list[str]) -> None:
        try:
            entry = read_line(line)
            with transaction.atomic():
                outcome = importer.take_in(entry)
                transaction.set_rollback(dry_run)
        except Refused as error:
            self.refuse(number, error, line.strip()[:100_000])
            return
        self.counts["new" if outcome.is_new else "known"] += 1
        self.counts["default"] += outcome.is_in_default_section
        if outcome.unpublished:
            unpublished.append(f"  line {number} is a draft: {' '.join(outcome.unpublished)}")


def _editor(login: str | None, publishes: bool) -> User | None:
    if not login:
        if publishes:
            raise CommandError("Say with --editor LOGIN in whose name it is published.")
        return None
    editor = User.objects.filter(username=login).first()
    if editor is None:
        raise CommandError(f"There is nobody with the login “{login}”.")
    if publishes and not editor.has_perm("dispatches.publish_dispatch"):
        raise CommandError(f"“{login}” has no right to publish.")
    return editor


def _section(slug: str | None) -> Section:
    section = Section.objects.filter(slug=slug).first() if slug else Section.objects.first()
    if section is None and slug:
        there = ", ".join(Section.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no section “{slug}”. There are: {there}.")
    if section is None:
        raise CommandError("There is no section yet: add one at the desk first.")
    return section
