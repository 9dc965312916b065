"""Reading lists of feeds: OPML, as programs write it, well-formed or not."""

from dataclasses import dataclass
from html.parser import HTMLParser

from sources.intake.items import clean_text, is_web_address


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed of a list: the name that the list gives it, the feed's address, and where it stands in the list."""

    name: str
    url: str
    line: int


class _Outlines(HTMLParser):
    """An HTML parser knows no entities but HTML's, and goes on after any fault: lists with a bare “&” are common."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Subscription] = []
        self.outlines = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "outline":
            return
        self.outlines += 1
        given = {name: value or "" for name, value in attrs}
        url = given.get("xmlurl", "").strip()
        if url:
            name = " ".join(clean_text(given.get("title") or given.get("text") or "").split())
            self.found.append(Subscription(name[:200], url, self.getpos()[0]))


def read_opml(text: str) -> list[Subscription]:
    """The feeds of a list, each address once. Raises ValueError, with words for whoever gave it, if it is none.

    >>> read_opml('<opml><body><outline text="A & B" xmlUrl="https://a.example/rss"/></body></opml>')
    [Subscription(name='A & B', url='https://a.example/rss', line=1)]
    """
    parser = _Outlines()
    parser.feed(text)
    parser.close()
    if not parser.outlines:
        raise ValueError("It has no outlines: an OPML list has one for each feed.")
    return list({each.url: each for each in reversed(parser.found)}.values())[::-1]


def is_usable(subscription: Subscription) -> bool:
    """Whether its address is one that can be polled, and no longer than the desk keeps."""
    return is_web_address(subscription.url) and len(subscription.url) <= 1000
