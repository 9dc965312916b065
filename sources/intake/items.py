"""Represent incoming items, and compute the keys by which an item is recognized when it arrives again."""

import hashlib
import html
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

import nh3

from sources.addresses import encoded_address, host_of
from sources.text import clean, is_web_address

TITLE_LENGTH = 300
# More than any article needs: about 100,000 words.
TEXT_LENGTH = 200_000

# A text with this many words is the same item everywhere; a shorter one ("Sirens in Haifa") only within an hour.
WORDS_OF_A_TEXT = 12
SAME_TEXT_WITHIN = timedelta(days=7)
SAME_SHORT_TEXT_WITHIN = timedelta(hours=1)
# An id with another text, and without an address, is the same item for as long.
SAME_ID_WITHIN = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a source said, as plain text, cut to the lengths of a report's fields."""

    title: str
    text: str = ""
    url: str = ""
    external_id: str = ""
    byline: str = ""
    said_at: datetime | None = None
    basis: str = ""

    @property
    def address_key(self) -> str:
        return address_key(self.url)

    @property
    def item_key(self) -> str:
        """A short key of the original text and time. It identifies items without id or address."""
        said_at = self.said_at.astimezone(UTC).isoformat(timespec="seconds") if self.said_at else ""
        return _digest("\n".join([self.title, self.text, said_at]))

    @property
    def text_key(self) -> str:
        return text_key(self.title, self.text)

    @property
    def content_key(self) -> str:
        """A short key of the whole content. If it differs, the source has changed the item."""
        return _digest("\n".join([self.title, self.text, self.byline]))

    @property
    def is_short(self) -> bool:
        return len(_words(self.text)) < WORDS_OF_A_TEXT


def make_item(
    *,
    title: str = "",
    text: str = "",
    url: str = "",
    external_id: str = "",
    byline: str = "",
    said_at: datetime | None = None,
    basis: str = "",
) -> Item:
    """Create an item, cut to the lengths of a report's fields. Raises ValueError if it has no content."""
    text = clean_text(text)[:TEXT_LENGTH].strip()
    title = " ".join(clean_text(title).split()) or _first_words(text)
    if not title:
        raise ValueError("It has neither a title nor text.")
    return Item(
        title=_shorten(title, TITLE_LENGTH),
        text=text,
        url=_own_form(url),
        # A hash replaces an id that is too long to store.
        external_id=_one_line(external_id) if len(external_id) <= 300 else _digest(external_id),
        byline=_shorten(_one_line(byline), 200),
        said_at=said_at,
        basis=basis,
    )


# Text


# Tags that begin or end a block, row or cell. Only their beginnings are matched, because a tag can be long.
BLOCKS = re.compile(
    r"(?=<\s*(?:/\s*)?(?:address|article|aside|audio|blockquote|br|button|caption|center|dd|details|dialog|dir|div|dl"
    r"|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hgroup|hr|legend|li|main|menu|nav|noscript|ol"
    r"|optgroup|option|p|plaintext|pre|search|section|select|summary|table|tbody|textarea|tfoot|thead|title|tr|ul|video"
    r"|xmp)\b)",
    re.I,
)
# Unicode noncharacters, which never occur in text, mark cells and rows until the tags are removed.
CELL_MARK, ROW_MARK = "\ufdd0", "\ufdd1"
TABLE_TAG = re.compile(r"<\s*(?:(/)\s*)?(table|caption|tbody|thead|tfoot|tr|td|th)\b", re.I)
TABLE_MARKS = {"table": ROW_MARK, "/table": ROW_MARK, "tr": ROW_MARK, "/tr": ROW_MARK, "td": CELL_MARK, "th": CELL_MARK}
# A “<” that is not markup: what follows it is never closed, and is not the name of an HTML element.
LESS_THAN = re.compile(
    r"<(?=[a-z][^<>]*(?:<|\Z))(?!(?:a|abbr|acronym|b|bdi|bdo|big|cite|code|col|colgroup|data|del|dfn|em|embed|font|head"
    r"|html|body|i|img|input|ins|kbd|label|link|map|area|mark|meta|meter|nobr|output|param|picture|progress|q|rp|rt"
    r"|ruby|s|samp|script|small|source|span|strike|strong|style|sub|sup|svg|td|template|th|time|track|tt|u|var|wbr)\b)",
    re.I,
)
# MathML elements. An HTML parser would drop a formula if its elements kept their names.
MATH = re.compile(
    r"(</?)(?:math|semantics|mi|mn|mo|ms|mtext|mspace|mrow|mfrac|msqrt|mroot|msup|msub|msubsup|munder|mover|munderover"
    r"|mtable|mtr|mtd|mfenced|mpadded|mstyle|mmultiscripts)\b",
    re.I,
)
SCRIPT = re.compile(r"(?<=\d)<su([bp])\b[^<>]{0,300}>\s*([+−-]?\d{1,9})\s*</su[bp]\s*>", re.I)
SCRIPTS = {
    "p": str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻"),
    "b": str.maketrans("0123456789+-−", "₀₁₂₃₄₅₆₇₈₉₊₋₋"),
}


