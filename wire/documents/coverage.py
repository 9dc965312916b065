"""Which fonts can show a text: those that come with the site, and for what they lack, those of the machine.

A character that no font has would be left out of a preview image.
"""

import re
import struct
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path

# Shown as nothing, or as a space, whether or not a font has them.
_WITHOUT_GLYPH = {"Cf", "Cc", "Zs", "Zl", "Zp"}
# What joins and varies emoji.
_JOINERS = "\u200d\ufe0e\ufe0f\u20e3"

# Where operating systems have fonts.
SYSTEM_FONTS = ["/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts"]


def fonts_for(text: str, own: Iterable[str]) -> tuple[str, ...]:
    """Return our own fonts, and as few of the machine's as show the characters that ours lack."""
    chosen = tuple(own)
    for char in text:
        if not _has(char, chosen) and (font := _system_font_with(char)):
            chosen = (*chosen, font)
    return chosen


@cache
def _system_fonts() -> list[str]:
    """Return the machine's fonts: those that look most like ours come first."""
    paths = (path for folder in SYSTEM_FONTS for path in Path(folder).rglob("*.*"))
    fonts = [str(path) for path in paths if path.suffix.lower() in {".ttf", ".otf", ".ttc"}]
    return sorted(fonts, key=_unlikeness)


def _unlikeness(font: str) -> tuple[bool, bool, bool, str]:
    return "Bold" not in font, bool(re.search("Italic|Oblique|Condensed|Mono|UI", font)), "Serif" not in font, font


@lru_cache(maxsize=4096)
def _system_font_with(char: str) -> str | None:
    return next((font for font in _system_fonts() if ord(char) in characters_of(font)), None)


@cache
def characters_of(font: str) -> frozenset[int]:
    """Return the code points that an OpenType font shows: its `cmap` table, in format 4 or 12 (OpenType 1.9, “cmap”).

    None for a font that can't be drawn: a broken one, or one whose glyphs are bitmaps, as those of coloured emoji.
    """
    try:
        return _read_characters(Path(font).read_bytes())
    except (OSError, struct.error, StopIteration):
        return frozenset()


def _read_characters(data: bytes) -> frozenset[int]:
    # The first font of a collection.
    (first,) = struct.unpack_from(">L", data, 12) if data[:4] == b"ttcf" else (0,)
    (tables,) = struct.unpack_from(">H", data, first + 4)
    directory = [struct.unpack_from(">4sLLL", data, first + 12 + 16 * number) for number in range(tables)]
    if not {b"glyf", b"CFF ", b"CFF2"} & {tag for tag, *_ in directory}:
        return frozenset()
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
