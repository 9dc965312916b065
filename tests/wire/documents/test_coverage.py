"""A preview image has the whole headline, or none on purpose."""

from datetime import UTC, datetime

import pytest
import resvg_py

from dispatches.public.models import Edition, Section
from wire.documents.cards import FONTS, draw_card
from wire.documents.coverage import without_missing


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


def test_a_card_has_its_headline_or_none():
    def card(headline: str) -> bytes:
        at = datetime(2026, 6, 25, 10, tzinfo=UTC)
        return draw_card(Edition(headline=headline, section=Section(name="The Ledger"), live_at=at, rung=1))

    assert card("The 東京 summit") == card("東京で首脳会談")
    assert card("🚀 Rocket") == card("Rocket") != card("東京")


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
