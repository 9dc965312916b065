"""Times as machines write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.intake.times import parse_feed_time, parse_time

ISO = {
    "2016-12-31T23:59:60Z": "2016-12-31T23:59:59+00:00",
    "2016-12-31T23:59:60.5+01:00": "2016-12-31T23:59:59.500000+01:00",
    "2026-06-25t10:00:00z": "2026-06-25T10:00:00+00:00",
    "2026-06-25T24:00:00Z": "2026-06-26T00:00:00+00:00",
    "20261231T240000+0300": "2027-01-01T00:00:00+03:00",
    "2026-06-25 10:00": "2026-06-25T10:00:00+00:00",
    "2026-06-25 10:00:00 UTC": "2026-06-25T10:00:00+00:00",
    "2026-06-25 10:00:00 +0300": "2026-06-25T10:00:00+03:00",
    " 2026-06-25T10:00:00.1234567Z ": "2026-06-25T10:00:00.123456+00:00",
    "2026-06-25": "2026-06-25T00:00:00+00:00",
}
RFC_822 = {
    "Thu, 25 Jun 2026 10:00:00 GMT": "2026-06-25T10:00:00+00:00",
    "Thu, 25 Jun 26 10:00 EST": "2026-06-25T10:00:00-05:00",
    "25 Jun 99 10:00 Z": "1999-06-25T10:00:00+00:00",
    "Thu, 25 Jun 2026 24:00:00 GMT": "2026-06-26T00:00:00+00:00",
    "Sat, 31 Dec 2016 23:59:60 GMT": "2016-12-31T23:59:59+00:00",
    "Thu, 25 Jun 2026 10:00:00 CEST": "2026-06-25T10:00:00+02:00",
    "Thu, 25 Jun 2026 10:00:00 IDT": "2026-06-25T10:00:00+03:00",
    "Thu, 25 Jun 2026 10:00:00 GMT+0300": "2026-06-25T10:00:00+03:00",
    "Thu, 25 Jun 2026 10:00:00 +03:00": "2026-06-25T10:00:00+03:00",
    "Thu, 25 Jun 2026 10:00:00 +0200 (CEST)": "2026-06-25T10:00:00+02:00",
    "Thu, 25 Jun 2026 10:00:00 -0330": "2026-06-25T10:00:00-03:30",
    "Thu, 25 June 2026 10:00 pm GMT": "2026-06-25T22:00:00+00:00",
    "25-Jun-2026 12:30 AM": "2026-06-25T00:30:00+00:00",
    "Thu Jun 25 10:00:00 2026": "2026-06-25T10:00:00+00:00",
    "Thu Jun 25 10:00:00 PDT 2026": "2026-06-25T10:00:00-07:00",
    "25 Jun 2026": "2026-06-25T00:00:00+00:00",
}
# Undated: better than a wrong time.
UNKNOWN = [
    *("", "now", "2026-13-01", "0000-00-00T00:00:00Z", "9999-12-31T24:00:00Z", "99999-01-01", "2026-06-25T24:00:01Z"),
    *(
        "2026-06-25T10:00:61Z",
        "2026-06-25T10:00:00+99:00",
        "Thu, 25 Jun 2026 25:00:00 GMT",
        "1782381600",
        "\ud800",
        "\0",
    ),
    # Three countries call their time IST.
    *("Thu, 25 Jun 2026 10:00:00 IST", "06/25/2026 10:00", "２０２６-06-25", None, 1782381600, float("nan"), {}, True),
    *("1970-01-01T00:00:00Z", "Wed, 31 Dec 1969 19:00:00 -0500", "Thu, 01 Jan 1970 00:00:00 GMT"),
]


@pytest.mark.parametrize("text", [*ISO, *RFC_822])
def test_a_feed_s_time_is_read(text):
    assert parse_feed_time(text).isoformat() == (ISO | RFC_822)[text]


@pytest.mark.parametrize("text", ISO)
def test_a_pushed_time_is_read(text):
    assert parse_time(text).isoformat() == ISO[text]


@pytest.mark.parametrize("text", UNKNOWN, ids=ascii)
def test_what_is_no_time_is_none(text):
    assert parse_feed_time(text) is None


@given(st.text(max_size=40) | st.from_regex(r"[A-Za-z]{3}, \d{1,2} [A-Za-z]{3} \d{2,4} \d\d:\d\d:\d\d [A-Z+-]\d{0,4}"))
def test_no_text_is_too_odd(text):
    when = parse_feed_time(text)
    assert when is None or when.utcoffset() is not None
