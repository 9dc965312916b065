"""Which rows does a form post? Only those that are changed, added or deleted; all others stay as stored (pure).

The inputs of a row are named `<part>-<token>-<field>`. Tokens are arbitrary: a form may be opened, added or removed on
the page without renaming any other. Django's formsets expect numbers without gaps, stored rows first.
"""

import re
from collections.abc import Iterable

from django.http import QueryDict

# Parts of a form in which only some rows are forms; see `dispatches/admin/row_formsets.py`.
SHOWN_AS_TEXT = frozenset({"developments", "citations"})
MANAGEMENT = ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
# The prefix of an unsaved row's token in the order of rows.
NEW = "new"


def renumber(data: QueryDict, parts: Iterable[str]) -> QueryDict:
    """Return form data with numbered rows, stored ones first, and with the counts that Django's formsets require.

    A stored row that is posted twice is read where it was posted last.
    """
    result = data.copy()
    for part in parts:
        pattern = re.compile(rf"{re.escape(part)}-([A-Za-z0-9]+)-(.+)")
        rows: dict[str, list[tuple[str, str]]] = {}
        for key in data:
            if match := pattern.fullmatch(key):
                rows.setdefault(match[1], []).append((key, match[2]))
        by_id = {data[f"{part}-{token}-id"]: token for token in rows if data.get(f"{part}-{token}-id")}
        stored = list(by_id.values())
        new = [token for token in rows if not data.get(f"{part}-{token}-id")]
        for keys in rows.values():
            for key, _ in keys:
                del result[key]
        numbers = {token: number for number, token in enumerate([*stored, *new])}
        for token, number in numbers.items():
            for key, field in rows[token]:
                result.setlist(f"{part}-{number}-{field}", data.getlist(key))
        set_counts(result, part, total=len(numbers), stored=len(stored))
        if order := data.get(f"{part}-order"):
            renamed = {f"{NEW}{token}": f"{NEW}{numbers[token]}" for token in new}
            result[f"{part}-order"] = ",".join(renamed.get(each, each) for each in order.split(","))
    return result


def set_counts(data: QueryDict, part: str, *, total: int, stored: int) -> None:
    for name, number in zip(MANAGEMENT, (total, stored, 0, 1000), strict=True):
        data[f"{part}-{name}"] = str(number)


def add_row(data: QueryDict, part: str, texts: dict[str, str]) -> QueryDict:
    """Return form data with one more row, which has these texts; a stored one if they have an id."""
    result = data.copy()
    number = int(data.get(f"{part}-TOTAL_FORMS") or 0)
    for field, text in texts.items():
        result[f"{part}-{number}-{field}"] = text
    return renumber(result, [part])
