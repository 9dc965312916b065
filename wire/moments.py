"""Moments in addresses: ?at=2026-06-25T20:51:07Z"""

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime


def read_moment(text: str) -> datetime:
    """A moment as a reader may write it: with its zone, or else by the desk's clock; a day alone is its end.

    Raises ValueError for what is none.
    """
    text = text.strip()[:40]
    # In an address a plus that nobody has escaped is a space.
    moment = parse_datetime(text.replace(" ", "+") if text.count(" ") == 1 and "T" in text else text)
    if moment is None:
        day = parse_date(text)
        if day is None:
            raise ValueError(f"no moment: {text!r}")
        moment = datetime(day.year, day.month, day.day, 23, 59, 59)  # noqa: DTZ001 - made aware below
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def write_moment(moment: datetime) -> str:
    """A moment to the microsecond, in UTC, without what an address would have to escape."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
