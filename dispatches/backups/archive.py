"""The file of a backup: a tar of the database, the secret key if it was generated here, and a manifest.

Only its owner may read it: it has drafts, sources, and the keys of second factors.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.core.management import CommandError

from dispatches.desk.removals import Extent

FORMAT = 1
MANIFEST, DATABASE, KEY = "manifest.json", "database", "secret-key"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `engine` is “sqlite” or “postgresql”, `key` a fingerprint of the secret key.

    `removals` is the extent of the list of removals when the backup began, so that a restore knows its continuation.
    """

    made_at: str
    site: str
    engine: str
    counts: dict[str, int]
    sha256: str
    key: str
    removals: Extent
    format: int = FORMAT


def write(path: Path, database: Path, manifest: Manifest, key: str) -> None:
    """Write a backup. It appears under its name when it is whole and on the disk. Raises OSError."""
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            _add(tar, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
            if key:
                _add(tar, KEY, key.encode())
            tar.add(database, DATABASE, filter=_for_owner)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(_for_owner(member), io.BytesIO(content))


def _for_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mode, member.uid, member.gid, member.uname, member.gname = 0o600, 0, 0, "", ""
    return member


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was unpacked: its manifest, the file with the database, and the secret key, if it has one."""

    manifest: Manifest
    database: Path
    key: str


@contextmanager
def unpacked(path: Path, folder: Path) -> Iterator[Backup]:
    """Unpack a backup into a new directory in this one, and delete it afterwards.

    Raises CommandError if it is damaged.
    """
    inside = Path(mkdtemp(prefix="restore-", dir=folder))
    try:
        yield _unpack(path, inside)
    finally:
        for each in inside.iterdir():
            each.unlink()
        inside.rmdir()


def _unpack(path: Path, inside: Path) -> Backup:
    try:
        with tarfile.open(path, "r:") as tar:
            names = {*tar.getnames()}
            if not {MANIFEST, DATABASE} <= names:
                raise CommandError(f"{path} is not a backup of The Wire.")
            for name in names & {MANIFEST, DATABASE, KEY}:
                tar.extract(name, inside, filter="data")
        manifest = _read_manifest((inside / MANIFEST).read_text())
        key = (inside / KEY).read_text() if KEY in names else ""
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror or error}.") from error
    except (tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} is not a backup of The Wire, or it is damaged: {error}") from error
    if hash_of(inside / DATABASE) != manifest.sha256:
        raise CommandError(f"{path} is damaged: its database is not the one that was backed up.")
    return Backup(manifest, inside / DATABASE, key)


def _read_manifest(text: str) -> Manifest:
    values: dict[str, Any] = json.loads(text)
    if values["format"] != FORMAT:
        raise CommandError(f"This backup has format {values['format']}. Restore it with the version that made it.")
    return Manifest(**values | {"removals": Extent(**values["removals"])})


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
