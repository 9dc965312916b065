"""Generate Atom, RSS and JSON Feed from one list of entries.
The id of an entry never changes, and `updated` changes only with what matters to readers (`Edition.revised_at`).
Withdrawn dispatches stay in the feed, marked as withdrawn.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import Any
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, Stylesheet, SyndicationFeed
from django.utils.html import escape
from django.utils.xmlutils import SimplerXMLGenerator

from dispatches.public.bidi import language_of_text
from dispatches.public.models import Edition
from dispatches.public.reading import read_together
from dispatches.public.wording import signal_change, signal_label, signal_reason
from wire.cache.fragments import fragments
from wire.context import site
from wire.documents.addresses import (
    absolute,
    address_of,
    card_of,
    identity_of,
    notice_identity_of,
    signal_identity_of,
    with_absolute_links,
)
from wire.times import format_timestamp, whole_second

# Characters that XML can't contain, not even escaped (XML 1.0, 2.2: Char): most control characters, such as Word's
# soft line break, surrogates, U+FFFE and U+FFFF.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def for_xml(text: str) -> str:
    """Replace the characters that XML can't contain with spaces."""
    return _NOT_IN_XML.sub(" ", text)


def for_rss(text: str) -> str:
    """Escape a plain text for an RSS title or description, if a reader could take it for HTML.
    RSS 2.0 wants HTML in descriptions and leaves titles open; most feed readers treat text that looks like HTML as
    HTML.

    >>> for_rss("R&D at x < y"), for_rss("the <title> tag, &copy;")
    ('R&D at x < y', 'the &lt;title&gt; tag, &amp;copy;')
    """
    reads_as_html = re.search(r"<[A-Za-z/!?]|&#", text) or unescape(text) != text
    return escape(text) if reads_as_html else text


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed. `html` is its full content, safe, with absolute links; `summary` is plain text."""

    identity: str
    address: str
    title: str
    summary: str
    html: str
    published: datetime
    updated: datetime
    author: str
    language: str
    categories: Sequence[str] = ()
    image: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed. `page` is the web page with the same list; `address` is the feed's own."""

    title: str
    description: str
    page: str
    address: str
    entries: Sequence[Entry] = field(default=(), repr=False)

    @property
    def updated(self) -> datetime | None:
        return max((entry.updated for entry in self.entries), default=None)


def dispatch_entries(request: HttpRequest, editions: Iterable[Edition]) -> list[Entry]:
    """Return an entry for each dispatch, from its current edition."""
    return [_dispatch_entry(request, edition) for edition in read_together(editions)]


def _dispatch_entry(request: HttpRequest, edition: Edition) -> Entry:
    def render() -> str:
        html = render_to_string("wire/feed_entry.html", {"edition": edition} | site())
        return with_absolute_links(html.strip(), address_of(edition))

    # An entry depends on the edition, and on the current editions of those its body refers to.
    referred = [edition.referred[each].pk for each in edition.references if each in edition.referred]
    html = fragments.get(request, ("entry", edition.pk, *referred), render)
    return Entry(
        identity=identity_of(edition),
        address=address_of(edition),
        title=f"Withdrawn: {edition.headline}" if edition.is_withdrawn else edition.headline,
        summary=edition.note if edition.is_withdrawn else edition.tldr,
        html=html.decode(),
        published=edition.published_at,
        updated=edition.revised_at,
        author=edition.byline,
        language=language_of_text(edition.headline),
        categories=[edition.section.name, *_signal_categories(edition)],
        image="" if edition.is_withdrawn else card_of(edition),
    )


def correction_entries(editions: Iterable[Edition]) -> list[Entry]:
    """Return an entry for each correction notice."""
    return [_notice_entry(each, notice_identity_of(each), each.get_kind_display(), each.note) for each in editions]


def signal_entries(editions: Iterable[Edition]) -> list[Entry]:
    """Return an entry for each change of a Signal."""
    return [
        _notice_entry(
            each, signal_identity_of(each), signal_label(each), f"{signal_change(each)} {signal_reason(each)}"
        )
        for each in editions
    ]


def _notice_entry(edition: Edition, identity: str, what: str, text: str) -> Entry:
    html = render_to_string("wire/feed_notice.html", {"edition": edition, "what": what, "text": text.strip()} | site())
    return Entry(
        identity=identity,
        address=address_of(edition),
        title=f"{what}: {edition.headline}",
        summary=text.strip(),
        html=with_absolute_links(html.strip(), address_of(edition)),
        published=edition.live_at,
        updated=edition.live_at,
        author=edition.byline,
        language=language_of_text(edition.headline),
        categories=[edition.section.name, *_signal_categories(edition)],
    )


def _signal_categories(edition: Edition) -> list[str]:
    marks = {"Withdrawn": edition.is_withdrawn, "Disputed": edition.is_disputed, "Corrected": edition.is_corrected}
    rung = [] if edition.is_withdrawn else [edition.signal.word]
    return [*rung, *(mark for mark, is_set in marks.items() if is_set)]


# The date of a feed without entries. It is constant, so that the feed is too.
_NEVER = datetime.fromtimestamp(0, UTC)


