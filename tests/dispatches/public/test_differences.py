"""Differences are shown in whole words and whole characters, of every script."""

import pytest

from dispatches.public.differences import compare

CHANGES = [
    ("Flag 🇮🇱 raised", "Flag 🇮🇷 raised", ["🇮🇱", "🇮🇷"]),
    ("He said שָׁלוֹם to them", "He said שָׁלֵם to them", ["שָׁלוֹם", "שָׁלֵם"]),
    ("A family 👨‍👩‍👧 came", "A family 👨‍👩‍👦 came", ["👨‍👩‍👧", "👨‍👩‍👦"]),
    ("ok 👍🏽 then", "ok 👍🏿 then", ["👍🏽", "👍🏿"]),
    ("हिन्दी समाचार", "हिन्दू समाचार", ["हिन्दी", "हिन्दू"]),
    ("un e\u0301te chaud", "un e\u0300te chaud", ["e\u0301te", "e\u0300te"]),
    ("1️⃣ of them", "2️⃣ of them", ["1️⃣", "2️⃣"]),
    ("the مُحَمَّد prize", "the مُحَمَّدِ prize", ["مُحَمَّد", "مُحَمَّدِ"]),
    ("an inter\u00adnational port", "an international port", ["inter\u00adnational", "international"]),
    ("می\u200cخواهم now", "می\u200cخواهد now", ["می\u200cخواهم", "می\u200cخواهد"]),
]


@pytest.mark.parametrize(("before", "after", "changed"), CHANGES)
def test_what_changed_is_a_whole_word_or_character(before, after, changed):
    assert [piece.text for piece in compare(before, after) if piece.kind] == changed
