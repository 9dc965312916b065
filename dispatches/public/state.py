"""The site's state as one value, which changes whenever anything public does."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connections

from dispatches.public import surface
from dispatches.public.prepared import fetch

# Both ends of an interval can change what is public: an edition goes live, or ends without a successor. A schedule that
# was canceled changes nothing. `{now}` is the time, `{editions}` the table of editions.
STATE = """
    SELECT revision, withdrawals, is_closed, {now} AS read_at,
        (SELECT MAX(switch) FROM (
            SELECT MAX(live_at) AS switch FROM {editions} WHERE live_at <= {now} AND {is_seen} UNION ALL
            SELECT MAX(superseded_at) FROM {editions} WHERE superseded_at <= {now} AND {is_seen}) AS passed) AS last,
        (SELECT MIN(switch) FROM (
            SELECT MIN(live_at) AS switch FROM {editions} WHERE live_at > {now} AND {is_seen} UNION ALL
            SELECT MIN(superseded_at) FROM {editions} WHERE superseded_at > {now} AND {is_seen}) AS coming) AS until
    FROM {state}"""
IS_SEEN = "(superseded_at IS NULL OR superseded_at > live_at)"
# The view through which readers' requests read it (`wall.py`): they learn when the next change comes, and nothing else.
VIEW = "public_state"


@dataclass(frozen=True, slots=True)
class PublicState:
    """The site's state, as read at a time: `value` differs whenever anything public does. It changes at `until`.

    `withdrawals` changes whenever something must not be shown to readers again. While the site `is_closed`, no page
    may be shown at all. A restore moves the value, and `withdrawals`, past all that the site had before
    (`dispatches/desk/site.py`).
    """

    value: str
    withdrawals: int = 0
    until: datetime | None = None
    read_at: datetime | None = None
    is_closed: bool = False


def read_public_state(at: datetime | None = None) -> PublicState:
    """Return the state and the next scheduled change, by the database's clock. One query on two indexes.

    On the desk's connection, it is the state at a time (default: now, by the clock of this machine).
    """
    if surface.database() == surface.READERS:
        rows = fetch(f"SELECT revision, withdrawals, is_closed, read_at, last, until FROM {VIEW}", [])
    else:
        now = connections[surface.database()].ops.adapt_datetimefield_value(at or surface.now())
        rows = fetch(_inline(STATE), [now] * STATE.count("{now}"))
    if not rows:
        return PublicState("0-0", read_at=at or surface.now())
    revision, withdrawals, is_closed, *times = rows[0]
    read_at, last, until = map(_as_time, times)
    switched = int(last.timestamp() * 1_000_000) if last else 0
    value = f"{revision}-{switched}{'-closed' if is_closed else ''}"
    return PublicState(value, withdrawals, until, read_at, bool(is_closed))


def _inline(state: str) -> str:
    return state.format(now="%s", editions="dispatches_edition", state="dispatches_sitestate", is_seen=IS_SEEN)


def _as_time(value: Any) -> datetime | None:
    """Convert a time as the database returns it. SQLite returns text in UTC."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value
