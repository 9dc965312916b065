"""Texts in marked pieces: unchanged, removed, added or found; and their HTML."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

from dispatches.public.bidi import Run, runs_of


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text: unchanged (""), removed ("del"), added ("ins"), or found by a search ("mark")."""

    kind: str
    text: str


def add_piece(pieces: list[Piece], kind: str, text: str) -> None:
    """Append text, extending the last piece if it is of the same kind."""
    if text and pieces and pieces[-1].kind == kind:
        pieces[-1] = Piece(kind, pieces[-1].text + text)
    elif text:
        pieces.append(Piece(kind, text))


def mark_spans(text: str, spans: Iterable[tuple[int, int]]) -> list[Piece]:
    """Return a text in pieces, those between the start and end of each span marked as found.

    >>> [(piece.kind, piece.text) for piece in mark_spans("a port", [(2, 6)])]
    [('', 'a '), ('mark', 'port')]
    """
    pieces: list[Piece] = []
    done = 0
    for start, end in spans:
        add_piece(pieces, "", text[done:start])
        add_piece(pieces, "mark", text[start:end])
        done = end
    add_piece(pieces, "", text[done:])
    return pieces


def cut_and_mark(text: str, start: int, end: int, spans: Iterable[tuple[int, int]], *, is_cut: bool) -> list[Piece]:
    """Return an excerpt of a text, as one line with the given spans marked.

    An ellipsis follows it unless it reaches the end of the text, and precedes it if `is_cut`.
    """
    within = [(one - start, other - start) for one, other in spans if one >= start and other <= end]
    pieces = [Piece("", "… ")] if is_cut else []
    for piece in mark_spans(" ".join(text[start:end].split("\n")), within):
        add_piece(pieces, piece.kind, piece.text)
    if end < len(text):
        add_piece(pieces, "", " …")
    return pieces


def as_html(pieces: Sequence[Piece]) -> SafeString:
    """Render pieces as escaped HTML, with right-to-left runs isolated even across pieces.

    >>> as_html([Piece("", "He said "), Piece("mark", "שלום"), Piece("", " & left")])
    'He said <bdi dir="rtl" lang="he"><mark>שלום</mark></bdi> &amp; left'
    """
    runs = runs_of("".join(piece.text for piece in pieces))
    if not any(run.language for run in runs):
        return _tag(pieces)
    return mark_safe("".join(run.set_apart(_tag(_within(pieces, run))) for run in runs))  # noqa: S308 - all escaped


def _within(pieces: Iterable[Piece], run: Run) -> Iterator[Piece]:
    """Return the parts of the pieces inside a run."""
    start = 0
    for piece in pieces:
        end = start + len(piece.text)
        if part := piece.text[max(run.start - start, 0) : max(run.end - start, 0)]:
            yield Piece(piece.kind, part)
        start = end


def _tag(pieces: Iterable[Piece]) -> SafeString:
    tagged = "".join(
        f"<{piece.kind}>{escape(piece.text)}</{piece.kind}>" if piece.kind else escape(piece.text) for piece in pieces
    )
    # So that “430” replaced by “340” is not read, or heard, as “430340”.
    return mark_safe(tagged.replace("</del><ins>", "</del> <ins>"))  # noqa: S308 - every text is escaped
