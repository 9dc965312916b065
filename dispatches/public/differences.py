"""Compare two texts word by word (pure)."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import regex

from dispatches.public.pieces import Piece, add_piece

# With more pairs of parts than this, one text is simply replaced by the other. This keeps the longest possible text,
# fully rewritten, within a second or two.
MOST_PAIRS = 6_000_000
# From this many pairs on, parts that recur often (spaces, empty lines) do not start a match: with them, the time grows
# with the cube of the length.
MANY_PAIRS = 100_000

_SENTENCE_END = re.compile(r"(?<=[.!?…]\s)")
# A word with its marks and with what joins its letters; otherwise what a reader sees as one character (UAX #29).
_WORD = regex.compile(r"\s+|(?:[\w\p{M}]\p{Cf}*)+|\X")


@dataclass(frozen=True, slots=True)
class Change:
    """A part that differs between two versions: its label, and its text with removals and additions marked."""

    part: str
    pieces: Sequence[Piece]


def compare_parts(before: Iterable[tuple[str, str]], after: Iterable[tuple[str, str]]) -> list[Change]:
    """Return the parts that differ. Each version yields the same parts in the same order: pairs of label and text."""
    return [Change(name, compare(old, new)) for (name, old), (_, new) in zip(before, after, strict=True) if old != new]


def compare(before: str, after: str) -> list[Piece]:
    """Return the pieces of both texts, in order. Lines are compared first, then sentences, then words.

    >>> [(piece.kind, piece.text) for piece in compare("The port is closed.", "The port is open.")]
    [('', 'The port is '), ('del', 'closed'), ('ins', 'open'), ('', '.')]
    """
    pieces: list[Piece] = []
    _compare(before, after, [_lines, _SENTENCE_END.split, _WORD.findall], pieces)
    return pieces


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _compare(before: str, after: str, cuts: Sequence[Callable[[str], list[str]]], pieces: list[Piece]) -> None:
    """Add the pieces of two texts, split by the first of `cuts`. What differs is split further by the next."""
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
            # Equally many on both sides: they were rewritten one by one.
            for one, other in zip(old[i:j], new[k:m], strict=True):
                _compare(one, other, finer, pieces)
        elif finer and out and put:
            _compare(out, put, finer, pieces)
        else:
            add_piece(pieces, "del", out)
            add_piece(pieces, "ins", put)


Opcode = tuple[str, int, int, int, int]


def _without_islands(opcodes: Sequence[Opcode], old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """Merge unchanged text between two changes into them, if it is no longer than either.

    A rewritten sentence is easier to read as one change than as pieces around an unchanged “and”.
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
