"""Draw the preview image that other sites show beside a link: headline, Signal, time and site name."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import resvg_py
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateformat import format as format_date

from dispatches.public.bidi import is_rtl
from dispatches.public.models import Edition
from dispatches.public.panel import panel_of
from wire.documents.coverage import fonts_for, without_missing
from wire.documents.feeds import for_xml

FONTS = sorted(str(path) for path in (Path(__file__).parent / "fonts").glob("*.ttf"))

# Size of the image, of a line of the headline, and of the line with the Signal, in pixels.
WIDTH, HEIGHT, LINE, SIGNAL_LINE = 1200, 630, 1040, 800
# Font sizes for the headline, in pixels, and how many lines fit at each.
SIZES = [(76, 3), (64, 4), (54, 5), (46, 6)]

# Widths of the headline font's printable ASCII characters, in order, in thousandths of the font size.
_ADVANCES_OF_ASCII = """
    260 382 508 559 559 906 801 290 400 400 502 559 294 310 294 288 559 559 559 559 559 559 559 559 559 559 304 304 559
    559 559 550 921 753 672 668 767 653 621 769 819 401 397 734 654 952 788 787 638 787 707 586 653 747 698 1067 732 693
    666 414 288 414 559 459 334 599 649 527 649 571 407 560 667 352 345 636 352 986 667 613 645 648 523 488 405 667 606
    856 646 579 529 442 559 442 559
"""
_ADVANCES = dict(zip(map(chr, range(32, 127)), map(int, _ADVANCES_OF_ASCII.split()), strict=True))
# The width assumed for other characters, and for wide ones, such as Chinese. Hebrew letters are narrower.
_OTHER, _WIDE = 720, 1000

# Characters placed around right-to-left text, so that its lines start on the right.
_RTL_OPENS, _RTL_CLOSES = "\u202b", "\u202c"


class Card(NamedTuple):
    """A preview image as SVG, and the fonts to draw it with."""

    svg: str
    fonts: tuple[str, ...]


def draw_card(edition: Edition) -> bytes:
    """Return the image of an edition as PNG."""
    card = compose_card(edition)
    return resvg_py.svg_to_bytes(svg_string=card.svg, skip_system_fonts=True, font_files=list(card.fonts))


def compose_card(edition: Edition) -> Card:
    """Compose the image of an edition. It depends only on the edition, the settings and the machine's fonts.

    If no font can show the headline, it has the reason for the Signal instead; other sites show the headline beside it.
    """
    panel = panel_of(edition)
    fonts = fonts_for(edition.headline + edition.section.name, FONTS)
    headline, section = (without_missing(text, fonts) for text in (edition.headline, edition.section.name))
    signal = f"{panel.title}{', corrected' if edition.is_corrected else ''}: {panel.count}"
    size, lines = set_headline(headline or without_missing(panel.sentence, fonts) or panel.line)
    reads_rtl = is_rtl(headline)
    when = format_date(timezone.localtime(edition.live_at), "F j, Y, H:i")
    svg = render_to_string(
        "wire/card.svg",
        {
            "width": WIDTH,
            "height": HEIGHT,
            "size": size,
            "lines": [
                (205 + size * (1 + 1.16 * number), f"{_RTL_OPENS}{line}{_RTL_CLOSES}" if reads_rtl else line)
                for number, line in enumerate(lines)
            ],
            "x": WIDTH - 80 if reads_rtl else 80,
            "anchor": "end" if reads_rtl else "start",
            "dots": [(222 + 30 * number, number < edition.rung) for number in range(3)],
            "signal": signal,
            "signal_size": min(30, SIGNAL_LINE * 1000 // _advance(signal)),
            "name": settings.WIRE_SITE_NAME,
            "when": f"{f'{section} · ' if section else ''}{when} ({settings.WIRE_TIME_ZONE_LABEL})",
        },
    )
    return Card(for_xml(svg), fonts)


def set_headline(headline: str) -> tuple[int, list[str]]:
    """Return the largest font size at which a headline fits, and its lines. If none fits, it ends in an ellipsis."""
    for size, most in SIZES:
        lines = list(_break(headline, LINE * 1000 / size))
        if len(lines) <= most:
            return size, _balance(headline, lines)
    return size, [*lines[: most - 1], f"{lines[most - 1].rstrip('.,;: ')}…"]


def _balance(text: str, lines: list[str]) -> list[str]:
    """Split a text into as few lines, of similar length."""
    widest = max(map(_advance, lines), default=0)
    for room in range(widest - 200, 0, -200):
        narrower = list(_break(text, room))
        if len(narrower) > len(lines) or max(map(_advance, text.split())) > room:
            break
        lines = narrower
    return lines


def _break(text: str, room: float) -> Iterator[str]:
    """Split a text at spaces into lines of at most `room`, in thousandths of the font size. Long words are broken."""
    line = ""
    for word in text.split():
        candidate = f"{line} {word}".strip()
        if _advance(candidate) <= room:
            line = candidate
            continue
        if line:
            yield line
        while _advance(word) > room:
            fits = max(n for n in range(1, len(word) + 1) if n == 1 or _advance(word[:n]) <= room)
            # A mark stays with its letter.
            while fits > 1 and unicodedata.category(word[fits]) == "Mn":
                fits -= 1
            yield word[:fits]
            word = word[fits:]
        line = word
    if line:
        yield line


def _advance(text: str) -> int:
    return sum(_ADVANCES.get(each) or _advance_of_other(each) for each in text)


def _advance_of_other(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Cf"}:
        return 0
    return _WIDE if unicodedata.east_asian_width(char) in "WF" else _OTHER
