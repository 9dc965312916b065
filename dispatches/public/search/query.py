"""Parse what a reader typed into the search field (pure). Any input is a valid query, possibly an empty one.

haifa port            both words, in any form: ports, porting; the last one may be unfinished
"haifa port"          a phrase
haifa -port           excludes port
"""

import re
import unicodedata
from dataclasses import dataclass

from dispatches.public.search.terms import TOKEN, fold, is_unspaced, terms_of

LONGEST = 300
MOST_TERMS = 12

_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or a phrase. `is_begun` means that its last word may be unfinished.

    `endings` are its possible completions: the index, which stores stems, would not find them by prefix.
    """

    words: tuple[str, ...]
    is_begun: bool = False
    endings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """What must, and what must not, be in a document. A query without wanted terms finds nothing."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted)


def parse(text: str) -> Query:
    """Parse a query; a very long input is truncated. Punctuation separates words; quotes and minus are operators.

    >>> query = parse('haifa "port talks" -strike now')
    >>> [term.words for term in query.wanted], [term.words for term in query.unwanted], query.wanted[-1].is_begun
    ([('haifa',), ('port', 'talks'), ('now',)], [('strike',)], True)
    """
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for match in _TERM.finditer(unicodedata.normalize("NFC", text.replace("“", '"').replace("”", '"'))[:LONGEST]):
        words = tuple(word for word in TOKEN.findall(match["plain"] or match["quoted"] or "") if fold(word))
        if words and len(wanted) + len(unwanted) < MOST_TERMS:
            is_begun = (
                match["plain"] is not None and not match["minus"] and (len(words[-1]) > 1 or is_unspaced(words[-1]))
            )
            (unwanted if match["minus"] else wanted).append(Term(words, is_begun))
    finished = [Term(term.words) for term in wanted[:-1]]
    return Query((*finished, *wanted[-1:]), tuple(unwanted))


def words_of(text: str) -> set[str]:
    """Return the distinct words of a text, folded; without single letters and overlong strings."""
    return {word for word in terms_of(text) if 2 <= len(word) <= 40}
