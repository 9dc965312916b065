"""Put a backup into an empty database, remove again what was removed since, and open the site to readers."""

from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.crypto import salted_hmac

from dispatches import desk
from dispatches.backups import databases
from dispatches.backups.archive import Backup
from dispatches.desk import removals, replaying
from dispatches.desk.removals import Extent
from dispatches.desk.replaying import Replayed


def key_file() -> Path:
    """Return the file of the secret key that was generated on this machine."""
    return Path(settings.VAR_DIR) / "secret-key"


def generated_key() -> str:
    """Return the secret key if it was generated on this machine, and not set by the operator."""
    path = key_file()
    return settings.SECRET_KEY if path.is_file() and path.read_text() == settings.SECRET_KEY else ""


def fingerprint(key: str) -> str:
    """Return what tells a secret key from others, and nothing else about it."""
    return salted_hmac("backup", "fingerprint", secret=key, algorithm="sha256").hexdigest()[:16]


def needs_key(backup: Backup) -> bool:
    """Return True if the key of this installation has to be replaced by the backup's: both were generated."""
    return bool(backup.key and generated_key() and backup.key != settings.SECRET_KEY)


def knows_key(backup: Backup) -> bool:
    """Return True if the backup was made with the key of the settings, or with a former one."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return backup.manifest.key in {fingerprint(key) for key in keys}


def place(backup: Backup) -> None:
    """Put the backup's database into the empty one of the settings, closed to readers. Raises CommandError."""
    if backup.manifest.engine != connection.vendor:
        raise CommandError(
            f"This is a backup of {backup.manifest.engine}; DATABASE_URL names {connection.vendor}. Restore it into "
            "the same kind of database; `manage.py move_to` then moves SQLite to PostgreSQL."
        )
    if not databases.is_empty():
        raise CommandError(
            "The database is not empty, and a restore overwrites nothing. Stop the site, and move var/wire.sqlite3 and "
            "the files named after it away; or create a new PostgreSQL database, and name it in DATABASE_URL."
        )
    databases.load(backup.database)
    differing = {
        table: found for table, found in databases.count_rows().items() if found != backup.manifest.counts.get(table)
    }
    if differing:
        raise CommandError(f"The restored tables have other numbers of rows than the backup says: {differing}")
    finish_placing()


def finish_placing() -> None:
    """Migrate the restored database to this version, which on PostgreSQL puts up the wall, and begin a new epoch."""
    call_command("migrate", verbosity=0, interactive=False)
    desk.close_to_readers(actor=desk.RESTORER)


def replay(path: Path) -> Replayed:
    """Remove again what a list of removals names."""
    return replaying.replay(removals.read_removals(path), actor=desk.RESTORER)


def check_list(path: Path, extent: Extent) -> None:
    """Raise CommandError unless this is the list of removals as of the backup, or a later copy of it."""
    if not path.exists():
        raise CommandError(f"{path} does not exist.")
    if not removals.continues(path, extent):
        raise CommandError(f"{path} is another list, or an older copy than the backup itself.")
