"""What is different between two texts, word by word (pure)."""

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from dispatches.pieces import Piece, add_piece

# More pairs of parts than these are not looked at: one text is shown in the place of the other. So the longest text
# that there can be, rewritten from end to end, is compared within a second or two.
MOST_PAIRS = 6_000_000

_SENTENCE_END = re.compile(r"(?<=[.!?…]\s)")
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


def compare(before: str, after: str) -> list[Piece]:
    """The pieces of both texts in their order: lines are compared first, then sentences, then words.

    >>> [(piece.kind, piece.text) for piece in compare("The port is closed.", "The port is open.")]
    [('', 'The port is '), ('del', 'closed'), ('ins', 'open'), ('', '.')]
    """
    pieces: list[Piece] = []
    _compare(before, after, [_lines, _SENTENCE_END.split, _WORD.findall], pieces)
    return pieces


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _compare(before: str, after: str, cuts: Sequence[Callable[[str], list[str]]], pieces: list[Piece]) -> None:
    """Add the pieces of two texts, cut by the first of `cuts`; what differs is cut further by the next."""
    cut, *finer = cuts
    old, new = cut(before), cut(after)
    if len(old) * len(new) > MOST_PAIRS:
        add_piece(pieces, "del", before)
        add_piece(pieces, "ins", after)
        return
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        out, put = "".join(old[i:j]), "".join(new[k:m])
        if kind == "equal":
            add_piece(pieces, "", out)
        elif finer and j - i == m - k:
            # As many on both sides: each has been rewritten in its place.
            for one, other in zip(old[i:j], new[k:m], strict=True):
                _compare(one, other, finer, pieces)
        elif finer and out and put:
            _compare(out, put, finer, pieces)
        else:
            add_piece(pieces, "del", out)
            add_piece(pieces, "ins", put)
