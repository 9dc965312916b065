"""Tell every process on this machine, without a query, that what readers see has changed.

Two counters in a small file that each process maps into memory. `changes` increases with everything that readers may
see, including new schedules; `withdrawals` with whatever must not be shown again, even while the database is down.
Readers of the counters query the database only after a change. Other machines poll the database.
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
    """The two counters in a file. Reading them is a memory access; writing takes a lock."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
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
        """Increase the counters."""
        # One lock is for the threads of this process, the other for processes.
        with self._turn:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                # In this order, whoever sees the change also sees the withdrawal.
                self.counters[1] += withdraws
                self.counters[0] += 1
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)


@cache
def announcements() -> Announcements:
    """Return the counters of this site."""
    return Announcements(settings.VAR_DIR / "announcements")


def announce_at_commit(*, withdraws: bool = False) -> None:
    """Announce this transaction's changes once it commits."""
    transaction.on_commit(lambda: announcements().announce(withdraws=withdraws))
