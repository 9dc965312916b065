"""Which characters and links a text may have (pure)."""

import re
from urllib.parse import urlsplit

# What no text needs and some formats or readers can't take:
_NEVER_SHOWN = (
    # control characters other than tab and line breaks, surrogates (XML 1.0, 2.2; Unicode, 23.1),
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff"
    # characters that change the direction of what follows, up to the end of a line or page (UAX #9),
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    # and noncharacters (Unicode, 23.7).
    "\ufdd0-\ufdef" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
)
_UNCLEAN = re.compile(f"[{_NEVER_SHOWN}]")


def clean(text: str) -> str:
    """Remove control characters, noncharacters, lone surrogates and direction marks. Those that separate words,
    such as a form feed, become spaces.

    The direction of Hebrew and Arabic is marked where it is shown (`dispatches/public/bidi.py`).

    >>> clean("A soft\\x0bbreak, \\u202eoverridden\\ufffe")
    'A soft break, overridden'
    """
    # Most texts are printable, which is checked faster.
    if text.isprintable():
        return text
    return _UNCLEAN.sub(lambda match: " " if match[0].isspace() else "", text)


def is_web_address(url: str) -> bool:
    r"""Return True if it is an absolute http or https URL with a host, for every reader of URLs.

    Browsers ignore tabs and line breaks in URLs, and read a backslash as a slash (URL Standard, 4.4).

    >>> is_web_address("https://news.example/1"), is_web_address("javascript:alert(1)"), is_web_address("//x")
    (True, False, False)
    >>> is_web_address("https:x.example"), is_web_address("https://x.example\\@y.example")
    (False, False)
    """
    url = url.strip()
    if not re.match(r"https?://[^/?#\\]", url, re.IGNORECASE) or re.search(r"[\x00-\x20\\]", url) or clean(url) != url:
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.hostname)


def is_link(url: str) -> bool:
    """Return True if a text may link to it: a web address, a path of this site, or a place on the same page.

    >>> is_link("/wire/"), is_link("#notes"), is_link("//x.example"), is_link("/\\\\x.example"), is_link("data:,x")
    (True, True, False, False, False)
    """
    is_local = re.fullmatch(r"(?:/(?!/)|#)[^\x00-\x20\\]*", url) is not None and clean(url) == url
    return is_local or is_web_address(url)
