"""Report what a server process serves, and keep its page cache up to date while nobody asks for a page."""

import atexit
import logging
from contextlib import suppress
from threading import Thread
from time import monotonic, sleep, time

from django.db import DatabaseError, close_old_connections

from dispatches.public import nodes
from wire.cache.pagecache import PageCache

logger = logging.getLogger(__name__)

# How often (seconds) a process checks whether what it serves has changed.
LOOK = 0.2


class Heartbeat:
    """Reports a page cache's state when it changes, and from time to time."""

    def __init__(self, cache: PageCache, name: str) -> None:
        self._cache, self._name = cache, name
        self._reported, self._reported_at = -1, float("-inf")
        self._fails = False
        # Not reported yet.
        cache.reported_at = 0.0

    def look(self) -> None:
        """Bring the cache up to date, and report if that is due."""
        self._cache.refresh()
        withdrawals = self._cache.withdrawals_served
        if withdrawals is None:
            return
        if withdrawals == self._reported and monotonic() - self._reported_at < nodes.INTERVAL:
            return
        close_old_connections()
        now = time()
        try:
            nodes.beat(self._name, withdrawals)
        except DatabaseError as error:
            if not self._fails:
                logger.error("The heartbeat of %s can't be written: %s", self._name, str(error).partition("\n")[0])
            self._fails = True
        else:
            self._reported, self._reported_at, self._fails = withdrawals, monotonic(), False
            self._cache.reported_at = now
        finally:
            close_old_connections()

    def run(self) -> None:
        """Repeat `look` for ever, whatever error occurs: without reports, the desk assumes that the process ended."""
        while True:
            try:
                self.look()
            except Exception:
                if not self._fails:
                    logger.exception("The heartbeat of %s failed. It will try again.", self._name)
                self._fails = True
            sleep(LOOK)

    def stop(self) -> None:
        """Report that this process serves nothing any more."""
        # Otherwise, the desk finds that it has ended, or has been silent for too long.
        with suppress(DatabaseError):
            nodes.leave(self._name)


def start_heartbeat(cache: PageCache) -> None:
    """Report for as long as this process runs."""
    heartbeat = Heartbeat(cache, nodes.name_of_this_process())

    Thread(target=heartbeat.run, name="heartbeat", daemon=True).start()
    atexit.register(heartbeat.stop)
