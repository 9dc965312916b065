"""Read a line of an import: validate it, and return what a dispatch is created from."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from dispatches.desk.prose import escape_markdown
from dispatches.public.slugs import slug_of
from sources.independence import Basis
from sources.intake.items import Item, make_item
from sources.intake.matching import is_valid_address
from sources.intake.times import parse_time
from sources.models import Source
from sources.text import clean

LONGEST_LINE = 1_000_000
NOT_TEXT = "It has characters that are not UTF-8. Save the file as UTF-8 (in a spreadsheet: “CSV UTF-8”)."


class Refused(Exception):
    """A line can't be imported. `reasons` has a sentence for each error."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source said, as a line gives it."""

    name: str
    item: Item
    kind: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A valid line: what a dispatch is created from."""

    key: str
    headline: str
    slug: str
    tldr: str
    body: str
    at: datetime
    section: str
    story: str
    said: list[Statement]


# Reading a line


def read_line(line: str) -> Entry:
    """Validate a line. Raises Refused with all errors at once."""
    if len(line) > LONGEST_LINE:
        raise Refused([f"The line is longer than {LONGEST_LINE:,} characters."])
    if not is_text(line):
        raise Refused([NOT_TEXT])
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Refused(["This is not valid JSON."]) from error
    if not isinstance(given, dict):
        raise Refused(["This is not a JSON object."])
    errors: list[str] = []
    text, body = _string(given, "text", errors), _string(given, "body", errors)
    headline = " ".join((_string(given, "headline", errors) or first_sentence(text or body)).split())
    if not headline:
        errors.append("Add a “headline”, “text” or “body”.")
    at = _read_date(given.get("date"))
    if at is None:
        errors.append("Add a “date” such as 2026-06-25 or 2026-06-25T10:00:00+03:00, since 1900 and not in the future.")
    said = list(_read_sources(given.get("sources"), headline, at, errors))
    if errors or at is None:
        raise Refused(errors)
    return Entry(
        key=_string(given, "id", errors)[:200] or hashlib.sha256(line.strip().encode()).hexdigest()[:32],
        headline=shorten(headline, 140),
        slug=slug_of(_string(given, "slug", errors) or headline, 90),
        tldr=shorten(_string(given, "tldr", errors) or text or headline, 400),
        body=body or escape_markdown(text or headline),
        at=at,
        section=_string(given, "section", errors) or _string(given, "category", errors),
        story=_string(given, "story", errors) or _last(given.get("topic_path")),
        said=said,
    )


def _read_sources(given: Any, headline: str, at: datetime | None, errors: list[str]) -> Iterator[Statement]:
    if not isinstance(given, list) or not given:
        errors.append("Add at least one entry to “sources”: a dispatch without a source can't be rated.")
        return
    for number, each in enumerate(given, start=1):
        if not isinstance(each, dict) or not _string(each, "name", errors).strip():
            errors.append(f"Source {number} has no “name”.")
            continue
        name, url = " ".join(_string(each, "name", errors).split()), _string(each, "url", errors)
        basis, kind = _string(each, "basis", errors), _string(each, "kind", errors) or Source.Kind.OUTLET.value
        if len(name) > 200:
            errors.append(f"Source {number} has a name of more than 200 characters.")
        if url and not is_valid_address(url):
            errors.append(f"Source {number} has an invalid “url”: {shorten(url, 80)}")
        if basis not in {"", *Basis}:
            errors.append(f"Source {number} has an unknown “basis”. Use one of: {', '.join(Basis)}.")
        if kind not in Source.Kind.values:
            errors.append(f"Source {number} has an unknown “kind”. Use one of: {', '.join(Source.Kind.values)}.")
        if headline and not errors:
            item = make_item(
                title=_string(each, "title", errors) or headline,
                text=_string(each, "text", errors),
                url=url,
                basis=basis,
                said_at=parse_time(each.get("said_at")) or at,
            )
            yield Statement(name, item, kind)


def _string(given: Mapping[str, Any], name: str, errors: list[str]) -> str:
    value = given.get(name)
    if value is None or isinstance(value, str):
        return clean(value or "").strip()
    errors.append(f"“{name}” is not a string.")
    return ""


def _read_date(given: Any) -> datetime | None:
    """A date without a time means noon in the desk's time zone."""
    try:
        noon = datetime.combine(date.fromisoformat(given), time(12))
        at: datetime | None = timezone.make_aware(noon)
    except (ValueError, TypeError):
        at = parse_time(given)
    return at if at and at.year >= 1900 and at <= timezone.now() else None


def is_text(read: str) -> bool:
    """Return False if a file that was read with “surrogateescape” had bytes there that are not UTF-8."""
    return not re.search("[\udc80-\udcff]", read)


def _last(path: Any) -> str:
    return clean(path[-1]).strip() if isinstance(path, list) and path and isinstance(path[-1], str) else ""


def first_sentence(text: str) -> str:
    """Return the first sentence of a text without its full stop, for a headline.

    >>> first_sentence("The U.S. left. It rained.")
    'The U.S. left'
    """
    plain = " ".join(text.split())
    match = re.search(r"(?<![A-Z.])(?<!\b(?:Mr|Dr|St))[.!?](?=\s+[“\"A-Z])", plain)
    return (plain[: match.start()] if match else plain).rstrip(".")


def shorten(text: str, length: int) -> str:
    """Cut a text between words, to at most `length` characters."""
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
