"""Merge two edits of one object without losing anything (pure).
There are three versions: the base that an editor started from, theirs that someone saved meanwhile, and mine. A field
changed on one side only is taken from that side. If both changed different lines of a text, both changes are taken.
In a conflict, mine is proposed, and theirs is offered beside it.
"""

from dataclasses import dataclass
from typing import Any

from merge3 import Merge3

Fields = dict[str, Any]
Content = dict[str, dict[str, Fields]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs between theirs and mine, and its merged value.

    `part` and `row` are "" for a field of the object itself. A missing row has None for its fields.
    """

    part: str
    row: str
    field: str
    base: Any
    theirs: Any
    mine: Any
    merged: Any

    @property
    def is_conflict(self) -> bool:
        """Return True if both sides changed it, to different values."""
        return self.theirs != self.base and self.mine != self.base


def merge(base: Content | None, theirs: Content, mine: Content) -> tuple[Content, list[Difference]]:
    """Return the merged content, and all differences between theirs and mine. Without a base, all are conflicts."""
    merged: Content = {}
    differences: list[Difference] = []
    for part in theirs | mine:
        merged[part] = {}
        rows_theirs, rows_mine = theirs.get(part, {}), dict(mine.get(part, {}))
        rows_base = (base or {}).get(part, {})
        for row in [*rows_theirs, *(row for row in rows_mine if row not in rows_theirs)]:
            old, their, my = rows_base.get(row), rows_theirs.get(row), rows_mine.get(row)
            if their is None and my is not None and my in rows_theirs.values():
                continue  # Both sides added the same row.
            kept = _merge_row(old, their, my)
            if kept is not None:
                merged[part][row] = kept
            differences += _compare(part, row, old, their, my, kept)
    return merged, differences


def _merge_row(old: Fields | None, their: Fields | None, my: Fields | None) -> Fields | None:
    """Merge a row; None if it is deleted. A row deleted on one side and changed on the other is kept."""
    match their, my:
        case None, dict():
            return None if my == old else my
        case dict(), None:
            return None if their == old else their
        case dict(), dict():
            names = [name for name in their if name in my]
            return their | {name: merge_values((old or {}).get(name), their[name], my[name]) for name in names}
    return None


def merge_values(base: Any, theirs: Any, mine: Any) -> Any:
    """Merge two values that both started as `base`.

    >>> merge_values("one", "one", "two"), merge_values("one", "two", "one"), merge_values("one", "two", "three")
    ('two', 'two', 'three')
    >>> merge_values("a\\nb\\nc", "A\\nb\\nc", "a\\nb\\nC")
    'A\\nb\\nC'
    """
    if theirs in (base, mine):
        return mine
    if mine == base:
        return theirs
    if isinstance(base, str) and isinstance(theirs, str) and isinstance(mine, str) and "\n" in base:
        groups = list(Merge3(_lines(base), _lines(theirs), _lines(mine)).merge_groups())
        if not any(group[0] == "conflict" for group in groups):
            return "".join(line for group in groups for line in group[1])[:-1]
    return mine


def _lines(text: str) -> list[str]:
    return [f"{line}\n" for line in text.split("\n")]


def _compare(
    part: str, row: str, old: Fields | None, their: Fields | None, my: Fields | None, kept: Fields | None
) -> list[Difference]:
    names = list(my or their or {})
    return [
        Difference(part, row, name, *((side or {}).get(name) for side in (old, their, my, kept)))
        for name in names
        if (their or {}).get(name) != (my or {}).get(name)
    ]
