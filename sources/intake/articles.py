"""Extract the title and text of an article from its page. The text needs an optional library."""

import re
from html.parser import HTMLParser
from importlib.util import find_spec
from typing import Any

from sources.intake.charsets import Undecodable, decode
from sources.intake.feeds import byline_of
from sources.intake.items import Item, clean_text, keep_exponents, make_item
from sources.intake.sandbox import Unreadable
from sources.intake.times import parse_feed_time

HAS_EXTRACTOR = find_spec("trafilatura") is not None


def read_article(body: bytes, url: str, content_type: str = "") -> Item:
    """Read an article page. The text is empty if the extractor is not installed or finds none.

    Raises Unreadable if it is not a page.
    """
    try:
        page = decode(body, content_type, is_html=not content_type.startswith("text/plain"))
    except Undecodable as error:
        raise Unreadable(str(error)) from error
    if "html" not in content_type and not re.search(r"<html|<!doctype html|<body", page[:5000], re.I):
        if content_type.startswith("text/plain"):
            return _made(text=page, url=url)
        raise Unreadable("The address does not lead to a text page.")
    head = _Head()
    head.feed(page[:300_000])
    title = head.properties.get("og:title") or clean_text(head.title)
    return _made(url=url, **{"title": title} | _extract(page, url, head.properties))


def _made(**fields: object) -> Item:
    try:
        return make_item(**fields)  # type: ignore[arg-type]
    except ValueError as error:
        raise Unreadable("The page has no text. It may be built by JavaScript in the browser.") from error


def _extract(page: str, url: str, properties: dict[str, str]) -> dict[str, object]:
    if not HAS_EXTRACTOR:
        return {}
    # Imported here because it needs as much memory as all the rest together: only the sandbox loads it.
    import trafilatura

    document: Any = trafilatura.bare_extraction(
        keep_exponents(page), url=url, include_comments=False, with_metadata=True
    )
    if document is None:
        return {}
    title, text = clean_text(document.title or ""), clean_text(document.text or "")
    found = {
        "title": title,
        "text": text.removeprefix(title).lstrip() if title else text,
        "byline": ", ".join(filter(None, map(byline_of, (document.author or "").split(";")))),
        "said_at": parse_feed_time(properties.get("article:published_time")) or parse_feed_time(document.date),
    }
    return {name: value for name, value in found.items() if value}


class _Head(HTMLParser):
    """Collects the title of a page and what its meta elements say."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.properties: dict[str, str] = {}
        self._is_in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_in_title = tag == "title" and not self.title
        if tag == "meta":
            given = {name: value or "" for name, value in attrs}
            name = given.get("property") or given.get("name") or ""
            self.properties.setdefault(name.lower(), clean_text(given.get("content", "")))

    def handle_endtag(self, tag: str) -> None:
        self._is_in_title = False

    def handle_data(self, data: str) -> None:
        if self._is_in_title:
            self.title += data
