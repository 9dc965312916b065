"""`manage.py import_dispatches`: import dispatches with their sources."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django.db import transaction

from dispatches import desk
from dispatches.intake.importing import Importer
from dispatches.intake.lines import Entry, Refused, read_line
from dispatches.management.importing import ImportCommand
from dispatches.public.models import Section
from sources.independence import Basis


class Command(ImportCommand):
    help = (
        "Import dispatches with their sources from a file with one JSON object a line, as drafts with pending reports. "
        "docs/operating.md lists the fields. Every line is validated; running it again imports nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--publish", action="store_true", help="accept the reports and publish, backdated")
        parser.add_argument("--as", dest="login", metavar="LOGIN", help="import as this user; required to publish")
        parser.add_argument("--section", metavar="SLUG", help="the section for lines without a known one")
        parser.add_argument("--named", action="store_true", help="readers see the names of new sources")
        parser.add_argument(
            "--basis",
            choices=[Basis.OWN_REPORTING.value, Basis.FIRST_HAND.value, Basis.UNKNOWN.value],
            default="",
            help="the basis of sources that do not state one: own reporting, first-hand, or unknown (the default); "
            "while it is unknown, its report adds no origin",
        )
        parser.add_argument("--dry-run", action="store_true", help="validate everything, import nothing")

    def handle(self, *args: Any, file: Path, refused: Path | None, dry_run: bool, **options: Any) -> None:
        importer = Importer(
            actor=_find_actor(options["login"], options["publish"]),
            section=_section(options["section"]),
            publishes=options["publish"],
            names=options["named"],
            basis=options["basis"],
        )
        self.unpublished: list[str] = []
        waiting: list[tuple[int, str, Entry]] = []
        stopped = False
        with self.reading(file) as (lines, progress):
            try:
                for number, line in enumerate(lines, start=1):
                    if line.strip():
                        self._read(number, line, waiting)
                    if len(waiting) >= importer.batch_size:
                        self._take_in(importer, waiting, dry_run)
                    self.advance(progress)
                self._take_in(importer, waiting, dry_run)
            except KeyboardInterrupt:
                stopped = True
        unpublished = self.unpublished
        for each in unpublished[:20]:
            self.stderr.write(each)
        counts = self.counts
        state = "would be new" if dry_run else "new, published" if options["publish"] else "new drafts"
        summary = (
            f"{counts['new'] - len(unpublished)} {state}; {counts['known']} known already; {counts['refused']} refused."
        )
        if unpublished:
            summary += f" Could not be published, so left as drafts: {len(unpublished)}."
        if counts["default"]:
            summary += f" {counts['default']} have no known section and are in “{importer.section}”."
        self.finish("\n".join([summary, *importer.tally.lines()]), refused)
        if stopped:
            raise CommandError("Stopped. Run it again to continue.")

    def _read(self, number: int, line: str, waiting: list[tuple[int, str, Entry]]) -> None:
        try:
            waiting.append((number, line, read_line(line)))
        except Refused as error:
            self._refuse(number, line, error)

    def _take_in(self, importer: Importer, waiting: list[tuple[int, str, Entry]], dry_run: bool) -> None:
        """Import the lines read so far, in one transaction."""
        with transaction.atomic():
            outcomes = importer.take_in_batch([entry for _, _, entry in waiting]) if waiting else []
            transaction.set_rollback(dry_run)
        for (number, line, _), outcome in zip(waiting, outcomes, strict=True):
            if outcome.refused:
                self._refuse(number, line, outcome.refused)
                continue
            self.counts["new" if outcome.is_new else "known"] += 1
            self.counts["default"] += outcome.is_in_default_section
            if outcome.blockers:
                self.unpublished.append(f"  line {number} is a draft: {' '.join(outcome.blockers)}")
        waiting.clear()

    def _refuse(self, number: int, line: str, error: Refused) -> None:
        self.refuse(number, error, line.strip()[:100_000])


def _find_actor(login: str | None, publishes: bool) -> desk.Actor:
    if not login:
        if publishes:
            raise CommandError("Publishing needs a user: add --as LOGIN.")
        return desk.IMPORTER
    user = User.objects.filter(username=login).first()
    if user is None:
        raise CommandError(f"There is no user “{login}”.")
    needed = ["dispatches.add_dispatch", "dispatches.change_dispatch", "sources.add_report", "sources.add_source"]
    needed += ["dispatches.publish_dispatch", "sources.review_report"] if publishes else []
    if missing := [name for name in needed if not user.has_perm(name)]:
        raise CommandError(f"“{login}” lacks the permission {', '.join(missing)}.")
    return user


def _section(slug: str | None) -> Section:
    section = Section.objects.filter(slug=slug).first() if slug else Section.objects.first()
    if section is None and slug:
        existing = ", ".join(Section.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no section “{slug}”. Sections: {existing}.")
    if section is None:
        raise CommandError("There is no section yet. Add one at the desk first.")
    return section
