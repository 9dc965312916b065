"""Parse the times that machines write: ISO 8601 and RFC 3339, and RFC 822 as feeds have it."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

# Hours from UTC. Left out are names that mean several zones, such as IST (India, Ireland, Israel) and AST.
_HOURS = {
    "WET": 0,
    "NST NDT": -3.5,
    "ADT BRT ART": -3,
    "EDT": -4,
    "EST CDT": -5,
    "CST MDT": -6,
    "MST PDT": -7,
    "PST AKDT": -8,
    "AKST": -9,
    "HST": -10,
    "BST WEST CET MET": 1,
    "CEST MEST EET SAST": 2,
    "EEST IDT MSK TRT": 3,
    "PKT": 5,
    "WIB": 7,
    "HKT SGT PHT AWST": 8,
    "JST KST": 9,
    "ACST": 9.5,
    "AEST": 10,
    "ACDT": 10.5,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
}
_ZONES = {name: hours for names, hours in _HOURS.items() for name in names.split()} | dict.fromkeys(
    # RFC 2822, 4.3: military zones are read as UTC, because RFC 822 had their signs wrong.
    ["", "UT", "UTC", "GMT", *"ABCDEFGHIKLMNOPQRSTUVWXYZ"],
    0,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_RFC_822 = re.compile(
    r"(?:\w+\.?,?\s+)?(?P<day>\d{1,2})[\s-]+(?P<month>[a-z]{3})[a-z]*\.?,?[\s-]+(?P<year>\d{4}|\d{2}),?"
    r"(?:\s+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?(?:\s*(?P<half>[ap])\.?m\.?\b)?)?"
    r"\s*(?:\(?(?P<zone>[a-z]{0,5})\)?\s*(?P<offset>[+-]\d{1,2}:?\d{2})?(?:\s*\([^)]*\))?)",
    re.I | re.A,
)
# As the C library writes it: Thu Jun 25 10:00:00 2026.
_ASCTIME = re.compile(r"(\w{3})\s+([a-z]{3})\s+(\d{1,2})\s+(\d{2}:\d{2}:\d{2})(\s+[a-z]{1,5})?\s+(\d{4})", re.I | re.A)
_ISO = re.compile(r"(\d{4}-?\d{2}-?\d{2})[Tt ]+(\d{2}:?\d{2}(?::?\d{2}(?:[.,]\d+)?)?)\s*(\S*)", re.A)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time(text: Any) -> datetime | None:
    """Parse an ISO 8601 or RFC 3339 time; UTC if it names no zone. Returns None if it is invalid.

    A leap second is the second before it, and 24:00 is midnight of the next day.

    >>> parse_time("2026-06-25T10:00:00+03:00").isoformat(), parse_time("2016-12-31t23:59:60z").isoformat()
    ('2026-06-25T10:00:00+03:00', '2016-12-31T23:59:59+00:00')
    """
    if not isinstance(text, str):
        return None
    text, days = text.strip(), 0
    if match := _ISO.fullmatch(text):
        date, clock, zone = match.groups()
        zone = "+00:00" if zone.upper() in {"Z", "UTC", "GMT", "UTC+0", "GMT+0"} else zone
        clock = re.sub(r"^(\d{2}:?\d{2}:?)60\b", r"\g<1>59", clock)
        if re.fullmatch(r"24:?00(:?00([.,]0+)?)?", clock):
            clock, days = "00:00" if "-" in date else "0000", 1
        text = f"{date}T{clock}{zone}"
    try:
        when = datetime.fromisoformat(text) + timedelta(days=days)
        return _in_range(when if when.tzinfo else when.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def parse_feed_time(text: Any) -> datetime | None:
    """Parse a time of a feed, in any of the forms that feeds use. Returns None if there is none, or it is unknown.

    The first day of 1970 counts as no time: programs write it when they have none.

    >>> parse_feed_time("Thu, 25 Jun 26 10:00 EST").isoformat(), parse_feed_time("Thu, 01 Jan 1970 00:00:00 GMT")
    ('2026-06-25T10:00:00-05:00', None)
    """
    when = parse_time(text) or _parse_rfc_822(text if isinstance(text, str) else "")
    return when if when and abs(when - _EPOCH) > timedelta(days=1) else None


def _parse_rfc_822(text: str) -> datetime | None:
    text = _ASCTIME.sub(r"\1, \3 \2 \6 \4 \5", " ".join(text.split()))
    match = _RFC_822.fullmatch(text.strip())
    if match is None or match["month"].lower() not in _MONTHS:
        return None
    zone = (match["zone"] or "").upper()
    if match["offset"]:
        sign, digits = match["offset"][0], match["offset"][1:].replace(":", "").zfill(4)
        hours = (int(digits[:2]) + int(digits[2:]) / 60) * (-1 if sign == "-" else 1)
    elif zone in _ZONES:
        hours = _ZONES[zone]
    else:
        return None
    year = int(match["year"])
    if len(match["year"]) == 2:
        # RFC 2822, 4.3.
        year += 2000 if year < 50 else 1900
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if match["half"] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    second = 59 if second == 60 else second
    days = 1 if (hour, minute, second) == (24, 0, 0) else 0
    try:
        month, zone_of_it = _MONTHS.index(match["month"].lower()) + 1, timezone(timedelta(hours=hours))
        when = datetime(year, month, int(match["day"]), 0 if days else hour, minute, second, tzinfo=zone_of_it)
        return _in_range(when + timedelta(days=days))
    except (ValueError, OverflowError):
        return None


def _in_range(when: datetime) -> datetime | None:
    """Return a time within the range of databases and time zones, else None."""
    return when if 1900 <= when.astimezone(UTC).year <= 9000 else None
