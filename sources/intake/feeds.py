"""Parse RSS, Atom and JSON feeds, including malformed ones.

Feeds from strangers are parsed in a sandbox: see sandbox.py.
"""

import calendar
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from sources.intake.items import Item, canonical_address, make_item, text_of_html
from sources.intake.sandbox import Unreadable
from sources.text import is_web_address

# The number of items read from a feed, from the top: a feed announces news, it is not an archive.
ITEMS = 200


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed feed: its title and its items, in the feed's order."""

    title: str
    items: list[Item]


def read_feed(body: bytes, url: str = "", content_type: str = "", asked: str = "") -> Document:
    """Parse a feed. `url` is where it was fetched from, for relative links; `asked` is the URL before redirects.

    Raises Unreadable.
    """
    if body.lstrip()[:1] == b"{" or "json" in content_type:
        return _read_json_feed(body, url, asked)
    return _read_xml_feed(body, url, content_type, asked)


# RSS and Atom


def _read_xml_feed(body: bytes, url: str, content_type: str, asked: str) -> Document:
    # Imported here for the memory it needs: only the sandbox loads it.
    import feedparser  # type: ignore[import-untyped]

    # Our own code reduces the markup to text, so the parser need not sanitize it.
    # Without the feed's URL: the parser would also resolve ids, which would change when the feed moves.
    headers = {"content-type": content_type or "application/xml"}
    try:
        parsed = feedparser.parse(body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # Whatever the parser raises: one broken feed must not stop the others.
        raise Unreadable("It can't be parsed as a feed.") from error
    if not parsed.get("version") and not parsed.entries:
        raise Unreadable("The address does not lead to a feed.")
    links = [parsed.feed.get("link"), *(link.get("href") for link in parsed.feed.get("links") or [])]
    shared = _shared_addresses(url, asked, *links)
    items = (_item_of_entry(entry, url, shared) for entry in parsed.entries[:ITEMS])
    return Document(text_of_html(str(parsed.feed.get("title", "")))[:200], [item for item in items if item])


def _item_of_entry(entry: dict[str, Any], base: str, shared: Collection[str]) -> Item | None:
    bodies = [content.get("value") or "" for content in entry.get("content") or []] + [entry.get("summary") or ""]
    link = entry.get("link") or ""
    if link == entry.get("id") and not is_web_address(link):
        # The parser uses the id as the link if there is no link.
        link = ""
    return _item(
        title=text_of_html(entry.get("title") or ""),
        # The full text if the feed has it, else the summary.
        text=max((text_of_html(body) for body in bodies), key=len),
        url=_own_address(base, link, shared),
        external_id=_own_id(entry.get("id") or "", shared),
        byline=byline_of(entry.get("author") or ""),
        said_at=_time_of(dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")),
    )


def _time_of(parts: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(parts), UTC) if parts else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


# JSON Feed, https://www.jsonfeed.org/version/1.1/


def _read_json_feed(body: bytes, url: str, asked: str) -> Document:
    try:
        feed = json.loads(body)
        entries = feed["items"] if isinstance(feed, dict) else None
    except (ValueError, KeyError, RecursionError) as error:
        raise Unreadable("It is not a JSON Feed.") from error
    if not isinstance(entries, list):
        raise Unreadable("It is not a JSON Feed.")
    shared = _shared_addresses(url, asked, _string(feed.get("home_page_url")), _string(feed.get("feed_url")))
    items = (_item_of_json(entry, url, shared) for entry in entries[:ITEMS] if isinstance(entry, dict))
    return Document(_string(feed.get("title"))[:200], [item for item in items if item])


def _item_of_json(entry: Mapping[str, Any], base: str, shared: Collection[str]) -> Item | None:
    authors = entry.get("authors") if isinstance(entry.get("authors"), list) else [entry.get("author")]
    names = [_string(author.get("name")) for author in authors or [] if isinstance(author, dict)]
    markup = _string(entry.get("content_html"))
    return _item(
        title=_string(entry.get("title")),
        text=_string(entry.get("content_text")) or text_of_html(markup) or _string(entry.get("summary")),
        url=_own_address(base, _string(entry.get("url")), shared)
        or _own_address(base, _string(entry.get("external_url")), shared),
        external_id=_own_id(_string(entry.get("id")), shared),
        byline=byline_of(", ".join(name for name in names if name)),
        said_at=parse_time(entry.get("date_published")) or parse_time(entry.get("date_modified")),
    )


def _string(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


# Both


def _shared_addresses(url: str, *others: str | None) -> set[str]:
    """Return the addresses shared by all items: the feed's own, and the page or site it belongs to."""
    # The canonical form of a front page, and of an invalid URL, is empty.
    return {"", *(canonical_address(_complete(url, other or "")) for other in (url, *others))}


def _own_address(base: str, link: str, shared: Collection[str]) -> str:
    """Return the absolute URL of an item; empty if it has none of its own."""
    address = _complete(base, link.strip()) if link.strip() else ""
    return "" if canonical_address(address) in shared else address


def _complete(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


def _own_id(given: str, shared: Collection[str]) -> str:
    """Return the id of an item; empty if it is the URL of the feed or its site."""
    return "" if is_web_address(given) and canonical_address(given) in shared else given


def parse_time(text: Any) -> datetime | None:
    """Parse an ISO 8601 or RFC 3339 time; UTC if it names no zone. Returns None if it is invalid.

    >>> parse_time("2026-06-25T10:00:00+03:00").isoformat()
    '2026-06-25T10:00:00+03:00'
    """
    try:
        when = datetime.fromisoformat(text)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        # Within the range of databases and time zones.
        return when if 1900 <= when.astimezone(UTC).year <= 9000 else None
    except (ValueError, TypeError, OverflowError):
        return None


def byline_of(author: str) -> str:
    """Return the author's name, without “By” and without an email address.

    >>> byline_of("desk@news.example (By Dana Levi)"), byline_of("dana@news.example")
    ('Dana Levi', '')
    """
    author = " ".join(text_of_html(author).split())
    if match := re.fullmatch(r"\S+@\S+ \((.+)\)", author):
        author = match[1]
    author = re.sub(r"[<(]?\S+@\S+[>)]?", "", author)
    return re.sub(r"^by\s+", "", author.strip(), flags=re.I)


def _item(**fields: Any) -> Item | None:
    """Create an item, or return None if the entry has no content."""
    when = fields.pop("said_at")
    fields["url"] = fields["url"] if is_web_address(fields["url"]) else ""
    try:
        return make_item(**fields, said_at=when if when and 1900 <= when.year <= 9000 else None)
    except ValueError:
        return None
