"""Tell every process on this machine, without a query, that what readers see has changed.

Two counters in memory that all of them share. `changes` increases with everything that readers may see, including new
schedules; `withdrawals` with whatever must not be shown again, even while the database is down. Readers of the counters
query the database only after a change. Other machines poll the database.
"""

import fcntl
import hashlib
import logging
import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

_COUNTERS = struct.Struct("=QQ")


class Announcements:
    """The two counters. Reading them is a memory access; writing takes a lock.

    `folder` has a link to the memory for each process that uses it, by which the next one finds it.
    """

    def __init__(self, folder: Path) -> None:
        self._file = _open_shared_memory(folder)
        self.counters = memoryview(mmap.mmap(self._file, _COUNTERS.size)).cast("Q")
        self._lock = Lock()

    @property
    def changes(self) -> int:
        return self.counters[0]

    @property
    def withdrawals(self) -> int:
        return self.counters[1]

    def announce(self, *, withdraws: bool = False) -> None:
        """Increase the counters."""
        # One lock is for the threads of this process, the other for processes.
        with self._lock, _locked(self._file):
            # In this order, whoever sees the change also sees the withdrawal.
            self.counters[1] += withdraws
            self.counters[0] += 1


def _open_shared_memory(folder: Path) -> int:
    """Open the memory that other processes of this installation use, or allocate it. Returns a file descriptor.

    A mapped file that is truncated, as by a restore of backups, or that a full disk left without blocks, would kill
    every process that reads it (SIGBUS). This memory belongs to no file, is allocated at once, and can't be shrunk.
    """
    if not hasattr(os, "memfd_create"):
        # Not on Linux: processes find each other's changes in the database, within half a second.
        return -1
    try:
        if not folder.is_dir():
            folder.unlink(missing_ok=True)
            folder.mkdir(mode=0o700)
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(directory, fcntl.LOCK_EX)
            memory = _find(folder) or _allocate(folder)
            link = folder / f"{_namespaces()}-{os.getpid()}"
            link.unlink(missing_ok=True)
            link.symlink_to(f"/proc/{os.getpid()}/fd/{memory}")
        finally:
            os.close(directory)
    except OSError as error:
        logger.warning("%s: other processes notice changes half a second later.", error)
        return _allocate(folder)
    return memory


def _find(folder: Path) -> int | None:
    """Open the memory by one of the links, and delete the links of processes that have ended."""
    found = None
    for link in folder.glob(f"{_namespaces()}-*"):
        with suppress(OSError):
            # Another process may have the number of one that has ended, so look before opening anything.
            if os.readlink(link.readlink()) == f"/memfd:{_name_of(folder)} (deleted)":
                found = found or os.open(link, os.O_RDWR | os.O_CLOEXEC)
                continue
        link.unlink(missing_ok=True)
    return found


def _namespaces() -> str:
    """Return a name for the processes that can reach each other: containers and hardened services may share a folder.

    Those that can't find each other's changes in the database, as machines do.
    """
    names = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("pid", "user")]
    return hashlib.sha256("".join(names).encode()).hexdigest()[:8]


def _allocate(folder: Path) -> int:
    memory = os.memfd_create(_name_of(folder), os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.posix_fallocate(memory, 0, _COUNTERS.size)
    fcntl.fcntl(memory, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return memory


def _name_of(folder: Path) -> str:
    return "wire-" + hashlib.sha256(bytes(folder.resolve())).hexdigest()[:16]


@contextmanager
def _locked(file: int) -> Iterator[None]:
    if file == -1:
        yield
        return
    fcntl.lockf(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.lockf(file, fcntl.LOCK_UN)


@cache
def announcements() -> Announcements:
    """Return the counters of this site."""
    return Announcements(settings.VAR_DIR / "announcements")


def announce_at_commit(*, withdraws: bool = False) -> None:
    """Announce this transaction's changes once it commits."""
    transaction.on_commit(lambda: announcements().announce(withdraws=withdraws))
