"""Show where a text matches a query: an excerpt with the matching words marked (pure)."""

from collections.abc import Iterable, Sequence

from dispatches.finding.words import Term, Word, read_words
from dispatches.public.pieces import Piece, cut_and_mark, mark_spans

# In characters: of an excerpt, of what precedes the first match in it, and of what is searched.
EXCERPT, BEFORE, SEARCHED = 220, 60, 50_000


def mark(text: str, terms: Iterable[Term]) -> list[Piece]:
    """Return a text in pieces; those that match have the kind “mark”.

    >>> from dispatches.finding.words import parse
    >>> [piece.text for piece in mark("Ports, and a port strike", parse('"port strike"')) if piece.kind]
    ['port', 'strike']
    """
    return mark_spans(text, _find(text, terms))


def excerpt(texts: Iterable[str], terms: Sequence[Term]) -> list[Piece]:
    """Return the part of the first text that matches, with the matches marked; the start of one if none does."""
    first = ""
    for text in texts:
        first = first or text
        if found := _find(text[:SEARCHED], terms):
            start = max(found[0][0] - BEFORE, 0)
            if start:
                start += text[start : found[0][0]].find(" ") + 1
            return _cut(text, start, found)
    return _cut(first, 0, [])


def _find(text: str, terms: Iterable[Term]) -> list[tuple[int, int]]:
    words = list(read_words(text))
    found: set[tuple[int, int]] = set()
    for term in terms:
        if term.is_unwanted:
            continue
        for at in range(len(words) - len(term.words) + 1):
            run = words[at : at + len(term.words)]
            if _is_match(run, term):
                found.update((word.start, word.end) for word in run)
    return sorted(found)


def _is_match(run: Sequence[Word], term: Term) -> bool:
    *first, last = (word.indexed for word in run)
    if tuple(first) != term.words[:-1]:
        return False
    return last == term.words[-1] if term.is_whole else last.startswith(term.words[-1])


def _cut(text: str, start: int, found: Iterable[tuple[int, int]]) -> list[Piece]:
    end = start + EXCERPT
    if end < len(text):
        space = text.rfind(" ", start, end)
        end = space if space > start else end
    return cut_and_mark(text, start, end, found, is_cut=start > 0)
