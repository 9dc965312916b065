"""Find whom a report credits for its news: agency markers, “via”, “according to”, “Reuters reports”.

Pure functions over texts. Each language's phrases and the agencies are listed in credits.toml beside this file.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from sources.lineage.agencies import Directory, agencies, any_of, read_table
from sources.lineage.markers import PICTURES, UNNAMED, Credit, find_markers, shown
from sources.lineage.relays import find_relays, has_own_sources

# A credit in the lead is for the news; one further down may be for a detail, so it counts only if the lead has none.
LEAD_WORDS = 60
LONGEST_NAME = 7


def find_credit(title: str, text: str, byline: str, directory: Directory, own: str = "") -> Credit | None:
    """Return whom a report credits for its news, or None. Crediting itself (`own`) does not count.

    Agency markers are searched first, then phrases in the lead, then relays in the whole text. A report that credits
    several agencies or outlets has one credit with all their keys: none of them is its origin, and neither is its own
    source.
    """
    marked = _of_several([*find_markers(title, text, byline, directory)], directory, own)
    if marked:
        # If the first is the agency's own, so is the text, and other names in its lead are details.
        return None if marked.keys == (own,) else marked
    found = [*_in_words(title, directory), *_in_words(_lead(text), directory)]
    named = {key: credit for credit in reversed(found) for key in credit.keys if key != own}
    if len(named) > 1:
        # Officials and persons are whom a report has asked, not whom it repeats.
        publishers = {key: credit for key, credit in named.items() if key not in directory.others}
        return _joined(reversed(publishers.values())) if len(publishers) > 1 else None
    return next(iter(named.values()), None) or _further_down(text, directory, own)


def _further_down(text: str, directory: Directory, own: str) -> Credit | None:
    """Return whom a report relays where its lead credits nobody. With sources of its own, those are details."""
    relayed = [] if has_own_sources(text) else find_relays(text, directory, own)
    return _joined(relayed) if relayed else None


def _of_several(marked: list[Credit], directory: Directory, own: str) -> Credit | None:
    """Return the first of these credits, or one that joins all if they differ. An agency's marker precedes others."""
    if not marked or marked[0].keys == (own,):
        return marked[0] if marked else None
    others = [each for each in marked if each.keys != (own,)]
    return _joined([each for each in others if UNNAMED in each.keys or directory.is_agency(each.keys[0])] or others)


def _joined(joined: Iterable[Credit]) -> Credit:
    """Join credits that name several into one."""
    found: dict[str, str] = {}
    for credit in joined:
        for key in credit.keys:
            found.setdefault(key, credit.words)
    words = dict.fromkeys(found.values())
    whole = [each for each in words if not any(each in other and each != other for other in words)]
    return Credit(tuple(found), shown(" … ".join(whole)))


def _lead(text: str) -> str:
    words = re.finditer(r"\S+", text)
    end = next((word.end() for position, word in enumerate(words, start=1) if position == LEAD_WORDS), len(text))
    return text[:end]


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
            descriptors = any_of(each["descriptors"])
            made.append(
                Phrases(
                    re.compile(
                        rf"(?:(?<!\w)|(?=,))(?:{any_of(each['before'])})(?:\s+(?:{descriptors})(?:(?<=[’'])|(?!\w)))?\s*",
                        re.I,
                    ),
                    re.compile(rf",?\s+(?:{any_of(each['after'])})(?!\w)", re.I),
                    re.compile(rf"\s+(?:{any_of(each.get('says', []))})(?!\w)", re.I),
                    re.compile(rf",?\s+(?:{any_of(each['fillers'])})$", re.I),
                )
            )
    return tuple(made)


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
                yield Credit((key,), shown(text[match.start() : end]))
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
                    yield Credit((found[0],), shown(text[found[1] : match.end()]))


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
