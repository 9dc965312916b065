"""What a reader typed into the search field, understood (pure). Whatever they type is a query, if perhaps an empty one.

haifa port            both words, in any form: ports, porting; the last one may be only begun
"haifa port"          one after the other
haifa -port           without the other
"""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 300
MOST_TERMS = 12

_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))')
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or several that have to follow each other. The last one of a begun term may go on.

    `endings` are whole words that it may go on to; the index, which has stems, would not find them by their beginning.
    """

    words: tuple[str, ...]
    is_begun: bool = False
    endings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """What has to be there, and what must not be there. With nothing that has to be there it finds nothing."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted)


def parse(text: str) -> Query:
    """Read what was typed; of a very long text the beginning. Punctuation parts words, quotes and minus have a meaning.

    >>> query = parse('haifa "port talks" -strike now')
    >>> [term.words for term in query.wanted], [term.words for term in query.unwanted], query.wanted[-1].is_begun
    ([('haifa',), ('port', 'talks'), ('now',)], [('strike',)], True)
    """
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for match in _TERM.finditer(unicodedata.normalize("NFC", text.replace("“", '"').replace("”", '"'))[:LONGEST]):
        words = tuple(_WORD.findall(match["plain"] or match["quoted"] or ""))
        if words and len(wanted) + len(unwanted) < MOST_TERMS:
            is_begun = match["plain"] is not None and not match["minus"] and len(words[-1]) > 1
            (unwanted if match["minus"] else wanted).append(Term(words, is_begun))
    finished = [Term(term.words) for term in wanted[:-1]]
    return Query((*finished, *wanted[-1:]), tuple(unwanted))


def fold(text: str) -> str:
    """A text without case and accents, as the index compares words.

    >>> fold("Café")
    'cafe'
    """
    if text.isascii():
        return text.lower()
    return "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))


def words_of(text: str) -> set[str]:
    """The different words of a text, folded; no single letters, nothing longer than words are."""
    return {word for word in _WORD.findall(fold(text)) if 2 <= len(word) <= 40}
