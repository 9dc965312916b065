"""Highlight the words that match a query, and choose the best excerpt; the same on both databases."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock

import regex
import Stemmer

from dispatches.public.pieces import Piece, cut_and_mark, mark_spans
from dispatches.public.search.documents import Words
from dispatches.public.search.query import Query
from dispatches.public.search.terms import TOKEN, fold, is_plain, is_unspaced, terms_of

# The length of an excerpt in characters, and how many of them precede the first match.
EXCERPT, BEFORE = 220, 60

# Remove accents one for one, so that positions in the text stay the same.
_PLAIN = {
    code: plain
    for code in range(0xC0, 0x250)
    if len(plain := unicodedata.normalize("NFKD", chr(code)).lower()[:1]) == 1 and plain != chr(code)
}


@dataclass(frozen=True, slots=True)
class Marked:
    """A headline and an excerpt, with the matching words marked."""

    headline: list[Piece]
    excerpt: list[Piece]


class Marker:
    """Marks the words of a query in texts, using the index's stems."""

    def __init__(self, query: Query, stemmer: str) -> None:
        self._stem = stemming(stemmer)
        words = [fold(word) for term in query.wanted for word in (*term.words, *term.endings)]
        begun = query.wanted[-1].words[-1] if query.wanted and query.wanted[-1].is_begun else ""
        self._stems, self._begun = {self._stem(word) for word in words}, fold(begun)
        # A word need not contain its stem's last letters; so candidates are found by prefix, and compared by stem.
        starts = {re.escape(word[: max(3, len(self._stem(word)) - 2)]) for word in words}
        self._candidates = re.compile(rf"(?:{'|'.join(sorted(starts))})[^\W_]*") if starts else None
        # Words of scripts without spaces are parts of longer runs of letters.
        self._parts = {fold(word) for term in query.wanted for word in term.words if is_unspaced(word)}

    def mark(self, document: Words) -> Marked:
        """Mark the matches in a document."""
        headline = mark_spans(document.headline, self._find(document.headline))
        for text in (document.tldr, document.body, document.developments):
            if found := self._find(text):
                return Marked(headline, self._excerpt(text, found))
        return Marked(headline, [Piece("", document.tldr)])

    def _find(self, text: str) -> list[tuple[int, int]]:
        """Return the (start, end) of each match in a text."""
        if self._candidates is None:
            return []
        if not is_plain(text):
            return self._find_folded(text)
        plain = text.lower().translate(_PLAIN)
        if len(plain) != len(text):
            plain = text.translate(_PLAIN)
        # A pattern that starts with letters is found much faster; the word boundary is checked afterwards.
        return [
            match.span()
            for match in self._candidates.finditer(plain)
            if not plain[max(match.start() - 1, 0) : match.start()].isalnum() and self._is_wanted(fold(match[0]))
        ]

    def _find_folded(self, text: str) -> list[tuple[int, int]]:
        """Return the matches in a text whose folded words have other lengths, word by word."""
        found = []
        for token in TOKEN.finditer(text):
            if self._parts and any(map(is_unspaced, token[0])):
                found += self._find_parts(token[0], token.start())
            elif any(map(self._is_wanted, terms_of(token[0]))):
                found.append(token.span())
        return found

    def _find_parts(self, letters: str, offset: int) -> list[tuple[int, int]]:
        """Return the matches within a run of letters; `offset` is its position in the text."""
        folded = [(fold(each[0]), each.start()) for each in regex.finditer(r"\X", letters)]
        positions = [start for letter, start in folded for _ in letter] + [len(letters)]
        run = "".join(letter for letter, _ in folded)
        pattern = "|".join(map(re.escape, sorted(self._parts, key=len, reverse=True)))
        return [
            (offset + positions[match.start()], offset + positions[match.end()]) for match in re.finditer(pattern, run)
        ]

    def _is_wanted(self, word: str) -> bool:
        return self._stem(word) in self._stems or (len(self._begun) > 2 and word.startswith(self._begun))

    def _excerpt(self, text: str, found: list[tuple[int, int]]) -> list[Piece]:
        if len(text) <= EXCERPT:
            return mark_spans(text, found)
        start = max(found[0][0] - BEFORE, 0)
        if start:
            # Start at a sentence or line if one is near, otherwise at a word.
            breaks = [match.end() for match in re.finditer(r"[.!?…]\s+|\n", text[start : found[0][0]])]
            start += breaks[0] if breaks else text[start : found[0][0]].find(" ") + 1
        end = start + EXCERPT
        if end < len(text):
            end = max(text.rfind(" ", start, end), found[0][1])
        is_cut = start > 0 and not text[:start].endswith("\n")
        return cut_and_mark(text, start, end, found, is_cut=is_cut)


@cache
def stemming(name: str) -> Callable[[str], str]:
    """Return the stemmer of this Snowball name."""
    # Its own cache is off: results are cached below.
    stemmer, turn = Stemmer.Stemmer(name, 0), Lock()

    @lru_cache(maxsize=20_000)
    def stem(word: str) -> str:
        # Stemmers are not thread-safe.
        with turn:
            return stemmer.stemWord(word)

    return stem
