"""Parse lists of feeds (OPML), well-formed or not."""

import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from sources.addresses import encoded_address
from sources.intake.items import clean_text
from sources.intake.markup import repair_xml
from sources.text import is_web_address


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed of a list: its name, its URL, and the line it is on."""

    name: str
    url: str
    line: int


class _Outlines(HTMLParser):
    """Collects outlines with an HTML parser, which tolerates errors: lists with a bare “&” are common."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Subscription] = []
        self.outlines = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "outline":
            return
        self.outlines += 1
        given = {name: value or "" for name, value in attrs}
        url = _web_address(given.get("xmlurl", ""))
        if url:
            name = " ".join(clean_text(given.get("title") or given.get("text") or "").split())
            self.found.append(Subscription(name[:200], url, self.getpos()[0]))


def read_opml(text: str) -> list[Subscription]:
    """Return the feeds of a list, each URL once. Raises ValueError, with a message for the user, if it is not a list.

    >>> read_opml('<opml><body><outline text="A & B" xmlUrl="https://a.example/rss"/></body></opml>')
    [Subscription(name='A & B', url='https://a.example/rss', line=1)]
    """
    parser = _Outlines()
    repaired = repair_xml(text)
    parser.feed(repaired)
    parser.close()
    if not parser.outlines:
        raise ValueError("It has no outlines. An OPML list has one for each feed.")
    # The lines of the XML declaration, which is removed.
    before = text.count("\n") - repaired.count("\n")
    found = [replace(each, line=each.line + before) for each in parser.found]
    return list({each.url: each for each in reversed(found)}.values())[::-1]


def _web_address(url: str) -> str:
    """Return the web address that a feed's address stands for: feed readers know more schemes.

    >>> _web_address("feed://x.example/rss"), _web_address("feed:https://y.example/rss"), _web_address("//z.example/")
    ('http://x.example/rss', 'https://y.example/rss', 'https://z.example/')
    """
    url = re.sub(r"^(?:feed|pcast|itpc|rss):(?:(?=https?:)|(?=//))", "", found := url.strip(), flags=re.I)
    return encoded_address(re.sub("^//", "http://" if url != found else "https://", url))


def is_usable(subscription: Subscription) -> bool:
    """Return True if the URL can be polled and is short enough to store."""
    return is_web_address(subscription.url) and len(subscription.url) <= 1000