def text_of_html(markup: str) -> str:
    """Convert HTML to plain text: paragraphs and rows become lines; markup, scripts and styles are dropped.

    >>> text_of_html("<p>One &amp; <b>two</b></p><script>alert(1)</script><p>three")
    'One & two\\n\\nthree'
    >>> text_of_html("<table><tr><td>Haifa</td><td>10<sup>3</sup></td></tr></table>")
    'Haifa | 10³'
    """
    plain = re.sub(f"[{CELL_MARK}{ROW_MARK}]", "", markup)
    plain = LESS_THAN.sub(lambda sign: "<" if BLOCKS.match(plain, sign.start()) else "&lt;", plain)
    marked = keep_exponents(plain)
    marked = MATH.sub(r"\1span", marked)
    marked = TABLE_TAG.sub(_mark_table, BLOCKS.sub("\n\n", marked))
    text = html.unescape(nh3.clean(marked, tags=set(), clean_content_tags={"script", "style"}))
    return clean_text("\n\n".join(_join_cells(row) for row in text.split(ROW_MARK)))


def _mark_table(tag: re.Match[str]) -> str:
    # As an empty element: an HTML parser would move text inside a table, but outside its cells, out of the table.
    return f"{TABLE_MARKS.get((tag[1] or '') + tag[2].lower(), '')}<br"


def _join_cells(row: str) -> str:
    before, *cells = (cell.strip() for cell in row.split(CELL_MARK))
    while cells and not cells[-1]:
        cells.pop()
    return f"{before}\n\n{' | '.join(cells)}"


def keep_exponents(markup: str) -> str:
    """Convert raised and lowered digits after a digit to Unicode characters: 10<sup>3</sup> is not 103."""
    return SCRIPT.sub(lambda match: match[2].translate(SCRIPTS[match[1].lower()]), markup)


def clean_text(text: str) -> str:
    """Remove control characters, repeated spaces and repeated empty lines."""
    text = clean(text.replace("\r\n", "\n").replace("\r", "\n")).replace("\xa0", " ")
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _own_form(url: str) -> str:
    """Return a URL as it is stored; empty if it is invalid or too long."""
    encoded = encoded_address(url)
    return encoded if is_web_address(encoded) and len(encoded) <= 1000 else ""


def _one_line(text: str) -> str:
    return " ".join(clean_text(text).split())


def _first_words(text: str) -> str:
    return _shorten(_one_line(text), 120)


def _shorten(text: str, length: int) -> str:
    """Cut a text between words, to at most `length` characters."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[length // 2 :] else cut) + "…"


# The same item again


# Query parameters that track readers and do not identify a page.
TRACKING = re.compile(
    r"utm_.*|mtm_.*|pk_.*|at_.*|fbclid|gclid|dclid|msclkid|igshid|mc_[ce]id|yclid|ref|ref_src|cmpid|ocid|ito|smid|xtor"
    r"|partner|rss|feed|source|ns_.*|__twitter_impression|amp|outputtype|echobox",
    re.I,
)
# Fragments that lead to a part of any page, not to an item on it.
PARTS_OF_A_PAGE = re.compile(r"[/!]?|_=_|top|main|content|comments?|respond|disqus_thread", re.I)


def canonical_address(url: str) -> str:
    """Normalize a URL for comparison: an ASCII host, no scheme, no www, no tracking parameters, sorted query.

    Empty if it is not a web URL, or is a site's front page, which is not an item. A fragment is kept if it may name an
    item on its page.

    >>> canonical_address("HTTP://www.News.example:80/a/?utm_source=x&b=2&a=1#top")
    'news.example/a?a=1&b=2'
    >>> canonical_address("https://news.example/live#post-1")
    'news.example/live#post-1'
    >>> canonical_address("https://news.example/")
    ''
    """
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    host = host_of(url).removeprefix("www.").removeprefix("amp.")
    if not host:
        return ""
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    path = quote(unquote(re.sub(r"/{2,}", "/", parts.path)), safe="/:@!$&'()*+,;=~-._").rstrip("/")
    query = urlencode(sorted(pair for pair in parse_qsl(parts.query) if not TRACKING.fullmatch(pair[0])))
    fragment = _item_fragment(parts.fragment)
    if not path and not query and not fragment:
        return ""
    return f"{host}{port}{path}{'?' if query else ''}{query}{'#' if fragment else ''}{fragment}"


def _item_fragment(fragment: str) -> str:
    """Return a fragment, normalized, if it may name an item on its page; otherwise empty."""
    fragment = quote(unquote(fragment.partition(":~:")[0]), safe="/:@!$&'()*+,;=~-._?")
    pairs = parse_qsl(fragment)
    is_tracking = bool(pairs) and all(TRACKING.fullmatch(name) for name, _ in pairs)
    return "" if is_tracking or PARTS_OF_A_PAGE.fullmatch(fragment) else fragment


def page_address(url: str) -> str:
    """Return the canonical URL of the page that an item is on."""
    return canonical_address(url.partition("#")[0])


def address_key(url: str) -> str:
    """Return a short key of the canonical URL; empty if there is none."""
    canonical = canonical_address(url)
    return _digest(canonical) if canonical else ""


def text_key(title: str, text: str) -> str:
    """Return a short key of the text, ignoring case and punctuation. A short text's key includes the title."""
    words = _words(text)
    if len(words) < WORDS_OF_A_TEXT:
        # Symbols alone, such as an emoji, count as words.
        words = [*_words(title), *words] or [title, text]
    return _digest(" ".join(words))


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(clean(url).strip())
        _ = parts.port
    except ValueError:
        return None
    return parts


def _words(text: str) -> list[str]:
    # Without soft hyphens and the like: some copies of a text have them, and others do not.
    unbroken = re.sub("[\u00ad\u200b-\u200d\u2060\ufeff]", "", unicodedata.normalize("NFKC", text))
    return re.findall(r"\w+", unbroken.casefold())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
