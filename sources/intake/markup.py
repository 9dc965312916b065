"""Repair the markup of feeds and lists of feeds, so that a strict XML parser reads what a browser would (pure)."""

import re
from html.entities import html5

# Not changed: comments, CDATA sections, processing instructions, declarations. A document may end within one.
_VERBATIM = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<![^>\[]*(?:\[.*?\]\s*>|>)", re.S
)
_AMPERSAND = re.compile(r"&(?:(#\d{1,8}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,40});)?")
_IN_XML = {"amp", "lt", "gt", "quot", "apos"}
# Characters that XML 1.0 does not allow (2.2). NUL is one.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_NAMESPACE = re.compile(r"\bxmlns:([\w.-]{1,40})\s*=\s*[\"']([^\"']{1,200})[\"']")

# Elements that describe a picture, a recording or the feed's source, and that the parser would take for the item's own.
_FOREIGN = {
    "http://search.yahoo.com/mrss": ("title", "description"),
    "http://www.itunes.com/dtds/podcast-1.0.dtd": ("title", "summary", "subtitle", "author", "image"),
    "http://purl.org/dc/elements/1.1": ("description", "title"),
}
_USUAL_PREFIXES = {
    "media": "http://search.yahoo.com/mrss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "dc": "http://purl.org/dc/elements/1.1",
}


def repair_xml(text: str) -> str:
    """Return a document without declaration, in which every “&” begins a reference that XML knows.

    HTML's names of characters become numbers, and all other “&” become “&amp;”, also “&copy=2” in an address.

    >>> repair_xml('<?xml version="1.0"?><a b="?x=1&copy=2">S&P &eacute;&lt;<![CDATA[R&D]]></a>')
    '<a b="?x=1&amp;copy=2">S&amp;P &#233;&lt;<![CDATA[R&D]]></a>'
    """
    text = _NOT_IN_XML.sub(_space, _DECLARATION.sub("", text, count=1)).lstrip()
    parts, done = [], 0
    for verbatim in _VERBATIM.finditer(text):
        parts += [_AMPERSAND.sub(_reference, text[done : verbatim.start()]), verbatim[0]]
        done = verbatim.end()
    return "".join([*parts, _AMPERSAND.sub(_reference, text[done:])])


def _space(character: re.Match[str]) -> str:
    return " " if character[0].isspace() else ""


def _reference(match: re.Match[str]) -> str:
    name = match[1]
    if not name or (name[0] != "#" and name not in _IN_XML and f"{name};" not in html5):
        return f"&amp;{match[0][1:]}"
    if name in _IN_XML:
        return match[0]
    if name[0] != "#":
        return "".join(f"&#{ord(character)};" for character in html5[f"{name};"])
    code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    return f"&#{code};" if code < 0x110000 and not _NOT_IN_XML.search(chr(code)) else " "


def rename_foreign(text: str) -> str:
    """Rename elements that only describe an item's picture or recording: “media:title” becomes “media:x-title”.

    >>> rename_foreign("<media:title type='plain'>A picture</media:title><title>A story</title>")
    '<media:x-title>A picture</media:x-title><title>A story</title>'
    """
    prefixes = dict(_USUAL_PREFIXES)
    for prefix, namespace in _NAMESPACE.findall(text):
        prefixes[prefix] = namespace.rstrip("/").lower()
    names = [
        f"{re.escape(prefix)}:(?:{'|'.join(_FOREIGN[namespace])})"
        for prefix, namespace in prefixes.items()
        if namespace in _FOREIGN
    ]
    # Without their attributes: of an unknown element that has some, the parser keeps nothing else.
    foreign = re.compile(rf"(</?)({'|'.join(names)})(?=[\s/>])(?:\"[^\"]*\"|'[^']*'|[^\"'>])*?(/?>)", re.I)
    return foreign.sub(lambda tag: tag[1] + tag[2].replace(":", ":x-") + tag[3], text)
