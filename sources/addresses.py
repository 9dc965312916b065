"""Normalize web addresses: the host in ASCII, characters not allowed in a URL percent-encoded (pure)."""

import re
from urllib.parse import quote, unquote, urlsplit

from sources.text import is_web_address

# What RFC 3986 allows in a URL after its host.
_ALLOWED = "/:?#[]@!$&'()*+,;=~-._%"


def ascii_host(host: str) -> str:
    """Return a host in lower-case ASCII, as in a DNS query (UTS #46). Raises ValueError if it can't be one.

    >>> ascii_host("חדשות.example"), ascii_host("BÜCHER。example"), ascii_host("a_b.example")
    ('xn--7dbee7eg.example', 'xn--bcher-kva.example', 'a_b.example')
    """
    host = unquote(host).lower()
    if host.isascii() and "xn--" not in host:
        # Hosts with an underscore exist, although IDNA does not allow it.
        return host
    # Imported here for the memory that its tables need: readers' processes never do.
    import idna

    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        # Hosts with an emoji, which the older standard allowed, exist too.
        return host.encode("idna").decode()


def encoded_address(url: str) -> str:
    """Return a web address with its host in ASCII and the rest percent-encoded; anything else unchanged.

    >>> encoded_address(" HTTPS://Bücher.Example/ä b?q=%C3%A4&x=|")
    'https://xn--bcher-kva.example/%C3%A4%20b?q=%C3%A4&x=%7C'
    """
    url = url.strip()
    # As browsers do (URL Standard, 4.4); they also read a backslash as a slash, which is not guessed at here.
    match = re.fullmatch(r"(https?)://([^/?#\\]+)([/?#][^\\]*)?", re.sub("[\t\r\n]", "", url), re.IGNORECASE)
    if not match:
        return url
    scheme, authority, rest = match.groups(default="")
    login, at, place = authority.rpartition("@")
    host, colon, port = place, "", ""
    if not place.endswith("]") and (found := re.fullmatch(r"(.*)(:)(\d*)", place)):
        host, colon, port = found.groups()
    try:
        host = host.lower() if host.startswith("[") else ascii_host(host)
        encoded = f"{scheme.lower()}://{quote(login, safe=_ALLOWED)}{at}{host}{colon}{port}{quote(rest, safe=_ALLOWED)}"
        return encoded if is_web_address(encoded) else url
    except ValueError:
        return url


def host_of(url: str) -> str:
    """Return the host of an address in ASCII, or "" if it has none."""
    try:
        return ascii_host(urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
