"""Parse RSS, Atom and JSON feeds, including malformed ones.

Feeds from strangers are parsed in a sandbox: see sandbox.py.
"""

import html
import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from sources.intake.charsets import Undecodable, decode
from sources.intake.items import Item, canonical_address, make_item, text_of_html
from sources.intake.markup import rename_foreign, repair_xml
from sources.intake.sandbox import Unreadable
from sources.intake.times import parse_feed_time
from sources.text import clean, is_web_address

# The number of items read from a feed, from the top: a feed announces news, it is not an archive.
ITEMS = 200


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed feed: its title and its items, in the feed's order."""

    title: str
    items: list[Item]


def read_feed(body: bytes, url: str = "", content_type: str = "", asked: str = "") -> Document:
    """Parse a feed. `url` is where it was fetched from, for relative links; `asked` is the URL before redirects.

    JSON and XML are known by their first character, because servers often send a wrong content type.

    Raises Unreadable.
    """
    try:
        text = decode(body, content_type).lstrip("\ufeff\x00 \t\r\n")
    except Undecodable as error:
        raise Unreadable(str(error)) from error
    if text[:1] == "{" or ("json" in content_type and text[:1] != "<"):
        return _read_json_feed(text, url, asked)
    return _read_xml_feed(text, url, asked)


# RSS and Atom


