"""Path converters of public addresses. Dates that do not exist, or are before any news site, are a 404."""

from datetime import date


class YearConverter:
    """A year of the archive, as in /wire/2026/."""

    regex = r"[12]\d{3}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return f"{value:04}"


class MonthConverter:
    """A month of the archive, as its first day: /wire/2026/06/."""

    regex = r"[12]\d{3}/\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(f"{value.replace('/', '-')}-01")

    def to_url(self, value: date) -> str:
        return value.strftime("%Y/%m")


class DayConverter:
    """The date of a dispatch, as in /wire/2026/06/25/."""

    regex = r"[12]\d{3}/\d{2}/\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value.replace("/", "-"))

    def to_url(self, value: date) -> str:
        return value.strftime("%Y/%m/%d")
