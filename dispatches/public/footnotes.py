"""Add a footnote to a text where it first names a cited source, linking to the source's ledger line (pure)."""

import re
from collections.abc import Mapping
from html import escape

# Text inside these elements is already a link or a name.
_NO_NOTES_IN = {"a", "cite", "code", "pre", "h3", "h4"}
_TAG = re.compile(r"(<[^>]*>)")


def add_footnotes(body_html: str, sources: Mapping[int, str]) -> str:
    """Add a note after the first mention of each source. `sources` maps line numbers to names. Expects safe HTML.

    >>> add_footnotes("<p>The Courier says so. The Courier is sure.</p>", {2: "The Courier"})
    '<p>The Courier<sup><a href="#source-2" aria-label="Source 2">2</a></sup> says so. The Courier is sure.</p>'
    """
    numbers = {escape(name): number for number, name in reversed(list(sources.items()))}
    if not numbers:
        return body_html
    # Longest first, so that “The Courier of Haifa” is not matched as “The Courier”.
    names = "|".join(re.escape(name) for name in sorted(numbers, key=len, reverse=True))
    mention = re.compile(rf"(?<!\w)(?:{names})(?!\w)")
    seen: set[str] = set()

    def note(match: re.Match[str]) -> str:
        if match[0] in seen:
            return match[0]
        seen.add(match[0])
        number = numbers[match[0]]
        return f'{match[0]}<sup><a href="#source-{number}" aria-label="Source {number}">{number}</a></sup>'

    parts = _TAG.split(body_html)
    closed = 0
    for position, part in enumerate(parts):
        if part.startswith("<"):
            name = re.sub(r"\W.*", "", part.lstrip("</"), flags=re.DOTALL)
            if name in _NO_NOTES_IN:
                closed += -1 if part.startswith("</") else 1
        elif not closed:
            parts[position] = mention.sub(note, part)
    return "".join(parts)
