"""Extract the title and text of an article from its page. The text needs an optional library."""

import html
import re
from importlib.util import find_spec
from typing import Any

from sources.intake.feeds import byline_of, parse_time
from sources.intake.items import Item, clean_text, keep_exponents, make_item, text_of_html
from sources.intake.sandbox import Unreadable

HAS_EXTRACTOR = find_spec("trafilatura") is not None


def read_article(body: bytes, url: str, content_type: str = "") -> Item:
    """Read an article page. The text is empty if the extractor is not installed or finds none.

    Raises Unreadable if it is not a page.
    """
    charset = re.search(r"charset=[\"']?([\w-]+)", content_type) or re.search(
        r"charset=[\"']?([\w-]+)", repr(body[:2000])
    )
    try:
        page = body.decode(charset[1] if charset else "utf-8", "replace")
    except LookupError:
        page = body.decode("utf-8", "replace")
    if "html" not in content_type and not re.search(r"<html|<!doctype html|<body", page[:5000], re.I):
        if content_type.startswith("text/plain"):
            return _made(text=page, url=url)
        raise Unreadable("The address does not lead to a text page.")
    found = _extract(page, url)
    return _made(url=url, **{"title": _meta(page, "og:title") or _title(page)} | found)


def _made(**fields: object) -> Item:
    try:
        return make_item(**fields)  # type: ignore[arg-type]
    except ValueError as error:
        raise Unreadable("The page has no text. It may be built by JavaScript in the browser.") from error


def _extract(page: str, url: str) -> dict[str, object]:
    if not HAS_EXTRACTOR:
        return {}
    # Imported here because it needs as much memory as everything else: only the sandbox loads it.
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
        "byline": byline_of((document.author or "").split(";")[0]),
        "said_at": parse_time(_meta(page, "article:published_time")) or parse_time(document.date),
    }
    return {name: value for name, value in found.items() if value}


def _title(page: str) -> str:
    title = re.search(r"<title[^>]{0,200}>(.{0,1000}?)</title", page, re.I | re.S)
    return text_of_html(title[1]) if title else ""


def _meta(page: str, name: str) -> str:
    for tag in re.findall(r"<meta\b[^>]{0,2000}>", page[:300_000], re.I):
        if re.search(rf"(?:property|name)\s*=\s*[\"']?{re.escape(name)}[\"'\s>/]", tag, re.I):
            content = re.search(r"content\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", tag, re.I)
            return clean_text(html.unescape(content[1] or content[2] or "")) if content else ""
    return ""
