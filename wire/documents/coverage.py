"""Which characters the fonts of the preview images have: a character that none of them has would be left out."""

import re
import struct
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

# Shown as nothing, or as a space, whether or not a font has them.
_WITHOUT_GLYPH = {"Cf", "Cc", "Zs", "Zl", "Zp"}
# What joins and varies emoji.
_JOINERS = "\u200d\ufe0e\ufe0f\u20e3"


@cache
def characters_of(font: str) -> frozenset[int]:
    """Return the code points of an OpenType font: its `cmap` table, in format 4 or 12 (OpenType 1.9, “cmap”)."""
    data = Path(font).read_bytes()
    (tables,) = struct.unpack_from(">H", data, 4)
    directory = (struct.unpack_from(">4sLLL", data, 12 + 16 * number) for number in range(tables))
    start = next(offset for tag, _, offset, _ in directory if tag == b"cmap")
    (count,) = struct.unpack_from(">H", data, start + 2)
    offsets = {start + struct.unpack_from(">HHL", data, start + 4 + 8 * number)[2] for number in range(count)}
    return frozenset(code for offset in offsets for code in _codes(data, offset))


def _codes(data: bytes, start: int) -> Iterator[int]:
    (form,) = struct.unpack_from(">H", data, start)
    if form == 12:
        (groups,) = struct.unpack_from(">L", data, start + 12)
        for number in range(groups):
            first, last, _ = struct.unpack_from(">LLL", data, start + 16 + 12 * number)
            yield from range(first, last + 1)
    elif form == 4:
        (doubled,) = struct.unpack_from(">H", data, start + 6)
        segments = doubled // 2
        ends = struct.unpack_from(f">{segments}H", data, start + 14)
        starts = struct.unpack_from(f">{segments}H", data, start + 16 + doubled)
        for first, last in zip(starts, ends, strict=True):
            yield from range(first, min(last, 0xFFFE) + 1)


def without_missing(text: str, fonts: Iterable[str]) -> str:
    """Return a text without the symbols, such as emoji, that none of these fonts has; empty if letters are missing.

    A headline with holes would say something else.
    """
    fonts = tuple(fonts)
    shown = "".join(char for char in text if not _is_symbol(char) or _has(char, fonts))
    if shown != text:
        shown = re.sub(f"[{_JOINERS}]", "", shown)
    return " ".join(shown.split()) if all(_has(char, fonts) for char in shown) else ""


def _is_symbol(char: str) -> bool:
    return unicodedata.category(char)[0] == "S" or char in _JOINERS


def _has(char: str, fonts: Iterable[str]) -> bool:
    return unicodedata.category(char) in _WITHOUT_GLYPH or any(ord(char) in characters_of(font) for font in fonts)
