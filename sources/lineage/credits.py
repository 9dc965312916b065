"""Find whom a report credits for its news: agency markers, “via”, “according to”, “Reuters reports”.

Pure functions over texts. Each language's phrases and the agencies are listed in credits.toml beside this file.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sources.names import fold_name

# A credit in the lead is for the news; one further down is for a detail.
LEAD_WORDS = 60
START = 240
END = 420
LONGEST_NAME = 7

NAME = r"[^\s(),;:|/–—][^(),;:|/–—\n]{0,60}?"
DASH = r"(?:--|[-–—―:|/])"
# Credits for a picture or video, not for the text.
PICTURES = re.compile(
    r"photo|image|picture|video|footage|screenshot|screengrab|illustration|getty|graphic|foto|caption", re.I
)


class Credit(NamedTuple):
    """Whom a report credits, as a key of the directory, with the words found as evidence."""

    key: str
    words: str


class Agency(NamedTuple):
    """An agency: its names, the full one first, and its other forms; see credits.toml."""

    names: tuple[str, ...]
    marks: tuple[str, ...]
    is_also_a_name: bool
    signature: re.Pattern[str] | None

    @property
    def key(self) -> str:
        return normalize(self.names[0])

    @property
    def plain_names(self) -> frozenset[str]:
        return _plain_names(self.names)


@cache
def read_table() -> dict[str, Any]:
    """Return the phrases and agencies of credits.toml."""
    return tomllib.loads((Path(__file__).parent / "credits.toml").read_text())


@cache
def agencies() -> tuple[Agency, ...]:
    """Return the agencies of credits.toml."""
    return tuple(
        Agency(
            tuple(each["names"]),
            tuple(each.get("marks", ())),
            each.get("is_also_a_name", False),
            re.compile(each["signature"], re.I) if "signature" in each else None,
        )
        for each in read_table()["agency"]
    )


@cache
def agency_names() -> frozenset[str]:
    """Return the normalized names of all agencies."""
    return frozenset(normalize(name) for agency in agencies() for name in agency.names)


def normalize(name: str) -> str:
    """Normalize a name for comparison: no case, accents, punctuation or leading article.

    >>> normalize("The Associated Press"), normalize("A.P."), normalize("ČTK")
    ('associated press', 'ap', 'ctk')
    """
    plain = " ".join(re.findall(r"[\w&+]+", re.sub(r"[.']", "", fold_name(name))))
    return re.sub(r"^the (?=\w)", "", plain)


@cache
def _plain_names(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(normalize(name) for name in names)


@dataclass(frozen=True)
class Directory:
    """The names that a report can credit, each with the key of its party and its spelling."""

    keys: Mapping[str, str]
    agencies: frozenset[str]
    marks: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, parties: Iterable[tuple[str, Iterable[str]]]) -> "Directory":
        """Build a directory from pairs of a key and names. A party that has an agency's name is that agency."""
        keys: dict[str, str] = {}
        spellings: dict[str, set[str]] = {}
        for agency in agencies():
            for name in agency.names:
                keys[normalize(name)] = agency.key
                spellings.setdefault(normalize(name), set()).add(name)
        for key, names in parties:
            for name in names:
                keys.setdefault(normalize(name), key)
                spellings.setdefault(normalize(name), set()).add(name)
        keys.pop("", None)
        kept = {name: frozenset(forms) for name, forms in spellings.items()}
        marks = {mark: agency.key for agency in agencies() for mark in agency.marks}
        return cls(keys, frozenset(agency.key for agency in agencies()), marks, kept)

    def find(self, name: str) -> str | None:
        """Return the party of a name as spelled in a text. “time” is a word; “Time” may be the magazine."""
        plain = normalize(name)
        if plain not in self.keys:
            return None
        written = name.strip()
        begins = written.removeprefix("the ").removeprefix("The ")[:1]
        is_written_small = any(form[:1].islower() for form in self.spellings[plain])
        # Abbreviations must be capitalized: “uni” is not an agency.
        shouted = all(form.isupper() for form in self.spellings[plain] if len(normalize(form)) == len(plain))
        if len(plain) <= 4 and shouted and not re.sub(r"^the |\.", "", written, flags=re.I).isupper():
            return None
        return self.keys[plain] if is_written_small or not begins.islower() else None

    def is_agency(self, key: str) -> bool:
        return key in self.agencies


def find_credit(title: str, text: str, byline: str, directory: Directory, own: str = "") -> Credit | None:
    """Return whom a report credits for its news, or None. Crediting itself (`own`) does not count.

    Agency markers are searched first, then phrases in the lead. A lead that mentions two parties credits neither.
    """
    for credit in _markers(title, text, byline, directory):
        if credit.key != own:
            return credit
        # It is the agency's own text, so other names in its lead are details.
        return None
    found = {
        credit.key: credit for credit in reversed([*_in_words(title, directory), *_in_words(_lead(text), directory)])
    }
    found.pop(own, None)
    return next(iter(found.values())) if len(found) == 1 else None


