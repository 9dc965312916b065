"""Path converters of public addresses. Dates that do not exist, or are before any news site, are a 404.

Each value has one spelling: other digits than ASCII's, and leading zeros, are a 404 too.
"""

from datetime import date


def is_number(text: str) -> bool:
    """Return True for a number in a query string, which has ASCII's digits too, and few of them."""
    return text.isascii() and text.isdecimal() and len(text) <= 9


class YearConverter:
    """A year of the archive, as in /wire/2026/."""

    regex = "[12][0-9]{3}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return f"{value:04}"


class MonthConverter:
    """A month of the archive, as its first day: /wire/2026/06/."""

    regex = "[12][0-9]{3}/[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(f"{value.replace('/', '-')}-01")

    def to_url(self, value: date) -> str:
        return value.strftime("%Y/%m")


class DayConverter:
    """The date of a dispatch, as in /wire/2026/06/25/."""

    regex = "[12][0-9]{3}/[0-9]{2}/[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value.replace("/", "-"))

    def to_url(self, value: date) -> str:
        return value.strftime("%Y/%m/%d")


class WordsConverter:
    """A slug in any script, as in /wire/2026/06/25/שלום/."""

    regex = r"[^\x00-,./:-@\[-^`{-\x9f\s]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class NumberConverter:
    """A positive number, as in /sitemaps/202606.xml."""

    regex = "[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
