"""Near copies: what is measured, and what is ignored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.lineage.nearcopy import COPIED, FINGERPRINTS, Text, compare, facts_of, fingerprints_of, own_words_of

QUOTE = "“We have never lost a crane before, and I have been here for thirty-one years in sun and in rain,” he said."
ONE = (
    "The port of Haifa stopped loading grain on Tuesday after a crane fell on the eastern quay, the authority said. "
    "Ships that wait in the bay will be sent to Ashdod until the wreck has been cut up, which takes nine days."
)
OTHER = (
    "A crane came down in Haifa yesterday and for a week nothing will be unloaded there. Farmers in the Jezreel valley "
    "have enough for a fortnight. The union blames the operator, Gadot, and calls its members out for Thursday."
)


def is_copy(one: str, other: str) -> bool:
    return compare(Text(one), Text(other)).is_copy


def test_a_copy_is_found_within_other_text():
    assert is_copy(ONE, f"Good evening. {ONE} Our own reporter adds that the sea is calm. All rights reserved.")
    assert is_copy(ONE.upper(), ONE)


def test_a_shared_quotation_is_not_a_copy():
    assert compare(Text(f"{ONE} {QUOTE}"), Text(f"{OTHER} {QUOTE}")).share < 0.1
    assert not is_copy(f"{ONE} {QUOTE} {QUOTE}", f"{OTHER} {QUOTE} {QUOTE}")


PASSAGE = (
    "The collapse of the Levant crane on the eastern quay of Haifa halted the unloading of wheat from the bulk carrier "
    "Ardent, which had arrived from Odessa with 31,000 tonnes for the mills of the north. The Haifa Port Company had "
    "ordered the crane in 1988 and moved it twice, the last time in 2014, when Gadot took over the grain terminal from "
    "Dagon under a contract that runs until 2039. Four ships with barley from Constanta and maize from Santos were "
    "sent on to Ashdod, where the silos of Ruthenberg hold 60,000 tonnes and are three quarters full."
)


def news(chance: int) -> str:
    """Return 220 words that differ from those of any other number."""
    return " ".join(f"word{chance}x{number} and" for number in range(110))


def test_a_version_that_keeps_passages_is_a_copy_though_little_of_the_whole_is_alike():
    one, other = f"{news(1)}. {PASSAGE} {news(2)}.", f"{news(3)}. {PASSAGE} {news(4)}."
    assert compare(Text(one), Text(other)).share < COPIED
    assert is_copy(one, other)
    # The same words in shorter runs are set phrases.
    words = PASSAGE.split()
    runs = [" ".join(words[start : start + 20]) for start in range(0, len(words), 20)]
    one, other = (f"{news(number)}. {f' x{number} '.join(runs)} {news(number + 1)}." for number in (1, 3))
    assert not is_copy(one, other)


STATEMENT = " ".join(PASSAGE.split()[:36]) + "."
NOTICE = (
    "If you are affected by anything in this report, help and support are available around the clock, in confidence "
    "and free of charge, from the organisations named below, and from your own doctor."
)
WEATHER = "Haifa 31, Eilat 38, Acre 30, Safed 27, Jerusalem 29, Netanya 30, Ashdod 31, Tiberias 36, Nazareth 30."


@pytest.mark.parametrize(
    "common", [STATEMENT, f"{STATEMENT} {NOTICE}", WEATHER, f"“{PASSAGE}”", f'"{PASSAGE}"', NOTICE * 3]
)
def test_what_independent_reports_share_is_no_version(common):
    assert not is_copy(f"{news(1)}. {common} {news(2)}.", f"{news(3)}. {common} {news(4)}.")


def test_a_list_of_figures_is_nobody_s_words():
    assert own_words_of(f"It rains. {WEATHER} It is wet.") == ["it", "rains", "it", "is", "wet"]


def test_an_odd_quotation_mark_leaves_the_rest():
    text = 'He was 6" tall. She said "it rains in the north of it" and went to see "the old port" there.'
    assert " ".join(own_words_of(text)) == "he was 6 tall she said and went to see the old port there"


@pytest.mark.parametrize("marks", ["“{}”", '"{}"', "„{}“", "«{}»"])
def test_quotations_of_every_kind_are_left_out(marks):
    quoted = marks.format("this is what somebody has said about it")
    assert own_words_of(f"He spoke: {quoted} and went.") == ["he", "spoke", "and", "went"]


def test_boilerplate_is_left_out():
    assert own_words_of("It rains. Sign up for our newsletter. Follow us on Facebook!") == ["it", "rains"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Norland reports a record 4,120 new cases in the past 24 hours, bringing the total to 90,331.",
            "Astoria reports a record 2,870 new cases in the past 24 hours, bringing the total to 51,007.",
        ),
        (
            "A magnitude 5.1 earthquake struck off the coast of Norland. There were no reports of damage or injuries.",
            "A magnitude 4.4 earthquake struck off the coast of Astoria. There were no reports of damage or injuries.",
        ),
    ],
)
def test_set_phrases_with_other_figures_and_names_are_no_copies(one, other):
    assert compare(Text(one), Text(other)).share > 0.4
    assert not is_copy(one, other)


def test_short_texts_are_copies_only_if_all_is_the_same():
    assert not is_copy("Sirens in Haifa and in the north.", "Sirens in Haifa and in the south.")
    words = "sirens were heard in haifa and in the north of the country again this evening at ten"
    assert is_copy(words, words)


def test_the_longest_run_is_the_evidence():
    assert compare(Text(ONE), Text(f"Elsewhere {ONE[40:150]} and more")).run.startswith("on tuesday after a crane fell")


def test_figures_and_names_are_facts():
    assert facts_of("On Monday the AP said 3.5% of Haifa’s 1,200 ships left.") == {"ap", "3.5", "haifa’s", "1,200"}


@given(st.text(max_size=400), st.text(max_size=400))
def test_similarity_does_not_depend_on_the_order(one, other):
    there, back = compare(Text(one), Text(other)), compare(Text(other), Text(one))
    assert 0 <= there.share <= 1
    assert len(fingerprints_of(one)) <= FINGERPRINTS
    assert len(Text(one).own) != len(Text(other).own) or there.words == back.words
    assert len(Text(one).own) == len(Text(other).own) or there == back
