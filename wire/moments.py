"""How moments are written for machines, in addresses (?at=2026-06-25T20:51:07Z) too, and read from there."""

from datetime import UTC, datetime, time, timedelta

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


def write_timestamp(moment: datetime) -> str:
    """A moment as HTML's `datetime`, feeds and JSON documents have it: RFC 3339, by the desk's clock.

    HTML takes three digits of a second at most (2.3.5.7), so it is rounded to milliseconds: up, so that in an address
    (?at=) it still leads to the edition that began then, and not to the one before.
    """
    local = timezone.localtime(moment + timedelta(microseconds=-moment.microsecond % 1000))
    if (local.utcoffset() or timedelta()) % timedelta(minutes=1):
        # Before there were zones a clock could be off by +02:20:54, which these forms have no way to say.
        local = local.astimezone(UTC)
    return local.isoformat(timespec="milliseconds" if local.microsecond else "seconds")
