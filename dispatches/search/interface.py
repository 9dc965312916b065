"""What each database's full text gives back."""

import re
from dataclasses import dataclass
from typing import Self

from dispatches.pieces import Piece, add_piece

# Ids in order.
Ranked = list[int]

# Around what was found: characters that no text has, since they are not allowed in XML or HTML.
OPENS, CLOSES = "\x02", "\x03"


@dataclass(frozen=True, slots=True)
class Marked:
    """A headline, and the words of the dispatch that say best why it was found; what was looked for is marked."""

    headline: list[Piece]
    excerpt: list[Piece]

    @classmethod
    def choose(cls, headline: str, tldr: str, developments: str, body: str) -> Self:
        """From the marked parts of a document: the first with a mark is the excerpt, or else the TL;DR."""
        excerpt = next((text for text in (tldr, body, developments) if OPENS in text), tldr)
        return cls(_read(headline), _read(excerpt))


def _read(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    kind = ""
    for part in re.split(f"([{OPENS}{CLOSES}])", text):
        if part in {OPENS, CLOSES}:
            kind = "mark" if part == OPENS else ""
        else:
            add_piece(pieces, kind, part)
    return pieces
