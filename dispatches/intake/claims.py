"""Claim feeds for one poller at a time, and free the claims of pollers that are no longer running.

A claim ends by itself. It ends sooner if its poller ran on this machine and is gone: each holds a lock on a file of its
own, which the operating system releases however the process ends.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string

from sources.models import Feed

# How long a claim on a feed lasts; longer than any poll of one can take.
LEASE = timedelta(minutes=5)


@contextmanager
def running_poller() -> Iterator[str]:
    """Yield the name of a new poller, which counts as running until this block or the process ends."""
    path = _folder() / get_random_string(20)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield _name(path)
        finally:
            path.unlink(missing_ok=True)


def free_claims_of_gone_pollers() -> int:
    """Free the claims of pollers that ran on this machine and ended without doing so. Returns how many."""
    freed = 0
    for path in _folder().iterdir():
        if _is_gone(path):
            claims = Feed.objects.filter(claimed_by=_name(path), claimed_until__isnull=False)
            freed += claims.update(claimed_until=None, claimed_by="")
            path.unlink(missing_ok=True)
    return freed


def claim(feeds: QuerySet[Feed], poller: str) -> Iterator[Feed]:
    """Claim the feeds one by one, and yield those that no other poller has."""
    for feed in list(feeds.select_related("source")):
        now = timezone.now()
        is_free = Q(claimed_until=None) | Q(claimed_until__lt=now)
        # If its next poll is still the one read, no other poller has had it since.
        unclaimed = Feed.objects.filter(is_free, pk=feed.pk, next_poll_at=feed.next_poll_at)
        feed.claimed_until, feed.claimed_by = now + LEASE, poller
        if unclaimed.update(claimed_until=feed.claimed_until, claimed_by=poller):
            yield feed


def _folder() -> Path:
    folder: Path = settings.VAR_DIR / "pollers"
    folder.mkdir(exist_ok=True)
    return folder


def _name(path: Path) -> str:
    return f"{socket.gethostname()[:60]}:{path.name}"


def _is_gone(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        # Another poller has just removed it.
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
