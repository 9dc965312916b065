"""Help for writing: the rendered body, and the dispatches to refer to."""

from datetime import timedelta

import pytest
from django.utils import timezone
from factories import DESK, dispatch_of, make_dispatch, publish

from dispatches import desk

pytestmark = pytest.mark.django_db

PROSE, REFERENCES = "/desk/dispatches/dispatch/prose/", "/desk/dispatches/dispatch/references/"


def names(client, query):
    return [each["name"] for each in client.get(REFERENCES, {"q": query}).json()["found"]]


def test_the_body_is_shown_as_readers_will_see_it(desk_client):
    edition = publish(slug="the-port", at=timezone.now() - timedelta(days=2))
    shown = desk_client.post(PROSE, {"body": "**Strong**, [[the-port]].\n\n<script>x</script>\n\n[[nowhere]]"}).text
    assert "<strong>Strong</strong>" in shown
    assert f'<a href="{edition.get_absolute_url()}">' in shown
    assert "<script>" not in shown
    assert "[[nowhere]]" in shown
    assert "no dispatch that readers can read now" in shown


def test_a_text_without_end_is_refused(desk_client):
    assert desk_client.post(PROSE, {"body": "x" * 100_001}).status_code == 400


def test_only_what_readers_can_read_is_offered(desk_client):
    publish(headline="The port is closed", slug="port-closed")
    make_dispatch(headline="The port, a draft", slug="port-draft")
    coming = make_dispatch(headline="The port to come", slug="port-to-come")
    desk.schedule(dispatch=coming, actor=DESK, at=timezone.now() + timedelta(hours=1))
    gone = dispatch_of(publish(headline="The port, withdrawn", slug="port-gone"))
    desk.withdraw(dispatch=gone, actor=DESK, note="x")
    assert names(desk_client, "port") == ["port-closed"]
    assert names(desk_client, "Nothing like it") == []


def test_a_slug_that_two_have_is_offered_with_its_day(desk_client):
    now = timezone.now()
    first, second = (publish(slug="port", at=now - timedelta(days=days)) for days in (2, 1))
    assert names(desk_client, "port") == [f"{second.dated}/port", f"{first.dated}/port"]