def _lead(text: str) -> str:
    words = re.finditer(r"\S+", text)
    end = next((word.end() for position, word in enumerate(words, start=1) if position == LEAD_WORDS), len(text))
    return text[:end]


# Markers


PARENTHESES = re.compile(r"[(\[]\s*([^()\[\]\n]{2,60}?)\s*[)\]]")
SLASHES = re.compile(rf"/\s*({NAME})\s*/")
OPENING = re.compile(rf"^\W{{0,3}}({NAME})\s*{DASH}")
PLACE_THEN_NAME = re.compile(rf"^[^\W\d_][\w .,’'-]{{1,60}}?\s*{DASH}+\s*({NAME})\s*{DASH}")
PLACE_COMMA_NAME = re.compile(rf"^[^\W\d_][\w .’'-]{{1,40}}?,\s+({NAME})\s*{DASH}")
NAME_COMMA_PLACE = re.compile(rf"^({NAME}),\s+[^\W\d_][\w .’'-]{{1,40}}?\s*{DASH}")
LINE = re.compile(r"(?:^|\n)[ \t]*([^\n.,;:()]{2,40}?)[ \t]*(?=\n)")
BY = re.compile(r"(?:^|\n)\s*by:?\s+([^\n]{2,160})", re.I)
TITLE_END = re.compile(r"\s[-–—|]\s*([^-–—|]{2,60})$")
TITLE_START = re.compile(rf"^({NAME})\s*[:|–—]\s")
# “NYT: …”, “Channel 12: …”. A single word is more likely a label, such as “Time: …”.
NAMED_BY_COLON = re.compile(r"^\W{0,3}([A-Z][A-Z0-9]{2,8}|[A-Z][\w’'.&-]*(?: [\w’'.&-]+){1,5}):\s")
AT_END = [
    re.compile(r"[.!?”\"]\s+((?:[A-Z]{2,6}|Reuters|Xinhua))\.?\s*$"),
    re.compile(
        r"[(\[](?:with (?:inputs?|reporting|files|additional reporting) (?:from|by) |source:? |via )?(?:the )?"
        r"([^()\[\]\n]{2,60})[)\]]\W*$",
        re.I,
    ),
    re.compile(r"(?:^|[\n.!?”\"])\s*[-–—/|]+\s*([^\n.()/|–—]{2,60})[./|]*\s*$"),
    re.compile(r"(?:^|\n)\s*(?:source|sources|credit|quelle|fonte|fuente)\s*:\s*([^\n.|]{2,60})\.?\s*$", re.I),
    re.compile(r"(?:©|copyright|\(c\))\s*(?:©|\(c\))?\s*(?:\d{4})?,?\s*(?:by\s+)?([^\n.,;|]{2,60})", re.I),
    re.compile(r"(?:^|\n)\s*([^\n.,;|()]{2,40})\s*$"),
    re.compile(r"\(?with (?:inputs?|reporting|files) (?:from|by) (?:the )?([^\n.()]{2,60})\)?\W*$", re.I),
]


def _markers(title: str, text: str, byline: str, directory: Directory) -> Iterator[Credit]:
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
    for agency in agencies():
        if agency.signature and (signed := agency.signature.search(text[-END * 2 :])):
            yield Credit(agency.key, _shown(signed[0]))


def _named(
    match: re.Match[str],
    group: int,
    text: str,
    directory: Directory,
    only_agencies: bool = True,
    marks: Mapping[str, str] | None = None,
) -> Iterator[Credit]:
    """Return whom a marker names, the first of several, unless it is about a picture."""
    line = text.rfind("\n", 0, match.start()) + 1
    if PICTURES.search(text[max(line, match.start() - 40) : match.end() + 12].replace("with files", "")):
        return
    for name in re.split(r"[/,&|]|\s+and\s+|\s+[-–—]\s+|\s+with\s+|\s+via\s+", match[group]):
        # Without the year of a copyright notice.
        name = re.sub(r"\s*\b\d{4}$", "", name.strip())
        key = (directory.find(name) or (marks or {}).get(name)) if name else None
        if key and (directory.is_agency(key) or not only_agencies):
            yield Credit(key, _shown(text[line : match.end()]))
            return


def is_abbreviation_of(letters: str, before: str) -> bool:
    """Return True if the words before abbreviate to these letters: “the Asian News International (ANI)”."""
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", before) if word[0].isupper())
    return len(letters) > 1 and initials.endswith(letters.upper())


