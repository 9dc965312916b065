"""Limit how many threads wait for something slow, so that cached pages always find a free one.

Each kind of slow work has a share of the server's threads: rendering, the desk, and requests from outside that send a
body, which may come slowly. If a share is full, a request waits briefly, or is told so.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock, Semaphore
from types import TracebackType


class ShareFull(Exception):
    """All threads of a share are taken."""


class Share:
    """A context manager that `active` threads may be in at once. Up to `waiting` others wait, for at most `seconds`.

    Raises ShareFull.
    """

    def __init__(self, active: int, waiting: int = 0, seconds: float = 5.0) -> None:
        self._active, self._waiting, self._seconds = BoundedSemaphore(active), Semaphore(waiting), seconds
        self.threads = active + waiting

    def __enter__(self) -> None:
        if self._active.acquire(blocking=False):
            return
        if not self._waiting.acquire(blocking=False):
            raise ShareFull
        try:
            if not self._active.acquire(timeout=self._seconds):
                raise ShareFull
        finally:
            self._waiting.release()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._active.release()


class SharePerAddress:
    """Shares of a few threads for each client address, and of `active` threads for all of them together.

    A slow sender takes only the threads of its own address.
    """

    def __init__(self, active: int, each: int) -> None:
        self._all, self._each = BoundedSemaphore(active), each
        self._taken: Counter[str] = Counter()
        self._lock = Lock()
        self.threads = active

    @contextmanager
    def of(self, address: str) -> Iterator[None]:
        """Take a thread for this address. Raises ShareFull."""
        with self._lock:
            if self._taken[address] >= self._each or not self._all.acquire(blocking=False):
                raise ShareFull
            self._taken[address] += 1
        try:
            yield
        finally:
            with self._lock:
                self._all.release()
                self._taken -= Counter([address])
