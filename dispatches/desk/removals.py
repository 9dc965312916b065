"""List what was removed from the site in a file outside the database, so that a restored backup does not bring it back.

The file, `settings.WIRE_REMOVALS_FILE`, has one JSON object per line and is only ever appended to. It has no removed
words: publications and sources are named by their ids, and everything else is a keyed digest. A removal is written and
synced before its transaction commits, and marked as done after it. So the list may name a removal that was rolled
back, and lacks one only if it could not be written. What is not marked as done is hidden from readers after a restore,
and never erased (`replaying.py`).
"""

import fcntl
import hashlib
import json
import logging
import os
import secrets
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dispatches.models import Dispatch
from dispatches.public.models import Edition, RetiredAddress
from sources.digests import keyed_digest, possible_digests
from sources.models import Report, Source

logger = logging.getLogger(__name__)

# The file's lock is for processes, this one for the threads of one.
_writing = Lock()


class Kind(StrEnum):
    """What was done. The latest line about a publication, or a source, is the one that counts."""

    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    EXPUNGED = "expunged"
    CONCEALED = "concealed"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Removal:
    """One line of the list. `addresses` are those of `RetiredAddress`; all other texts are digests, too."""

    id: str
    at: str
    kind: Kind
    publication: int | None = None
    dispatch: str = ""
    reports: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    source: int | None = None
    names: tuple[str, ...] = ()
    is_done: bool = False


# Writing


def record_withdrawal(dispatch: Dispatch) -> None:
    """List that readers lose a dispatch, in this transaction."""
    _record(Kind.WITHDRAWN, publication=dispatch.publication_id, dispatch=digest_of(dispatch))


def record_restoration(dispatch: Dispatch) -> None:
    """List that readers get a withdrawn dispatch again."""
    _record(Kind.RESTORED, publication=dispatch.publication_id, dispatch=digest_of(dispatch))


def record_expunction(dispatch: Dispatch, reports: Collection[Report]) -> None:
    """List that a dispatch is expunged, and these reports with it."""
    addresses = RetiredAddress.objects.filter(publication=dispatch.publication_id).values_list("digest", flat=True)
    _record(
        Kind.EXPUNGED,
        publication=dispatch.publication_id,
        dispatch=digest_of(dispatch),
        reports=tuple(map(digest_of, reports)),
        addresses=tuple(addresses) if dispatch.publication_id else (),
    )


def record_naming(source: Source, names: Collection[str], *, is_confidential: bool) -> None:
    """List that readers may not learn a source's names any more, or that they may again."""
    kind = Kind.CONCEALED if is_confidential else Kind.NAMED
    _record(kind, source=source.pk, names=tuple(sorted(keyed_digest("source", name) for name in names)))


def digest_of(work: Dispatch | Report) -> str:
    """Return the digest that stands for a dispatch or a report. Its number alone could be another's after a restore."""
    return keyed_digest(*_identity(work))


def possible_digests_of(work: Dispatch | Report) -> list[str]:
    """Return the digests under which a dispatch or a report may be listed, one for each key."""
    return possible_digests(*_identity(work))


def _identity(work: Dispatch | Report) -> tuple[str, str]:
    begun = work.created_at if isinstance(work, Dispatch) else work.received_at
    return type(work).__name__.lower(), f"{work.pk} {begun.timestamp():.6f}"


def _record(kind: Kind, **fields: Any) -> None:
    removal = Removal(secrets.token_hex(8), timezone.now().isoformat(), kind, **fields)
    _append({name: value for name, value in asdict(removal).items() if value not in (None, "", (), False)})
    transaction.on_commit(lambda: _append({"done": removal.id}))


def _append(line: dict[str, Any]) -> None:
    """Write one line to the disk. A list that can't be written does not stop a removal."""
    try:
        with _writing, _opened(settings.WIRE_REMOVALS_FILE) as file:
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        logger.error(
            "What was removed can't be listed in %s: %s. A backup that is restored would bring it back. Correct that, "
            "and run `manage.py backup`: it lists what is missing.",
            settings.WIRE_REMOVALS_FILE,
            error.strerror,
        )


def _opened(path: Path) -> Any:
    """Open the list for appending, alone, and begin it with its id if it is new. Only its owner may read it."""
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b")
    fcntl.lockf(file, fcntl.LOCK_EX)
    size = os.fstat(file.fileno()).st_size
    if not size:
        file.write(json.dumps({"list": secrets.token_hex(16)}).encode() + b"\n")
    elif os.pread(file.fileno(), 1, size - 1) != b"\n":
        # Another process was killed while it wrote its line.
        file.write(b"\n")
    return file


def list_missing() -> int:
    """List what is removed now and not listed, such as what was removed before there was a list. Returns how many.

    Raises OSError.
    """
    listed = read_removals(settings.WIRE_REMOVALS_FILE) if settings.WIRE_REMOVALS_FILE.exists() else []
    latest = {each.publication: each.kind for each in listed if each.is_done}
    erased = {digest for each in listed if each.is_done for digest in (each.dispatch, *each.reports)}
    missing = 0
    withdrawn = Edition.objects.live().filter(kind=Edition.Kind.WITHDRAWAL).values("publication")
    for dispatch in Dispatch.objects.filter(publication__in=withdrawn, expunged_at=None).iterator():
        if latest.get(dispatch.publication_id) is not Kind.WITHDRAWN:
            record_withdrawal(dispatch)
            missing += 1
    for dispatch in Dispatch.objects.filter(expunged_at__isnull=False).iterator():
        if not erased.intersection(possible_digests_of(dispatch)):
            record_expunction(dispatch, ())
            missing += 1
    reports = Report.objects.filter(expunged_at__isnull=False).iterator()
    unlisted = [report for report in reports if not erased.intersection(possible_digests_of(report))]
    if unlisted:
        _record(Kind.EXPUNGED, reports=tuple(map(digest_of, unlisted)))
    return missing + len(unlisted)


# Reading


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a list there was at a time: its bytes, and their hash. A longer list that begins so continues it."""

    size: int
    sha256: str


def ensure_list() -> Extent:
    """Return the extent of the list now. It is begun if there is none. Raises OSError."""
    with _writing, _opened(settings.WIRE_REMOVALS_FILE) as file:
        file.flush()
        file.seek(0)
        content = file.read()
    return Extent(len(content), hashlib.sha256(content).hexdigest())


def continues(path: Path, extent: Extent) -> bool:
    """Return True if the list in a file was continued from this extent: nothing that was removed since is missing."""
    try:
        with path.open("rb") as file:
            beginning = file.read(extent.size)
    except OSError:
        return False
    return hashlib.sha256(beginning).hexdigest() == extent.sha256


def read_removals(path: Path) -> list[Removal]:
    """Return the removals of a list, oldest first. A line that was cut off is of a removal that did not happen."""
    found: dict[str, Removal] = {}
    for line in _lines(path):
        if done := line.get("done"):
            if done in found:
                found[done] = replace(found[done], is_done=True)
        elif "kind" in line:
            lists = {name: tuple(line.get(name, ())) for name in ("reports", "addresses", "names")}
            found[line["id"]] = Removal(**line | lists | {"kind": Kind(line["kind"])})
    return list(found.values())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            try:
                yield json.loads(line)
            except ValueError:
                continue
