"""What is different between two texts, word by word (pure)."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from dispatches.pieces import Piece, add_piece


def compare(before: str, after: str) -> list[Piece]:
    """The pieces of both texts in their order. Lines are compared first, so that a long text costs little.

    >>> [(piece.kind, piece.text) for piece in compare("The port is closed.", "The port is open.")]
    [('', 'The port is '), ('del', 'closed'), ('ins', 'open'), ('', '.')]
    """
    pieces: list[Piece] = []
    for kind, old, new in _steps(before.splitlines(keepends=True), after.splitlines(keepends=True)):
        if kind == "equal":
            add_piece(pieces, "", old)
        else:
            for inner, old_words, new_words in _steps(_words(old), _words(new)):
                if inner == "equal":
                    add_piece(pieces, "", old_words)
                else:
                    add_piece(pieces, "del", old_words)
                    add_piece(pieces, "ins", new_words)
    return pieces


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", text)


def _steps(before: list[str], after: list[str]) -> Iterator[tuple[str, str, str]]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        yield kind, "".join(before[i:j]), "".join(after[k:m])
