"""`manage.py restore`: put a backup into an empty installation, without bringing back what was removed since."""

import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dispatches import desk
from dispatches.backups import archive, databases, restoring
from dispatches.backups.archive import Backup
from dispatches.desk.replaying import Replayed
from dispatches.public.models import SiteState


class Command(BaseCommand):
    help = (
        "Put a backup into an empty database, remove again what the list of removals names, and open the site to "
        "readers. Without that list it stays closed to them. An interrupted restore is continued by the same command."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the backup")
        given = parser.add_mutually_exclusive_group()
        given.add_argument(
            "--removals", type=Path, metavar="FILE", help="the latest list of removals (default: WIRE_REMOVALS_FILE)"
        )
        given.add_argument(
            "--without-removals",
            action="store_true",
            help="open the site although the list is lost: readers see again what was removed after the backup",
        )

    def handle(self, *args: Any, file: Path, removals: Path | None, without_removals: bool, **options: Any) -> None:
        with archive.unpacked(file, settings.VAR_DIR) as backup:
            if restoring.needs_key(backup):
                self._begin_again_with_key(backup.key)
                return
            if not restoring.knows_key(backup):
                raise CommandError(
                    "The backup was made with another WIRE_SECRET_KEY. Without it, expunged addresses answer 404 "
                    "instead of 410, and the list of removals can't be read. Set that key, or put it into "
                    "WIRE_SECRET_KEY_FALLBACKS."
                )
            if not databases.is_empty() and SiteState.objects.filter(is_closed=True).exists():
                self.stdout.write("The database was restored and is still closed to readers. Continuing.")
                restoring.finish_placing()
            else:
                restoring.place(backup)
                self.stdout.write(
                    f"Restored the backup of {backup.manifest.made_at}: {sum(backup.manifest.counts.values()):,} rows, "
                    "as many as were backed up."
                )
            if not without_removals:
                self._remove_again(removals or settings.WIRE_REMOVALS_FILE, backup)
        desk.open_to_readers(actor=desk.RESTORER)
        self.stdout.write("The site is open to readers. Start it, and look at it.")

    def _begin_again_with_key(self, key: str) -> None:
        """Replace the generated key of this installation, which has signed nothing, by the backup's."""
        path = restoring.key_file()
        path.write_text(key)
        path.chmod(0o600)
        self.stdout.write(f"The secret key of the backup is in {path}.")
        self.stdout.flush()
        sys.stdout.flush()
        if failed := subprocess.run([sys.executable, *sys.argv], env=os.environ, check=False).returncode:  # noqa: S603
            raise SystemExit(failed)

    def _remove_again(self, path: Path, backup: Backup) -> None:
        try:
            restoring.check_list(path, backup.manifest.removals)
        except CommandError as error:
            raise CommandError(
                f"{error}\nThe database is restored, but readers would see what was withdrawn or expunged after "
                f"{backup.manifest.made_at}. So the site is closed to readers: they get 503. Find the latest list and "
                "run `restore` again with --removals FILE; or, if it is lost, look through the desk and run `manage.py "
                "open_to_readers`."
            ) from error
        self._report(restoring.replay(path))
        if not settings.WIRE_REMOVALS_FILE.exists():
            shutil.copyfile(path, settings.WIRE_REMOVALS_FILE)
            settings.WIRE_REMOVALS_FILE.chmod(0o600)

    def _report(self, done: Replayed) -> None:
        self.stdout.write(
            f"Removed again: {done.withdrawn} withdrawn, {done.expunged} expunged, {done.reports} reports erased, "
            f"{done.concealed} sources confidential."
        )
        for dispatch in done.uncertain:
            self.stdout.write(
                f"  Dispatch {dispatch.pk} is withdrawn, but the list does not say that its removal was completed. "
                "Publish it again, or expunge it."
            )
