"""Find which outlets a report takes statements from, anywhere in its text: “told CNN”, “a CBS poll found”.

Pure functions over English texts. A name alone says nothing: what stands directly before or after it decides. Names of
the report's own source do not count, nor does what is denied, was long ago, or is about the outlet itself.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from sources.lineage.agencies import Directory, agencies, normalize
from sources.lineage.markers import Credit, shown

LONGEST_NAME = 7
# Names looked at in a text: more are a list.
MOST_NAMES = 200
# Characters before and after a name in which its verb is sought.
NEAR = 160
SENTENCE = re.compile(r"[^\n]+?(?:[.!?][”\"’)]*(?=\s+[^\Wa-z]|\s*$)|(?=\n)|$)", re.M)
WORD = re.compile(r"[\w&+]+(?:[.’'-][\w&+]+)*\.?")
POSSESSIVE = re.compile(r"[’']s?\.?$")
JOINED = re.compile(r"(?:\s*(?:,|and|&)\s*)+(?:the\s+)?", re.I)

# What kind of outlet stands before its name: “the Greek newspaper Ta Nea”, “state news agency SANA”.
KIND = (
    r"(?:news ?)?(?:paper|agency|site|outlet|channel|network|service)|magazine|broadcaster|daily|weekly|tabloid|radio"
    r"|television|TV|website|programme|program|show"
)
DESCRIBED = rf"(?:(?:the|a|an|its|their|his|her)\s+)?(?:(?:[\w’'-]+\s+){{0,3}}(?:{KIND})\s+)?(?:the\s+)?"
STUDY = r"(?:poll|survey|investigation|analysis|report|review|article|exclusive|tally|count)"
SEEN = (
    r"(?:obtained|seen|reviewed|released|published|broadcast|aired|revealed|reported|verified|quoted|cited|conducted"
    r"|commissioned)"
)
SPOKEN = (
    r"(?:said|says|saying|sp(?:eak|oke|eaking)|appear(?:s|ed|ing)|interview(?:ed)?|announced|claimed|warned|argued)"
)
DAYS = r"(?:(?:on|late on|early on)\s+)?(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|today|yesterday)"

# Directly before a name.
TO_THE_OUTLET = re.compile(
    rf"""\b(?:
      (?:told|tells|telling)
    | (?:confirm(?:s|ed|ing)?|said|sp(?:eak|oke|eaking)|disclosed|explained|revealed)\s+(?:\w+\s+)?to
    | interview(?:s|ed)?\s+(?:\w+\s+){{0,2}}?(?:with|by|to)
    | {SPOKEN}\b[^.;“”"]{{0,60}}?\son
    | (?:when\s+)?(?:contacted|asked|reached|interviewed)\s+by
    )\s+{DESCRIBED}$""",
    re.I | re.X,
)
FROM_THE_OUTLET = re.compile(
    rf"""(?:
      \b(?:according\s+to|citing|quoting|as\s+reported\s+by|per|as\s+saying\s+(?:by|in|to))
    | \b(?:first\s+)?{SEEN}\s+(?:\w+\s+)?by
    | \b{STUDY}\s+(?:by|from|in|of)
    | \b{STUDY}\s+(?:published|released|posted)\b[^.;,]{{0,40}}?\sby
    | \b(?:video|footage|documents|data|figures|images|information)\s+from
    | \b(?:via|through)
    | ,\s+(?:reports|reported|writes|wrote)
    )\s+{DESCRIBED}$""",
    re.I | re.X,
)
# Directly after a name: an edition or a programme of it, a writer, a day; then a verb.
PROGRAMME = r"(?:[’']s?)?(?:\s+(?:news\s+agency|news|newspaper|public\s+radio|radio|TV|television|magazine))?"
WRITER = r"(?:(?:\s+(?:reporter|journalist|correspondent|writer|columnist))?(?:\s+[A-Z][\w’'.-]+){1,4})?"
BETWEEN = (
    rf"(?:,\s+which\b[^,.;]{{1,60}},|,\s+citing[^,.;]{{1,60}},|\s+{DAYS}|\s+(?:has|had|have|also|first|later|earlier|"
    r"exclusively|previously|documents\s+and|was\s+the\s+first\s+to|were\s+the\s+first\s+to)){0,3}"
)
REPORTS = (
    r"(?:report(?:s|ed|ing)?|wr(?:ites|ote|itten)|quot(?:es|ed)|learned|reveal(?:s|ed)|cit(?:es|ed)|alleg(?:es?|ed)"
    r"|estimat(?:es|ed)|disclosed|puts?|obtained)"
)
BY_THE_OUTLET = re.compile(rf"^{PROGRAMME}(?-i:{WRITER}){BETWEEN}\s+{REPORTS}\b", re.I)
SAYS_THE_OUTLET = re.compile(rf"^{PROGRAMME}{BETWEEN}\s+(?:says|said)\b", re.I)
ITS_STUDY = re.compile(
    rf"^(?:/\w+)?{PROGRAMME}\s+{STUDY}\b[^.;]{{0,60}}?\b(?:found|finds|puts?|sa(?:ys|id)|show(?:s|ed)|released|published|counted|"
    r"reveal(?:s|ed)|suggest(?:s|ed)|indicat(?:es|ed)|accuses|conducted)\b",
    re.I,
)
ITS_STUDY_NAMED = re.compile(rf"^(?:/\w+)?{PROGRAMME}\s+(?:{STUDY}|analysts|journalist|reporter)\b", re.I)
NAMING = re.compile(
    r"\b(?:according\s+to|citing|in|from)\s+(?:\w+\s+from\s+)?(?:an?|the|its|their)?\s*(?:\w+\s+)?$", re.I
)

# What cancels all of the above: denials, and facts about the outlet itself or long ago.
AGAINST = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|reject(?:s|ed|ing)?|dismiss(?:es|ed|ing)?|refut(?:es|ed|ing)|disput(?:es|ed|ing)|"
    r"contrary\s+to|unlike|contradict(?:s|ed|ing)?|refus(?:es|ed|ing)|cancel(?:s|led|ed)|declin(?:es|ed)\s+an|call(?:s|ed)\s+the|sued?)\b[^.;]{0,50}$",
    re.I,
)
OF_THE_OUTLET = re.compile(
    r"^(?:[’']s?)?\s+(?:(?:own|former|chief|senior)\s+)*(?:journalists|reporters|staff|employees|editors?|executives?|owners?|president|"
    r"photographers?|crews?|lawyers?|offices?|building|headquarters|bureau|shares?|stocks?|board|viewers|readers|website)\b",
    re.I,
)
SET_OFF = re.compile(
    rf"\b(?:after|following|since|over)\b[^.;,]{{0,40}}?\b(?:interview|{STUDY})\b[^.;,]{{0,20}}$", re.I
)
ABOUT_ITSELF = re.compile(r"^\W*(?:that\s+)?(?:it|its|they|their)\b", re.I)
NO_STATEMENT = re.compile(
    r"^\s+(?:(?:up)?on|about)\s+(?:it|this|that|them)\b"
    r"|^[^.;]{0,30}\b(?:profits?|loss(?:es)?|revenues?|earnings|net\s+income)\b",
    re.I,
)
LONG_AGO = re.compile(
    r"^[^.;]{0,40}\b(?:in\s+(?:19|20)\d\d|last\s+(?:year|decade)|years?\s+ago|at\s+the\s+time)\b", re.I
)
# A picture's credit. Footage and documents are what a report's statements are taken from.
STILLS = re.compile(r"\b(?:photo\w*|image|picture|illustration|graphic)s?\b\W+(?:\w+\W+){0,3}$", re.I)
# A report with sources of its own: what it takes from others are details.
OWN_SOURCES = re.compile(
    r"\b(?:told|tells|spoke\s+to|speaking\s+to|seen\s+by|obtained\s+by|interview\s+with|reviewed\s+by)\s+"
    r"(?:us\b|our\b|this\s+(?:newspaper|paper|news\s+agency|agency|reporter|site|website|outlet|magazine|channel)\b)"
    r"|\b(?:our|this\s+newspaper[’']s)\s+(?:own\s+)?(?:correspondent|reporter)s?\b",
    re.I,
)


class Mention(NamedTuple):
    """A known name in a sentence."""

    key: str
    start: int
    end: int


def find_relays(text: str, directory: Directory, own: str = "") -> list[Credit]:
    """Return the outlets and agencies that a text takes statements from, each once, with the words that say so."""
    found: dict[str, Credit] = {}
    seen = 0
    for sentence in SENTENCE.finditer(text):
        for names in _together(sentence[0], directory):
            seen += len(names)
            if seen > MOST_NAMES:
                return list(found.values())
            if _is_relayed(sentence[0], names):
                words = shown(sentence[0])
                for name in names:
                    if name.key != own and name.key not in directory.others:
                        found.setdefault(name.key, Credit((name.key,), words))
    return list(found.values())


def named_in(text: str, directory: Directory) -> set[str]:
    """Return the keys of all names in a text, relayed or not."""
    return {name.key for sentence in SENTENCE.finditer(text) for name in _mentions(sentence[0], directory)}


def has_own_sources(text: str) -> bool:
    """Return True if a report says that somebody spoke to it.

    >>> has_own_sources("“I saw it,” she told this newspaper."), has_own_sources("She told CNN.")
    (True, False)
    """
    return OWN_SOURCES.search(text) is not None


def _is_relayed(sentence: str, names: list[Mention]) -> bool:
    start, end = names[0].start, names[-1].end
    before, after = sentence[max(0, start - NEAR) : start], sentence[end : end + NEAR]
    if any(each.search(before) for each in (AGAINST, SET_OFF)) or LONG_AGO.search(after):
        return False
    if TO_THE_OUTLET.search(before):
        return not OF_THE_OUTLET.search(after)
    if FROM_THE_OUTLET.search(before):
        return not OF_THE_OUTLET.search(after) and not STILLS.search(before)
    if NAMING.search(before) and ITS_STUDY_NAMED.search(after):
        return True
    if ITS_STUDY.search(after):
        return True
    if OF_THE_OUTLET.search(after):
        return False
    if verb := BY_THE_OUTLET.search(after):
        return not NO_STATEMENT.search(after[verb.end() :])
    verb = SAYS_THE_OUTLET.search(after)
    return verb is not None and not ABOUT_ITSELF.search(after[verb.end() :]) and names[-1].key not in _also_names()


def _together(sentence: str, directory: Directory) -> Iterator[list[Mention]]:
    """Yield the known names of a sentence; those that stand in a row, such as “CNN and the BBC”, together."""
    row: list[Mention] = []
    for name in _mentions(sentence, directory):
        if row and not JOINED.fullmatch(sentence, row[-1].end, name.start):
            yield row
            row = []
        row.append(name)
    if row:
        yield row


def _mentions(sentence: str, directory: Directory) -> Iterator[Mention]:
    words = list(WORD.finditer(sentence))
    number = 0
    while number < len(words):
        if _plain(words[number][0]) in directory.beginnings:
            for last in range(min(number + LONGEST_NAME, len(words)) - 1, number - 1, -1):
                start, end = words[number].start(), words[last].end()
                written = sentence[start:end]
                # Names may end with a possessive, or with the full stop of the sentence.
                for cut in (0, len(possessive[0]) if (possessive := POSSESSIVE.search(written)) else 0):
                    if key := directory.find(written[: len(written) - cut]):
                        yield Mention(key, start, end - cut)
                        break
                else:
                    continue
                number = last
                break
        number += 1


@lru_cache(maxsize=4096)
def _plain(word: str) -> str:
    return normalize(POSSESSIVE.sub("", word))


@cache
def _also_names() -> frozenset[str]:
    return frozenset(agency.key for agency in agencies() if agency.is_also_a_name)