def _in_byline(names: str, words: str, directory: Directory) -> Iterator[Credit]:
    """Return an agency in place of the writer, or after the writer's name."""
    for name in re.split(r"[/,&|()•·]|\s+(?:and|with|for|via|in|at)\s+|\s+[-–—]\s+|\n", names):
        key = directory.find(re.sub(r"^by\s+", "", name.strip(), flags=re.I)) if name.strip() else None
        if key and directory.is_agency(key):
            yield Credit(key, _shown(words))
            return


# Phrases


class Phrases(NamedTuple):
    before: re.Pattern[str]
    after: re.Pattern[str]
    says: re.Pattern[str]
    fillers: re.Pattern[str]


@cache
def _phrases() -> tuple[Phrases, ...]:
    made = []
    for each in read_table().values():
        if isinstance(each, dict):
            descriptors = _any_of(each["descriptors"])
            made.append(
                Phrases(
                    re.compile(
                        rf"(?:(?<!\w)|(?=,))(?:{_any_of(each['before'])})(?:\s+(?:{descriptors})(?:(?<=[’'])|(?!\w)))?\s*",
                        re.I,
                    ),
                    re.compile(rf",?\s+(?:{_any_of(each['after'])})(?!\w)", re.I),
                    re.compile(rf"\s+(?:{_any_of(each.get('says', []))})(?!\w)", re.I),
                    re.compile(rf",?\s+(?:{_any_of(each['fillers'])})$", re.I),
                )
            )
    return tuple(made)


def _any_of(words: list[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest_first) or r"(?!)"


# Words between two names credited together, or words that turn a credit into its opposite.
ANOTHER = re.compile(r"^(?:\s*(?:,|and|&|/|und|et|y|e)\s+)+(?:the\s+)?", re.I)
DENIED = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|reject(?:s|ed)?|dismiss(?:es|ed)?|refut(?:es|ed)|dispute[sd]?)\b[^.]{0,40}$", re.I
)
COMPOUND = re.compile(
    r"^(?:/|-?\s*(?:photo|poll|survey|building|headquarters|data|index|average|figures|shares?|stocks?|journalist|reporter|photographer|correspondent|bureau)s?\b)",
    re.I,
)


def _in_words(text: str, directory: Directory) -> Iterator[Credit]:
    """Yield whom a lead credits in phrases; all of them, because two credit neither."""
    for phrases in _phrases():
        for match in phrases.before.finditer(text):
            if _is_about_something_else(text, match.start()):
                continue
            position = match.end()
            while found := _name_at(text, position, directory):
                key, end = found
                if COMPOUND.match(text[end:]):
                    break
                yield Credit(key, _shown(text[match.start() : end]))
                joined = ANOTHER.match(text[end:])
                if joined is None:
                    break
                position = end + joined.end()
        for pattern in (phrases.after, phrases.says):
            for match in pattern.finditer(text):
                found = _name_before(text, match.start(), directory)
                if found is None and (filler := phrases.fillers.search(text, 0, match.start())):
                    found = _name_before(text, filler.start(), directory)
                if found is None or (pattern is phrases.says and not _only_an_agency(found[0], directory)):
                    continue
                if not _is_about_something_else(text, found[1]):
                    yield Credit(found[0], _shown(text[found[1] : match.end()]))


def _only_an_agency(key: str, directory: Directory) -> bool:
    return directory.is_agency(key) and not any(each.is_also_a_name for each in agencies() if each.key == key)


def _is_about_something_else(text: str, position: int) -> bool:
    line = text.rfind("\n", 0, position) + 1
    before = text[max(line, position - 50) : position]
    return bool(PICTURES.search(before) or DENIED.search(before))


def _name_at(text: str, position: int, directory: Directory) -> tuple[str, int] | None:
    """Return the longest known name that starts here, and its end."""
    ends = [match.end() for match in re.finditer(r"[\w&+]+(?:[.’'-][\w&+]+)*\.?", text[position : position + 120])][
        :LONGEST_NAME
    ]
    for end in reversed(ends):
        if key := directory.find(text[position : position + end]):
            return key, position + end - (text[position + end - 1] == ".")
    return None


def _name_before(text: str, position: int, directory: Directory) -> tuple[str, int] | None:
    """Return the longest known name that ends here, and its start."""
    start = max(0, position - 120)
    begins = [match.start() for match in re.finditer(r"(?<![\w.’'-])[\w&+]", text[start:position])][-LONGEST_NAME:]
    for begin in begins:
        if key := directory.find(text[start + begin : position]):
            return key, start + begin
    return None


def _shown(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= 120 else f"…{words[-119:]}"
