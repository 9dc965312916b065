"""Write times for machines and addresses (?at=2026-06-25T20:51:07Z), to the second, and parse them."""

from datetime import UTC, datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime


def parse_time(text: str) -> datetime:
    """Parse a time. Without a zone it is in the desk's time zone; a date alone means the end of that day.

    Raises ValueError.
    """
    text = text.strip()[:40]
    if not text.isascii():
        raise ValueError(f"not a time: {text!r}")
    if len(text) == len("2026-06-25"):
        day = parse_date(text)
        at = datetime.combine(day, time(23, 59, 59)) if day else None
    else:
        # In a query string, an unescaped plus becomes a space.
        at = parse_datetime(text.replace(" ", "+") if "T" in text else text)
    if at is None:
        raise ValueError(f"not a time: {text!r}")
    try:
        return (at if timezone.is_aware(at) else timezone.make_aware(at)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"out of range: {text!r}") from error


def format_time(when: datetime) -> str:
    """Format a time for an address: to the second, in UTC, without characters that need escaping."""
    return whole_second(when).astimezone(UTC).isoformat().replace("+00:00", "Z")


def format_timestamp(when: datetime) -> str:
    """Format a time for HTML's `datetime`, feeds and JSON: RFC 3339, to the second, in the desk's time zone."""
    local = timezone.localtime(whole_second(when))
    if (local.utcoffset() or timedelta()) % timedelta(minutes=1):
        # Before time zones existed, offsets had seconds (+02:20:54), which these formats can't express.
        local = local.astimezone(UTC)
    return local.isoformat()


def whole_second(when: datetime) -> datetime:
    """Round up to a second, so that as ?at= a time leads to the edition that began then, not to the previous one."""
    return when + timedelta(microseconds=-when.microsecond % 1_000_000)
