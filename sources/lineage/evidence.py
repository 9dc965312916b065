"""Show why a report seems to relay another: the passages that both texts have, word by word (pure)."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sources.lineage.nearcopy import RUN, shingles_of, words_of

WORD = re.compile(r"\w+(?:[’'.]\w+)*")


class Passage(NamedTuple):
    """A part of a text, and whether the other text has it too."""

    text: str
    is_shared: bool


def shared_passages(text: str, other: str) -> list[Passage]:
    """Split a text into what the other one has too, in runs of three words or more, and the rest.

    >>> shared_passages("Rain fell on the port today.", "On Monday rain fell on the city.")
    [Passage(text='Rain fell on the', is_shared=True), Passage(text=' port today.', is_shared=False)]
    """
    places, words = _words_with_places(text)
    theirs = set(shingles_of(_words_with_places(other)[1]))
    shared: set[int] = set()
    for position, shingle in enumerate(shingles_of(words)):
        if shingle in theirs:
            shared.update(range(position, position + RUN))
    return list(_passages(text, (places[position] for position in sorted(shared))))


def quoted_passages(text: str, words: str) -> list[Passage]:
    """Split a text into the words of a credit, wherever they are, and the rest."""
    parts = [part for part in re.split(r"[…“”]", words) if WORD.search(part)]
    pattern = "|".join(r"\W+".join(map(re.escape, part.split())) for part in parts)
    return list(_passages(text, (match.span() for match in re.finditer(pattern, text)) if pattern else ()))


def _words_with_places(text: str) -> tuple[list[tuple[int, int]], list[str]]:
    places, words = [], []
    for match in WORD.finditer(text):
        for word in words_of(match[0]):
            places.append(match.span())
            words.append(word)
    return places, words


def _passages(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[Passage]:
    """Yield the parts of a text, given the spans to mark. Spans with no word between them become one."""
    merged: list[list[int]] = []
    for start, end in spans:
        if merged and not WORD.search(text[merged[-1][1] : start]):
            merged[-1][1] = max(end, merged[-1][1])
        else:
            merged.append([start, end])
    position = 0
    for start, end in merged:
        if start > position:
            yield Passage(text[position:start], False)
        yield Passage(text[start:end], True)
        position = end
    if position < len(text):
        yield Passage(text[position:], False)
