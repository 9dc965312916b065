"""Parts of public addresses."""

from datetime import date


class DayConverter:
    """The day a dispatch was published, as in /wire/2026/06/25/. Days that do not exist are not found."""

    regex = r"\d{4}/\d{2}/\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value.replace("/", "-"))

    def to_url(self, value: date) -> str:
        return value.strftime("%Y/%m/%d")
