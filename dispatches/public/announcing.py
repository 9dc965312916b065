"""Telling every process on this machine, at once and without a query, that what readers see has changed.

Two counters in a small file that each process maps into its memory: `changes` moves with everything that readers may
see, also with what is scheduled; `withdrawals` with what they must not be shown again, not even when the database is
gone. Who reads them asks the database only when they have moved. Other machines find out by asking it now and then.
"""

import fcntl
import mmap
import os
import struct
from functools import cache
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.db import transaction

_COUNTERS = struct.Struct("=QQ")


class Announcements:
    """The counters in a file: `changes` and `withdrawals`. Reading is reading memory; they are written under a lock."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if os.fstat(self._file).st_size < _COUNTERS.size:
            os.ftruncate(self._file, _COUNTERS.size)
        self.counters = memoryview(mmap.mmap(self._file, _COUNTERS.size)).cast("Q")
        self._turn = Lock()

    @property
    def changes(self) -> int:
        return self.counters[0]

    @property
    def withdrawals(self) -> int:
        return self.counters[1]

    def announce(self, *, withdraws: bool = False) -> None:
        """Move the counters, for every process to see."""
        # One lock keeps the threads of this process apart, the other the processes.
        with self._turn:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                # Whoever sees the change sees what it withdrew.
                self.counters[1] += withdraws
                self.counters[0] += 1
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)


@cache
def announcements() -> Announcements:
    """Those of this installation."""
    return Announcements(settings.VAR_DIR / "announcements")


def announce_at_commit(*, withdraws: bool = False) -> None:
    """Announce what this transaction changes as soon as others can read it."""
    transaction.on_commit(lambda: announcements().announce(withdraws=withdraws))
