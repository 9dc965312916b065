"""`manage.py backup`: copy everything that the site needs into one file, while it runs."""

from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from dispatches.backups import archive, databases
from dispatches.backups.archive import Manifest
from dispatches.backups.restoring import fingerprint, generated_key
from dispatches.desk import removals


class Command(BaseCommand):
    help = (
        "Copy the database, and the secret key if it was generated on this machine, into one file, as of one time and "
        "while the site runs. Also lists removals that are missing in WIRE_REMOVALS_FILE."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", type=Path, metavar="DIR|FILE", help="an existing directory, or a new file")
        parser.add_argument(
            "--keep", type=int, default=0, metavar="N", help="then delete the oldest backups in DIR, but for N of them"
        )

    def handle(self, *args: Any, to: Path, keep: int, **options: Any) -> None:
        now = timezone.now()
        path = to / f"wire-{now:%Y%m%dT%H%M%SZ}.tar" if to.is_dir() else to
        if path.exists():
            raise CommandError(f"{path} exists. A backup never overwrites a file.")
        try:
            # First: what is removed from here on is in the list's continuation.
            removals.list_missing()
            extent = removals.ensure_list()
            # Beside the backup, where there has to be room for it.
            with TemporaryDirectory(prefix=".wire-backup-", dir=path.parent) as folder:
                copy = Path(folder) / "database"
                counts = databases.dump(copy)
                manifest = Manifest(
                    made_at=now.isoformat(),
                    site=settings.WIRE_SITE_URL,
                    engine=connection.vendor,
                    counts=counts,
                    sha256=archive.hash_of(copy),
                    key=fingerprint(settings.SECRET_KEY),
                    removals=extent,
                )
                archive.write(path, copy, manifest, generated_key())
            if keep > 0 and to.is_dir():
                for old in sorted(to.glob("wire-*T*Z.tar"))[:-keep]:
                    old.unlink()
        except OSError as error:
            raise CommandError(f"{error.filename or path} can't be written: {error.strerror}.") from error
        self.stdout.write(f"{path}: {sum(counts.values()):,} rows, {path.stat().st_size / 1e6:,.1f} MB.")
        if not generated_key():
            self.stdout.write("WIRE_SECRET_KEY is set, so it is not in the backup: keep it elsewhere, too.")
        self.stdout.write(f"Keep copies of {settings.WIRE_REMOVALS_FILE} elsewhere: a restore asks for the latest one.")
