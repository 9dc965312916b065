"""Near copies: what is measured, and what is ignored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.lineage.nearcopy import FINGERPRINTS, Text, compare, facts_of, fingerprints_of, own_words_of

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
