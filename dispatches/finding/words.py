"""Split and fold texts and queries for the desk's search (pure).

Words are folded as names are (`sources/names.py`): case, accents and marks make no difference. In the index each is
made of ASCII letters and digits, so that SQLite and PostgreSQL, which split words differently, find the same.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sources.names import fold_name

LONGEST_QUERY, MOST_TERMS = 300, 12
# The most characters that are indexed of a word, and of a text.
LONGEST_WORD, LONGEST_TEXT = 80, 300_000
# Ideographs and kana are words of their own: these scripts have no spaces.
_IDEOGRAPH = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
# The prefix of words that are stored as hexadecimal numbers.
_ENCODED = "zz"


class Word(NamedTuple):
    """A word of a text: where it is, and as it is in the index."""

    start: int
    end: int
    indexed: str


@cache
def _pattern() -> re.Pattern[str]:
    # Marks and invisible joiners belong to the word around them. `\w` has neither.
    within = "".join(
        re.escape(char)
        for char in map(chr, [*range(0x80, 0x12000), *range(0xE0100, 0xE01F0)])
        if unicodedata.category(char) in {"Mn", "Mc", "Me", "Cf"}
    )
    return re.compile(rf"[{_IDEOGRAPH}][{within}]*|(?:(?![{_IDEOGRAPH}])[^\W_]|[{within}])+")


def read_words(text: str) -> Iterator[Word]:
    """Yield the words of a text."""
    for match in _pattern().finditer(text):
        if indexed := _index_word(match[0]):
            yield Word(*match.span(), indexed)


def _index_word(word: str) -> str:
    if word.isascii():
        return word[:LONGEST_WORD].lower()
    folded = fold_name(word[:LONGEST_WORD])[:LONGEST_WORD]
    if folded.isascii() and folded.isalnum():
        return folded
    return _ENCODED + folded.encode().hex() if folded else ""


def index_text(*texts: str) -> str:
    """Return the words of texts as the index has them, separated by spaces.

    >>> index_text("Ünal’s Haber, É\\u0301COLE", "12 km")
    'unal s haber ecole 12 km'
    >>> index_text("naïve") == index_text("NAI\\u0308VE"), index_text("東京") == index_text("東 京")
    (True, True)
    """
    return " ".join(word.indexed for text in texts for word in read_words(text[:LONGEST_TEXT]))[:LONGEST_TEXT]


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand one after the other. The last is the beginning of a word, unless `is_whole`."""

    words: tuple[str, ...]
    is_whole: bool = False
    is_unwanted: bool = False


_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<quoted>[^"]*)"?|(?P<plain>\S+))')


def parse(text: str) -> tuple[Term, ...]:
    """Parse a query. Words are found by their beginnings, quoted phrases whole; `-` excludes. Any input is valid.

    >>> parse('Hashalom "port talks" -strike')
    (Term(words=('hashalom',), is_whole=False, is_unwanted=False), \
Term(words=('port', 'talks'), is_whole=True, is_unwanted=False), \
Term(words=('strike',), is_whole=False, is_unwanted=True))
    >>> parse("-only"), parse('"" - ?')
    ((), ())
    """
    terms = []
    for match in _TERM.finditer(text.translate({ord(sign): '"' for sign in "“”„"})[:LONGEST_QUERY]):
        words = tuple(word.indexed for word in read_words(match["plain"] or match["quoted"] or ""))
        if words:
            terms.append(Term(words, match["plain"] is None, bool(match["minus"])))
    terms = terms[:MOST_TERMS]
    return tuple(terms) if any(not term.is_unwanted for term in terms) else ()
