"""`manage.py move_to`: copy a SQLite site to PostgreSQL, and check that it is the same there."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from dispatches.backups import databases, moving


class Command(BaseCommand):
    help = (
        "Copy this site from SQLite into an empty PostgreSQL database. Editors wait meanwhile, and readers do not. At "
        "the end the numbers of rows, every Signal, and a sample of pages are compared."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="the new database: postgres://user:password@host:5432/name")
        parser.add_argument(
            "--sample", type=int, default=50, metavar="N", help="how many dispatches to compare in full (50)"
        )

    def handle(self, *args: Any, url: str, sample: int, **options: Any) -> None:
        moving.source_url()
        rows = sum(databases.count_rows().values())
        with moving.connected(url) as elsewhere:
            with tqdm(total=rows, unit=" rows", disable=None) as progress:
                moving.copy_all(elsewhere, progress.update)
            self.stdout.write(f"{rows:,} rows copied. Comparing.")
            if found := moving.differences(elsewhere, sample):
                raise CommandError(
                    "\n".join(["The moved site is not the same:", *(f"  {each}" for each in found)])
                    + "\nThis site is as before. If someone was logged in, stop the desk, and move it into another "
                    "empty database."
                )
        self.stdout.write(
            "The same rows, Signals and pages. Stop the site, set DATABASE_URL to the new database, and start it. What "
            "is saved here from now on is not there."
        )
