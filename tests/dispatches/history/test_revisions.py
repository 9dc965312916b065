"""Every save is in the history, and two edits are merged without losing anything."""

from datetime import UTC, datetime

import pytest
from factories import cite, develop, make_dispatch, make_report
from hypothesis import given
from hypothesis import strategies as st

from dispatches import desk
from dispatches.history import revisions
from dispatches.history.merging import merge, merge_values
from dispatches.models import Dispatch, Revision
from dispatches.public.differences import compare

WHEN = datetime(2026, 6, 25, 20, 20, tzinfo=UTC)


@pytest.mark.django_db
def test_a_save_is_kept_with_who_when_and_what(editor):
    dispatch = make_dispatch(headline="First")
    with desk.saving(dispatch, actor=editor):
        dispatch.headline = "Second"
        dispatch.save()
    after, before = revisions.of(dispatch)
    assert (before.content[""][""]["headline"], before.saved_by) == ("First", None)
    assert (after.content[""][""]["headline"], after.saved_by, after.number) == ("Second", editor, 2)


@pytest.mark.django_db
def test_a_save_that_changes_nothing_is_no_revision(editor):
    dispatch = make_dispatch()
    for _ in range(2):
        with desk.saving(dispatch, actor=editor):
            dispatch.save()
    assert revisions.of(dispatch).count() == 1


@pytest.mark.django_db
def test_what_belongs_to_a_dispatch_is_in_its_revision():
    dispatch = make_dispatch()
    step = develop(dispatch, "A step", WHEN)
    citation = cite(dispatch, make_report(), development=step)
    content = revisions.read_content(dispatch)
    assert content["developments"][str(step.pk)]["text"] == "A step"
    assert content["citations"][str(citation.pk)]["development"] == step.pk
    assert "dispatch" not in content["citations"][str(citation.pk)]


@pytest.mark.django_db
def test_revisions_outlive_what_they_are_of(editor):
    dispatch = make_dispatch(headline="Not for ever")
    with desk.saving(dispatch, actor=editor):
        dispatch.save()
    Dispatch.objects.all().delete()
    assert Revision.objects.get().content[""][""]["headline"] == "Not for ever"


def content(**fields):
    return {"": {"": fields}}


def test_what_only_one_has_changed_is_taken_from_that_one():
    base, theirs, mine = content(a=1, b=1), content(a=2, b=1), content(a=1, b=3)
    merged, differences = merge(base, theirs, mine)
    assert merged == content(a=2, b=3)
    assert [(each.field, each.is_conflict) for each in differences] == [("a", False), ("b", False)]


def test_where_both_have_changed_mine_is_proposed_and_theirs_stands_beside_it():
    merged, (difference,) = merge(content(a="x"), content(a="theirs"), content(a="mine"))
    assert merged == content(a="mine")
    assert (difference.theirs, difference.mine, difference.is_conflict) == ("theirs", "mine", True)


def rows(**fields):
    return {"steps": {row: {"text": text} for row, text in fields.items()}}


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "merged"),
    [
        pytest.param({"a": "x"}, {"a": "x", "b": "y"}, {"a": "x"}, {"a": "x", "b": "y"}, id="they added one"),
        pytest.param({"a": "x"}, {"a": "x"}, {"a": "x", "n": "y"}, {"a": "x", "n": "y"}, id="I added one"),
        pytest.param({"a": "x"}, {"a": "x", "b": "y"}, {"a": "x", "n": "y"}, {"a": "x", "b": "y"}, id="both the same"),
        pytest.param({"a": "x"}, {}, {"a": "x"}, {}, id="they removed it"),
        pytest.param({"a": "x"}, {"a": "x"}, {}, {}, id="I removed it"),
        pytest.param({"a": "x"}, {}, {"a": "y"}, {"a": "y"}, id="they removed what I changed"),
        pytest.param({"a": "x"}, {"a": "y"}, {}, {"a": "y"}, id="I removed what they changed"),
    ],
)
def test_rows_are_merged(base, theirs, mine, merged):
    assert merge(rows(**base), rows(**theirs), rows(**mine))[0] == rows(**merged)


lines = st.lists(st.sampled_from(["a", "b", "c", "d", ""]), max_size=6).map("\n".join)


@given(lines, lines, lines)
def test_every_line_that_somebody_added_is_in_the_merged_text_or_beside_it(base, theirs, mine):
    merged = merge_values(base, theirs, mine)
    for text in (theirs, mine):
        added = set(text.split("\n")) - set(base.split("\n"))
        # In a conflict, mine is proposed and the form shows all of theirs.
        assert merged == mine or added <= set(merged.split("\n"))


@given(lines, lines)
def test_an_edit_of_one_side_only_is_that_side(base, mine):
    assert merge_values(base, base, mine) == merge_values(base, mine, base) == merge_values(base, mine, mine) == mine


@given(lines, lines)
def test_a_difference_tells_both_texts(before, after):
    pieces = compare(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "ins") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "del") == after


def test_a_rewritten_sentence_reads_as_one_change():
    pieces = compare(
        "The city says the tender stays open, with more days. Yes.", "The change will cost four months. Yes."
    )
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("", "The "),
        ("del", "city says the tender stays open, with more days"),
        ("ins", "change will cost four months"),
        ("", ". Yes."),
    ]
    assert [piece.text for piece in compare("He paid 5 and sold 6.", "He paid 7 and sold 8.") if piece.kind] == list(
        "5768"
    )
