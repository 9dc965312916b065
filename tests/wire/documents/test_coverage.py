"""A preview image has the whole headline, or none on purpose."""

import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
import resvg_py

from dispatches.public.models import Edition, Section
from wire.documents import coverage
from wire.documents.cards import FONTS, compose_card, draw_card
from wire.documents.coverage import characters_of, fonts_for, without_missing


@pytest.mark.parametrize(
    ("headline", "shown"),
    [
        ("Plain “text” – it’s €5", "Plain “text” – it’s €5"),
        ("Łódź, Ελλάδα, Москва, Işık", "Łódź, Ελλάδα, Москва, Işık"),
        ("שָׁלוֹם مُحَمَّد", "שָׁלוֹם مُحَمَّد"),
        ("🚀 Rocket 🇮🇱 launched 👨‍👩‍👧", "Rocket launched"),
        ("東京で首脳会談が開かれる", ""),
        ("Thủ tướng Việt Nam", ""),
        ("ท่าเรือปิด", ""),
        ("The 東京 summit", ""),
        ("🚀", ""),
    ],
)
def test_a_headline_is_shown_without_holes(headline, shown):
    assert without_missing(headline, FONTS) == shown


def a_card(headline: str, section: str = "The Ledger", **fields) -> Edition:
    at = datetime(2026, 6, 25, 10, tzinfo=UTC)
    return Edition(headline=headline, section=Section(name=section), live_at=at, rung=1, origins=1, **fields)


@pytest.fixture
def no_system_fonts(monkeypatch):
    """A machine without fonts of its own."""
    monkeypatch.setattr(coverage, "SYSTEM_FONTS", [])
    for known in (coverage._system_fonts, coverage._system_font_with):
        known.cache_clear()
    yield
    for known in (coverage._system_fonts, coverage._system_font_with):
        known.cache_clear()


@pytest.fixture
def thai_font(tmp_path, monkeypatch, no_system_fonts):
    """A machine with one font, which has our Latin letters at the places of Thai ones."""
    data = bytearray(Path(FONTS[2]).read_bytes())
    font = tmp_path / "Thai-Bold.ttf"
    font.write_bytes(move_latin_to_thai(data))
    (tmp_path / "Broken.ttf").write_bytes(b"no font")
    (tmp_path / "Readme.txt").write_bytes(b"no font either")
    monkeypatch.setattr(coverage, "SYSTEM_FONTS", [str(tmp_path), "/no/such/folder"])
    return str(font)


def move_latin_to_thai(data: bytearray) -> bytes:
    """Replace the font's `cmap` by one of format 12 that maps ก to ๛ to its first glyphs."""
    tables = struct.unpack_from(">H", data, 4)[0]
    for number in range(tables):
        at = 12 + 16 * number
        if data[at : at + 4] == b"cmap":
            start = len(data)
            groups = struct.pack(">HHLLL", 12, 0, 28, 0, 1) + struct.pack(">LLL", 0x0E01, 0x0E5B, 4)
            data += struct.pack(">HHHHL", 0, 1, 3, 10, 12) + groups
            struct.pack_into(">LL", data, at + 8, start, len(data) - start)
    return bytes(data)


def test_what_our_fonts_lack_is_drawn_with_those_of_the_machine(thai_font):
    assert fonts_for("Plain", FONTS) == tuple(FONTS)
    assert fonts_for("The ท่าเรือ 東", FONTS) == (*FONTS, thai_font)
    card = compose_card(a_card("ท่าเรือปิด"))
    assert card.fonts[-1] == thai_font
    assert "ท่าเรือปิด" in card.svg
    assert draw_card(a_card("ท่าเรือปิด")) != draw_card(a_card("ท่าเรือ"))


@pytest.mark.usefixtures("no_system_fonts")
def test_without_a_font_for_its_headline_a_card_says_why_it_is_rated_so():
    card = compose_card(a_card("The 東京 summit"))
    assert card.fonts == tuple(FONTS)
    assert "summit" not in card.svg
    assert "No report counts" in card.svg
    assert draw_card(a_card("🚀 Rocket")) == draw_card(a_card("Rocket")) != draw_card(a_card("東京"))


def test_a_font_of_bitmaps_or_a_broken_one_shows_nothing(tmp_path):
    coloured, broken = tmp_path / "Emoji.ttf", tmp_path / "Broken.ttf"
    data = Path(FONTS[2]).read_bytes()
    coloured.write_bytes(data.replace(b"glyf", b"CBDT", 1))
    broken.write_bytes(data[:40])
    assert characters_of(str(coloured)) == characters_of(str(broken)) == frozenset()


def test_the_first_font_of_a_collection_is_read(tmp_path):
    data = Path(FONTS[2]).read_bytes()
    tables = struct.unpack_from(">H", data, 4)[0]
    moved = bytearray(struct.pack(">4sLLL", b"ttcf", 0x10000, 1, 16) + data)
    for number in range(tables):
        at = 16 + 12 + 16 * number + 8
        struct.pack_into(">L", moved, at, struct.unpack_from(">L", moved, at)[0] + 16)
    collection = tmp_path / "x.ttc"
    collection.write_bytes(moved)
    assert characters_of(str(collection)) == characters_of(FONTS[2])


def draw(character: str) -> bytes:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text y="30">{character}</text></svg>'
    svg = svg.replace("<text", '<text font-family="Noto Serif" font-weight="700" font-size="20"')
    return resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=FONTS)


def test_what_counts_as_covered_is_drawn_and_the_rest_is_not():
    nothing = draw("")
    for character in "aŁשمΩЖ€”é":
        assert without_missing(character, FONTS)
        assert draw(character) != nothing
    for character in "東ภ🚀ư":
        assert not without_missing(character, FONTS)
        assert draw(character) == nothing
