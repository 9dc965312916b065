"""Moments in addresses: ?at=2026-06-25T20:51:07Z"""

from datetime import UTC, datetime, time

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime


def read_moment(text: str) -> datetime:
    """A moment as a reader may write it: with its zone, or else by the desk's clock; a day alone is its end.

    Raises ValueError for what is none.
    """
    text = text.strip()[:40]
    if len(text) == len("2026-06-25"):
        day = parse_date(text)
        moment = datetime.combine(day, time(23, 59, 59)) if day else None
    else:
        # In an address a plus that nobody has escaped is a space.
        moment = parse_datetime(text.replace(" ", "+") if "T" in text else text)
    if moment is None:
        raise ValueError(f"no moment: {text!r}")
    try:
        return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"before or after the calendar: {text!r}") from error


def write_moment(moment: datetime) -> str:
    """A moment to the microsecond, in UTC, without what an address would have to escape."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
