"""A text in runs: what stayed, what was taken out or put in, what was searched for; and how a page shows them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

from dispatches.public.bidi import Run, runs_of


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that stayed (""), was taken out ("del"), was put in ("ins"), or is what was looked for ("mark")."""

    kind: str
    text: str


def add_piece(pieces: list[Piece], kind: str, text: str) -> None:
    """Append a run of text, to the last piece if that is of its kind."""
    if text and pieces and pieces[-1].kind == kind:
        pieces[-1] = Piece(kind, pieces[-1].text + text)
    elif text:
        pieces.append(Piece(kind, text))


def as_html(pieces: Sequence[Piece]) -> SafeString:
    """The pieces as escaped HTML, right-to-left runs set apart as in every other text, also across pieces.

    >>> as_html([Piece("", "He said "), Piece("mark", "שלום"), Piece("", " & left")])
    'He said <bdi dir="rtl" lang="he"><mark>שלום</mark></bdi> &amp; left'
    """
    runs = runs_of("".join(piece.text for piece in pieces))
    if not any(run.language for run in runs):
        return _tag(pieces)
    return mark_safe("".join(run.set_apart(_tag(_within(pieces, run))) for run in runs))  # noqa: S308 - all escaped


def _within(pieces: Iterable[Piece], run: Run) -> Iterator[Piece]:
    """The parts of the pieces that lie in a run."""
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
    # So that nobody reads, or hears, “430340” where 430 has become 340.
    return mark_safe(tagged.replace("</del><ins>", "</del> <ins>"))  # noqa: S308 - every text is escaped
