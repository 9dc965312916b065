"""What is different between two texts, word by word (pure)."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from dispatches.public.pieces import Piece, add_piece

# More pairs of parts than these are not looked at: one text is shown in the place of the other. So the longest text
# that there can be, rewritten from end to end, is compared within a second or two.
MOST_PAIRS = 6_000_000
# From so many pairs on, parts that come again and again (spaces, empty lines) are no place to begin a match: with them,
# comparing takes a time that grows with the cube of the length.
MANY_PAIRS = 100_000

_SENTENCE_END = re.compile(r"(?<=[.!?…]\s)")
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Change:
    """A part that differs between two versions: its name, and its text with what was removed and added marked."""

    part: str
    pieces: Sequence[Piece]


def compare_parts(before: Iterable[tuple[str, str]], after: Iterable[tuple[str, str]]) -> list[Change]:
    """The parts that differ. Each version gives the same parts in the same order, as pairs of a name and a text."""
    return [Change(name, compare(old, new)) for (name, old), (_, new) in zip(before, after, strict=True) if old != new]


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
    opcodes = SequenceMatcher(None, old, new, autojunk=len(old) * len(new) > MANY_PAIRS).get_opcodes()
    for kind, i, j, k, m in opcodes if finer else _without_islands(opcodes, old, new):
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


Opcode = tuple[str, int, int, int, int]


def _without_islands(opcodes: Sequence[Opcode], old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """The same with what stayed between two changes made part of them, where it is no longer than either.

    A sentence that was rewritten is easier to read as one change than in pieces around an “and” that both have.
    """
    joined: list[Opcode] = []
    for position, opcode in enumerate(opcodes):
        is_change = opcode[0] != "equal"
        if is_change and joined and joined[-1][0] != "equal":
            joined[-1] = ("replace", joined[-1][1], opcode[2], joined[-1][3], opcode[4])
        elif not is_change and joined and position + 1 < len(opcodes):
            stayed = "".join(old[opcode[1] : opcode[2]])
            around = _length(joined[-1], old, new), _length(opcodes[position + 1], old, new)
            if stayed.isspace() or len(stayed) <= min(around):
                joined[-1] = ("replace", joined[-1][1], opcode[2], joined[-1][3], opcode[4])
            else:
                joined.append(opcode)
        else:
            joined.append(opcode)
    return joined


def _length(opcode: Opcode, old: Sequence[str], new: Sequence[str]) -> int:
    _, i, j, k, m = opcode
    return max(len("".join(old[i:j])), len("".join(new[k:m])))