class _DatedByEntries(SyndicationFeed):
    """A feed whose date is that of its latest entry, rounded up to a second. Django dates an empty one by the clock."""

    def latest_post_date(self) -> datetime:
        return timezone.localtime(whole_second(super().latest_post_date())) if self.items else _NEVER


class _Atom(_DatedByEntries, Atom1Feed):
    """Django's Atom feed, with a style sheet, full content and the WebSub hub."""

    def write(self, outfile: Any, encoding: str) -> None:
        # As Django's, which adds style sheets to RSS only.
        handler = SimplerXMLGenerator(outfile, encoding, short_empty_elements=True)
        handler.startDocument()
        for stylesheet in self.feed["stylesheets"]:
            handler.processingInstruction("xml-stylesheet", stylesheet)
        handler.startElement("feed", AttributesImpl(self.root_attributes()))
        self.add_root_elements(handler)
        self.write_items(handler)
        handler.endElement("feed")

    def root_attributes(self) -> dict[str, str]:
        return super().root_attributes() | {"xml:lang": "en"}

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        return super().item_attributes(item) | {"xml:lang": item["language"]}

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        if settings.WIRE_WEBSUB_HUB:
            handler.addQuickElement("link", "", {"rel": "hub", "href": settings.WIRE_WEBSUB_HUB})

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        # Django would declare the summary as HTML, and write times with microseconds.
        super().add_item_elements(handler, item | {"description": None, "pubdate": None, "updateddate": None})
        handler.addQuickElement("published", format_timestamp(item["pubdate"]))
        handler.addQuickElement("updated", format_timestamp(item["updateddate"]))
        handler.addQuickElement("summary", item["description"], {"type": "text"})
        handler.addQuickElement("content", item["html"], {"type": "html"})


class _Rss(_DatedByEntries, Rss201rev2Feed):
    """Django's RSS 2.0 feed, with full content in content:encoded and the WebSub hub."""

    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | {
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        }

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        if settings.WIRE_WEBSUB_HUB:
            handler.addQuickElement("atom:link", "", {"rel": "hub", "href": settings.WIRE_WEBSUB_HUB})

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("dc:language", item["language"])
        handler.addQuickElement("content:encoded", item["html"])


def _xml(generator: type[Atom1Feed | Rss201rev2Feed], feed: Feed, as_read: Callable[[str], str]) -> str:
    """Generate XML. `as_read` escapes plain text so that the feed's readers show it literally."""

    def plain(text: str) -> str:
        return as_read(for_xml(text))

    made = generator(
        title=plain(feed.title),
        link=feed.page,
        description=plain(feed.description),
        language="en",
        feed_url=feed.address,
        subtitle=plain(feed.description),
        author_name=for_xml(settings.WIRE_DESK_NAME),
        ttl=5,
        # None: for every medium.
        stylesheets=[Stylesheet(static("wire/feed.css"), mimetype="text/css", media=None)],  # type: ignore[arg-type]
    )
    for entry in feed.entries:
        made.add_item(
            title=plain(entry.title),
            link=entry.address,
            description=plain(entry.summary),
            unique_id=entry.identity,
            unique_id_is_permalink=False,
            pubdate=whole_second(entry.published),
            updateddate=whole_second(entry.updated),
            author_name=for_xml(entry.author),
            categories=[for_xml(category) for category in entry.categories],
            html=for_xml(entry.html),
            language=entry.language,
        )
    return made.writeString("utf-8")


def as_atom(feed: Feed) -> str:
    """Generate Atom (RFC 4287)."""
    return _xml(_Atom, feed, as_read=str)


def as_rss(feed: Feed) -> str:
    """Generate RSS 2.0.11."""
    return _xml(_Rss, feed, as_read=for_rss)


def as_json(feed: Feed) -> str:
    """Generate JSON Feed 1.1."""
    hubs = [{"type": "WebSub", "url": settings.WIRE_WEBSUB_HUB}] if settings.WIRE_WEBSUB_HUB else []
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "description": feed.description,
            "home_page_url": feed.page,
            "feed_url": feed.address,
            "language": "en",
            "authors": [{"name": settings.WIRE_DESK_NAME, "url": absolute("/")}],
            **({"hubs": hubs} if hubs else {}),
            "items": [
                {
                    "id": entry.identity,
                    "url": entry.address,
                    "title": entry.title,
                    "summary": entry.summary,
                    "content_html": entry.html,
                    "date_published": format_timestamp(entry.published),
                    "date_modified": format_timestamp(entry.updated),
                    "authors": [{"name": entry.author}],
                    "language": entry.language,
                    "tags": list(entry.categories),
                    **({"image": entry.image} if entry.image else {}),
                }
                for entry in feed.entries
            ],
        },
        ensure_ascii=False,
    )


# Browsers show the formats' own media types as plain text, without the style sheet. Feed readers take any.
XML = "application/xml; charset=utf-8"
# By file extension: the format's name, its media type, and its generator.
FORMATS = {
    "atom": ("Atom", XML, as_atom),
    "rss": ("RSS", XML, as_rss),
    "json": ("JSON Feed", "application/feed+json; charset=utf-8", as_json),
}
