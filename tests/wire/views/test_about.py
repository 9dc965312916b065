"""The corrections page."""

from datetime import timedelta

import pytest
from django.utils import timezone
from factories import DESK, dispatch_of, make_dispatch, publish

from dispatches import desk
from dispatches.public.models import Edition

pytestmark = pytest.mark.django_db


def test_everything_that_was_wrong_is_listed_newest_first(client):
    dispatch = dispatch_of(publish(headline="The story"))
    desk.update(dispatch=dispatch, actor=DESK, note="Only more of it.")
    desk.correct(dispatch=dispatch, actor=DESK, note="Not ten, but twelve.")
    desk.clarify(dispatch=dispatch, actor=DESK, note="Twelve in all.")
    desk.withdraw(dispatch=dispatch, actor=DESK, note="It was not so.")
    desk.restore(dispatch=dispatch, actor=DESK, note="It was so.")
    page = client.get("/corrections/").text
    places = [page.index(words) for words in ("It was so.", "It was not so.", "Twelve in all.", "Not ten, but twelve.")]
    assert places == sorted(places)
    assert "Only more of it." not in page
    for words in ("Correction", "Clarification", "Withdrawal", "Restored", "Jerusalem time"):
        assert words in page
    assert "/corrections/" in client.get("/").text


def test_what_is_to_come_is_not_listed(client):
    dispatch = make_dispatch()
    desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=1))
    Edition.objects.update(kind="correction", is_notice=True, note="To come")
    page = client.get("/corrections/").text
    assert "To come" not in page
    assert "Nothing has been corrected yet." in page


def test_the_list_has_pages_and_no_more_than_there_are(client):
    dispatch = dispatch_of(publish())
    for number in range(31):
        desk.correct(dispatch=dispatch, actor=DESK, note=f"Number {number}.")
    older = client.get("/corrections/").context["older"]
    page = client.get(f"/corrections/?before={older}")
    assert [edition.note for edition in page.context["editions"]] == ["Number 0."]
    assert page.context["older"] is None
    assert "There are no older corrections." in client.get("/corrections/?before=0_0").text
    assert client.get("/corrections/?before=x").status_code == 404
