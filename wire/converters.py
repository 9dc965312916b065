"""Parts of public addresses. What does not exist in the calendar is not found, nor is what no wire ever was."""

from datetime import date


class YearConverter:
    """A year of the archive, as in /wire/2026/."""

    regex = r"[12]\d{3}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return f"{value:04}"


class MonthConverter:
    """A month of the archive by its first day, as in /wire/2026/06/."""

    regex = r"[12]\d{3}/\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(f"{value.replace('/', '-')}-01")

    def to_url(self, value: date) -> str:
        return value.strftime("%Y/%m")


class DayConverter:
    """The day a dispatch was published, as in /wire/2026/06/25/."""

    regex = r"[12]\d{3}/\d{2}/\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value.replace("/", "-"))

    def to_url(self, value: date) -> str:
        return value.strftime("%Y/%m/%d")