def _read_xml_feed(text: str, url: str, asked: str) -> Document:
    # Imported here for the memory it needs: only the sandbox loads it.
    import feedparser  # type: ignore[import-untyped]

    # Our own code reduces the markup to text, so the parser need not sanitize it.
    # Without the feed's URL: the parser would also resolve ids, which would change when the feed moves.
    headers = {"content-type": "application/xml; charset=utf-8"}
    body = _AUTHOR.sub(_without_address, rename_foreign(repair_xml(text))).encode()
    try:
        parsed = feedparser.parse(body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # Whatever the parser raises: one broken feed must not stop the others.
        raise Unreadable("It can't be parsed as a feed.") from error
    if not parsed.get("version") and not parsed.entries:
        raise Unreadable("The address does not lead to a feed.")
    links = [parsed.feed.get("link"), *(link.get("href") for link in parsed.feed.get("links") or [])]
    shared = _shared_addresses(url, asked, *links)
    items = (_item_of_entry(entry, url, shared) for entry in parsed.entries[:ITEMS])
    return Document(_title_of(parsed.feed)[:200], [item for item in items if item])


# An author with an email address, which the parser would cut in the middle if its domain has a long ending.
_AUTHOR = re.compile(r"(<(?:\w+:)?(?:author|creator)\b[^>]*>)([^<@]*@[^<]*|\s*<!\[CDATA\[[^\]@]*@[^\]]*\]\]>\s*)(?=</)")


def _without_address(author: re.Match[str]) -> str:
    name = author[2].strip().removeprefix("<![CDATA[").removesuffix("]]>")
    return author[1] + html.escape(byline_of(html.unescape(name)))


def _item_of_entry(entry: dict[str, Any], base: str, shared: Collection[str]) -> Item | None:
    link = entry.get("link") or ""
    if link == entry.get("id") and not is_web_address(link):
        # The parser uses the id as the link if there is no link.
        link = ""
    return _item(
        title=_title_of(entry),
        text=_story_of(entry),
        url=_own_address(base, link, shared),
        external_id=_own_id(entry.get("id") or "", shared),
        byline=_byline(_names_of(entry)),
        # The parser's own times are wrong in zones whose names it does not know.
        times=(dict.get(entry, name) for name in ("published", "updated", "created")),
    )


def _title_of(parsed: Mapping[str, Any]) -> str:
    """Return a title as text. In Atom its type says whether it is HTML; in RSS the parser guesses that."""
    title, detail = parsed.get("title") or "", parsed.get("title_detail") or {}
    if not title:
        return next(filter(None, _foreign(parsed, "title")), "")
    return title if detail.get("type") == "text/plain" else text_of_html(title)


def _story_of(entry: Mapping[str, Any]) -> str:
    """Return the full text if the entry has it, else its summary; a description of its picture only if it has neither.

    Not the longest of all: a caption, or the notes of a podcast, may be longer than the story.
    """
    contents = [_text_of(each) for each in entry.get("content") or []]
    summary = _text_of(entry.get("summary_detail") or {"value": entry.get("summary") or "", "type": "text/html"})
    return next(filter(None, [*contents, summary, *_foreign(entry, "description", "summary")]), "")


def _foreign(entry: Mapping[str, Any], *names: str) -> Iterator[str]:
    """Yield the texts of elements that describe a picture or a recording, as renamed before parsing."""
    for prefix in ("dc", "itunes", "media"):
        for name in names:
            value = entry.get(f"{prefix}_x-{name}")
            if isinstance(value, str):
                # An empty element is represented by its attributes.
                yield text_of_html(value)


def _text_of(content: Mapping[str, Any]) -> str:
    value, kind = content.get("value") or "", content.get("type") or "text/plain"
    if kind == "text/plain":
        return str(value)
    # An image embedded in the feed is not text.
    return "" if kind.startswith(("image/", "audio/", "video/")) else text_of_html(value)


def _names_of(entry: Mapping[str, Any]) -> list[str]:
    """Return the authors of an entry; names, or what there is instead of them."""
    authors = [author.get("name") or author.get("email") or "" for author in entry.get("authors") or []]
    return [*filter(None, authors)] or [entry.get("author") or ""]


# JSON Feed, https://www.jsonfeed.org/version/1.1/


def _read_json_feed(text: str, url: str, asked: str) -> Document:
    try:
        feed = json.loads(text)
        entries = feed["items"] if isinstance(feed, dict) else None
    except (ValueError, KeyError, RecursionError) as error:
        raise Unreadable("It is not a JSON Feed.") from error
    if not isinstance(entries, list):
        raise Unreadable("It is not a JSON Feed.")
    shared = _shared_addresses(url, asked, _string(feed.get("home_page_url")), _string(feed.get("feed_url")))
    items = (_item_of_json(entry, url, shared) for entry in entries[:ITEMS] if isinstance(entry, dict))
    return Document(_string(feed.get("title"))[:200], [item for item in items if item])


def _item_of_json(entry: Mapping[str, Any], base: str, shared: Collection[str]) -> Item | None:
    given = entry.get("authors")
    authors = given if isinstance(given, list) and given else [entry.get("author")]
    markup = _string(entry.get("content_html"))
    return _item(
        title=_string(entry.get("title")),
        text=_string(entry.get("content_text")) or text_of_html(markup) or _string(entry.get("summary")),
        url=_own_address(base, _string(entry.get("url")), shared)
        or _own_address(base, _string(entry.get("external_url")), shared),
        external_id=_own_id(_string(entry.get("id")), shared),
        byline=_byline(_string(author.get("name")) for author in authors if isinstance(author, dict)),
        times=(entry.get("date_published"), entry.get("date_modified")),
    )


def _string(value: Any) -> str:
    """Return a string or a number as text. 17 and 17.0 are one number, and “NaN” and infinity are none."""
    if isinstance(value, float):
        value = "" if not math.isfinite(value) else int(value) if value.is_integer() else value
    try:
        return clean(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    except ValueError:
        # A number with thousands of digits.
        return ""


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
    """Return the id of an item; empty if it is the URL of the feed or its site.

    A URL is in its canonical form: a site that moves to https, or tracks readers, keeps its items.
    """
    if not is_web_address(given := " ".join(given.split())):
        return given
    canonical = canonical_address(given)
    return "" if canonical in shared else canonical


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


def _byline(names: Iterable[str]) -> str:
    """Return the authors' names, each once."""
    return ", ".join(dict.fromkeys(filter(None, map(byline_of, names))))


def _item(*, times: Iterable[Any], **fields: str) -> Item | None:
    """Create an item, said at the first valid one of these times; or return None if the entry has no content."""
    fields["url"] = fields["url"] if is_web_address(fields["url"]) else ""
    try:
        return make_item(**fields, said_at=next(filter(None, map(parse_feed_time, times)), None))
    except ValueError:
        return None
