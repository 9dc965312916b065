"""Trouble with the database that is nobody's bug: it is busy, full or gone. Whoever waits for it is told in words.

The log has one line when such an outage begins, and one when it is over, instead of an error for each request.
"""

import logging
from enum import Enum
from threading import Lock
from time import monotonic

from django.db import InterfaceError, InternalError, OperationalError

logger = logging.getLogger(__name__)

# An outage that nobody has met for so long, in seconds, is over: the next one gets a line of its own.
FORGOTTEN = 60.0


class Outage(Enum):
    """A kind of outage: what the log calls it, and what whoever waits is told."""

    BUSY = "The database is busy", "Another change is taking long. Try again in a few seconds."
    FULL = "The database can't write", "The site's disk may be full. The operators of this site have to make room."
    GONE = "The database can't be reached", "It may be restarting. Try again in a minute."

    def __init__(self, logged: str, advice: str) -> None:
        self.logged, self.advice = logged, advice
        self.title = logged.replace("'", "’")


# What the drivers call it: SQLite's result codes, and PostgreSQL's (its manual, appendix A).
_BUSY = {"SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "57014", "40P01"}
_FULL = {"SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "53100", "25006"}
_GONE = {"SQLITE_CANTOPEN", "25P03"}


def outage_of(error: BaseException | None) -> Outage | None:
    """Return which outage has caused an error of the database; None if it is a bug."""
    if not isinstance(error, OperationalError | InterfaceError | InternalError):
        return None
    cause = error.__cause__
    code = getattr(cause, "sqlite_errorname", "") or getattr(cause, "sqlstate", None) or ""
    for outage, codes in ((Outage.BUSY, _BUSY), (Outage.FULL, _FULL), (Outage.GONE, _GONE)):
        # SQLite's extended codes begin with the plain ones.
        if code in codes or code.startswith(tuple(f"{each}_" for each in codes)):
            return outage
    # PostgreSQL: refused or lost connections, and a server that starts, stops or has no resources left.
    is_lost = not code or code.startswith(("08", "53", "57P"))
    return Outage.GONE if is_lost and not isinstance(error, InternalError) else None


class OutageLog:
    """Which outages last, by who met them: readers or the desk."""

    def __init__(self) -> None:
        self._lasting: dict[tuple[str, Outage], float] = {}
        self._lock = Lock()

    def begin(self, whose: str, outage: Outage, error: BaseException) -> None:
        """Log that an outage begins, unless that is known."""
        with self._lock:
            is_known = monotonic() - self._lasting.get((whose, outage), float("-inf")) < FORGOTTEN
            self._lasting[whose, outage] = monotonic()
        if not is_known:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            logger.error("%s (%s): %s", outage.logged, whose, reason)

    def end(self, whose: str, *outages: Outage) -> None:
        """Log that these outages are over, if they lasted."""
        if not self._lasting:
            return
        with self._lock:
            over = [each for each in outages if self._lasting.pop((whose, each), None) is not None]
        for each in over:
            logger.info("%s (%s): that is over.", each.logged, whose)


READERS, DESK = "readers", "desk"
outages = OutageLog()


class OneLineEach(logging.Filter):
    """Leave out what Django logs of requests that met an outage, and of health checks: each change has its own line."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(getattr(record, "request", None), "path", "") == "/readyz":
            return False
        error = record.exc_info[1] if record.exc_info else None
        return outage_of(error) is None
