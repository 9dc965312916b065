"""Find the agency markers of a report: datelines, credit lines, bylines, signatures."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sources.lineage.agencies import Directory, agencies, is_unnamed

# How many characters of a text are its start and its end.
START = 240
END = 420

NAME = r"[^\s(),;:|/–—][^(),;:|/–—\n]{0,60}?"
# Up to five of them: “AP, AFP and Reuters”.
NAMES = rf"{NAME}(?:\s*[/,&+]\s*{NAME}){{0,4}}"
DASH = r"(?:--|[-–—―:|/])"
# Credits for a picture or video, not for the text.
PICTURES = re.compile(
    r"photo|image|picture|video|footage|screenshot|screengrab|illustration|getty|graphic|foto|caption", re.I
)
# Stands for agencies that a credit does not name: “staff and agencies”. No name is normalized to this.
UNNAMED = "(unnamed)"


class Credit(NamedTuple):
    """Whom a report credits, as keys of the directory, with the words found as evidence."""

    keys: tuple[str, ...]
    words: str

    @property
    def key(self) -> str | None:
        """The only one credited; None if there are several, or it is not named. Then the origin is unknown."""
        return self.keys[0] if len(self.keys) == 1 and self.keys[0] != UNNAMED else None


# What separates names that are credited together: “AP/AFP”, “Reuters and dpa”.
SEPARATORS = re.compile(r"[/,;&|+]|\s+(?:and|und|et|y|e)\s+|\s+[-–—]\s+|(?<=\w)[-–](?=\w)|\s+with\s+")
PARENTHESES = re.compile(r"[(\[]\s*([^()\[\]\n]{2,60}?)\s*[)\]]")
SLASHES = re.compile(rf"/\s*({NAMES})\s*/")
OPENING = re.compile(rf"^\W{{0,3}}({NAMES})\s*{DASH}")
PLACE_THEN_NAME = re.compile(rf"^[^\W\d_][\w .,’'-]{{1,60}}?\s*{DASH}+\s*({NAMES})\s*{DASH}")
PLACE_COMMA_NAME = re.compile(rf"^[^\W\d_][\w .’'-]{{1,40}}?,\s+({NAMES})\s*{DASH}")
NAME_COMMA_PLACE = re.compile(rf"^({NAME}),\s+[^\W\d_][\w .’'-]{{1,40}}?\s*{DASH}")
LINE = re.compile(r"(?:^|\n)[ \t]*([^\n.;:()]{2,60}?)[ \t]*(?=\n)")
BY = re.compile(r"(?:^|\n)\s*by:?\s+([^\n]{2,160})", re.I)
TITLE_END = re.compile(r"\s[-–—|]\s*([^-–—|]{2,60})$")
TITLE_START = re.compile(rf"^({NAME})\s*[:|–—]\s")
# “NYT: …”, “Channel 12: …”. A single word is more likely a label, such as “Time: …”.
NAMED_BY_COLON = re.compile(r"^\W{0,3}([A-Z][A-Z0-9]{2,8}|[A-Z][\w’'.&-]*(?: [\w’'.&-]+){1,5}):\s")
AT_END = [
    re.compile(
        r"[.!?”\"]\s+((?:[A-Z]{2,6}|Reuters|Xinhua)(?:(?:[/,&+ -]+| and )(?:[A-Z]{2,6}|Reuters|Xinhua)){0,4})\.?\s*$"
    ),
    re.compile(
        r"[(\[](?:with (?:inputs?|reporting|files|additional reporting) (?:from|by) |source:? |via )?(?:the )?"
        r"([^()\[\]\n]{2,60})[)\]]\W*$",
        re.I,
    ),
    re.compile(r"(?:^|[\n.!?”\"])\s*[-–—/|]+\s*([^\n.()|–—]{2,60})[./|]*\s*$"),
    re.compile(r"(?:^|\n)\s*(?:source|sources|credit|quelle|fonte|fuente)\s*:\s*([^\n.|]{2,60})\.?\s*$", re.I),
    re.compile(r"(?:©|copyright|\(c\))\s*(?:©|\(c\))?\s*(?:\d{4})?,?\s*(?:by\s+)?([^\n.;|]{2,60})", re.I),
    re.compile(r"\(?with (?:inputs?|reporting|files) (?:from|by) (?:the )?([^\n.()]{2,60})\)?\W*$", re.I),
]
LAST_LINE = re.compile(r"(?:^|\n)\s*([^\n.;|()]{2,60})\s*$")
CONTRIBUTED = re.compile(
    r"(?:^|[\n.!?”\"(])\s*([^\n.!?()]{2,80}?)\s+(?:also )?contributed (?:to (?:this|the) |reporting)", re.I
)
# What may stand before the names of a marker.
BEFORE_NAMES = re.compile(r"^(?:compiled |combined )?(?:from|by|with|staff|our staff)\s+", re.I)


def _are_all_named(names: str, directory: Directory) -> bool:
    """Return True if a line consists of names that can be credited: “AP, AFP”, “Staff and agencies”."""
    if directory.find(names):
        return True
    parts = [BEFORE_NAMES.sub("", part.strip()) for part in SEPARATORS.split(names)]
    return all(directory.find(part) or is_unnamed(part) or part.lower() in {"", "staff"} for part in parts)


def find_markers(title: str, text: str, byline: str, directory: Directory) -> Iterator[Credit]:
    """Yield the agency markers of a report, the most reliable first."""
    start, end = text[:START], text[-END:]
    for pattern in (PARENTHESES, SLASHES):
        for match in pattern.finditer(start):
            if re.match(r"\s*(?:--|[-–—―:])", start[match.end() :]):
                # Before the dash of a dateline, any name is in the place of an agency.
                yield from _named(match, 1, start, directory, only_agencies=False, marks=directory.marks)
            elif not is_abbreviation_of(match[1], start[: match.start()]):
                yield from _named(match, 1, start, directory)
    for pattern in (OPENING, PLACE_THEN_NAME, PLACE_COMMA_NAME, NAME_COMMA_PLACE):
        if opening := pattern.search(start):
            yield from _named(opening, 1, start, directory)
    for match in LINE.finditer(start):
        if _are_all_named(match[1], directory):
            yield from _named(match, 1, start, directory)
    if (opening := NAMED_BY_COLON.search(start)) or (opening := NAMED_BY_COLON.search(title)):
        yield from _named(opening, 1, opening.string, directory, only_agencies=False)
    for match in BY.finditer(start):
        yield from _in_byline(match[1], match[0], directory)
    if byline:
        yield from _in_byline(byline, f"By {byline}", directory)
    for match in PARENTHESES.finditer(title):
        yield from _named(match, 1, title, directory)
    for pattern in (TITLE_END, TITLE_START):
        if edge := pattern.search(title):
            yield from _named(edge, 1, title, directory, only_agencies=pattern is TITLE_START)
    for pattern in AT_END:
        for match in pattern.finditer(end):
            yield from _named(match, 1, end, directory)
    if (last := LAST_LINE.search(end)) and _are_all_named(last[1], directory):
        yield from _named(last, 1, end, directory)
    for match in CONTRIBUTED.finditer(end):
        for credit in _named(match, 1, end, directory):
            # The rest is the source's own, so neither is the origin.
            yield Credit((*credit.keys, UNNAMED), credit.words)
    for agency in agencies():
        if agency.signature and (signed := agency.signature.search(text[-END * 2 :])):
            yield Credit((agency.key,), shown(signed[0]))


def _named(
    match: re.Match[str],
    group: int,
    text: str,
    directory: Directory,
    only_agencies: bool = True,
    marks: Mapping[str, str] | None = None,
) -> Iterator[Credit]:
    """Return whom a marker names, unless it is about a picture."""
    line = text.rfind("\n", 0, match.start()) + 1
    if PICTURES.search(text[max(line, match.start() - 40) : match.end() + 12].replace("with files", "")):
        return
    # Of “AP via Reuters”, the first is the origin.
    for part in re.split(r"\s+via\s+", match[group]):
        found: dict[str, None] = {}
        for name in [part, *SEPARATORS.split(part)]:
            # Without the year of a copyright notice.
            name = BEFORE_NAMES.sub("", re.sub(r"\s*\b\d{4}$", "", name.strip()))
            key = (directory.find(name) or (marks or {}).get(name)) if name else None
            if key and (directory.is_agency(key) or not only_agencies):
                found[key] = None
            elif is_unnamed(name):
                found[UNNAMED] = None
            if found and name == part:
                break
        if len(found) > 1:
            # “Reuters/Haaretz” is Reuters, carried by Haaretz.
            found = {key: None for key in found if key == UNNAMED or directory.is_agency(key)} or found
        if found:
            yield Credit(tuple(found), shown(text[line : match.end()]))
            return


def is_abbreviation_of(letters: str, before: str) -> bool:
    """Return True if the words before abbreviate to these letters: “the Asian News International (ANI)”."""
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", before) if word[0].isupper())
    return len(letters) > 1 and initials.endswith(letters.upper())


IN_BYLINE = re.compile(r"([/,&|()•·]|\s+(?:and|with|for|via|in|at)\s+|\s+[-–—]\s+|(?<=[A-Z])-(?=[A-Z])|\n)")


def _in_byline(names: str, words: str, directory: Directory) -> Iterator[Credit]:
    """Return the agencies in place of the writer, or after the writer's name.

    “Dana Levi and AFP” is a writer's own reporting with an agency's: two, of which neither is the origin.
    """
    parts = [each for each in IN_BYLINE.split(names) if each.strip()]
    found: dict[str, None] = {}
    for number, part in enumerate(parts):
        name = re.sub(r"^by\s+", "", part.strip(), flags=re.I)
        key = directory.find(name)
        if is_unnamed(name):
            found[UNNAMED] = None
        elif key and directory.is_agency(key):
            found[key] = None
            beside = [parts[each] for each in (number - 2, number + 2) if 0 <= each < len(parts)]
            links = [parts[each].strip() for each in (number - 1, number + 1) if 0 <= each < len(parts)]
            if beside and any(link in {"and", "with", "&"} for link in links):
                found[UNNAMED] = None
    if found:
        yield Credit(tuple(found), shown(words))


def shown(words: str) -> str:
    """Return the words of a credit as evidence, cut at the start if they are long."""
    words = " ".join(words.split())
    return words if len(words) <= 120 else f"…{words[-119:]}"
