"""A dispatch's page and every list say what readers have, what is saved and what is scheduled, and what resolves it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from factories import DESK, change, develop, dispatch_of, make_dispatch, make_report, publish
from three_states import assert_page_is_true
from time_machine import travel

from dispatches import desk
from dispatches.admin.dispatch_verbs import VERBS
from dispatches.desk.states import read_states
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from tests.dispatches.admin.test_dispatches import form_of, messages_of, press

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def at():
    return (timezone.now() + HOUR).replace(second=0, microsecond=0)


@pytest.fixture
def updating(at):
    """A live dispatch with an update of its TL;DR scheduled."""
    dispatch = change(dispatch_of(publish(tldr="It is so.", headline="The port")), tldr="It was so.")
    desk.schedule(dispatch=dispatch, actor=DESK, at=at)
    return Dispatch.objects.get(pk=dispatch.pk)


def page_of(client, dispatch, name="change", **query):
    return client.get(reverse(f"admin:dispatches_dispatch_{name}", args=[dispatch.pk]), query)


def status_of(client, dispatch) -> str:
    """Return the words of the status, and the buttons in it."""
    section = page_of(client, dispatch).text.split('id="desk-status"')[1].split("</section>")[0]
    return " ".join(re.sub("<[^>]*>", " ", section.split(">", 1)[1]).split())


def buttons_of(client, dispatch) -> list[str]:
    section = page_of(client, dispatch).text.split('id="desk-status"')[1].split("</section>")[0]
    return re.findall(r'class="button" href="[^"]*/do/([\w-]+)/"', section)


def listed(client, **query) -> list[str]:
    page = client.get(reverse("admin:dispatches_dispatch_changelist"), query).text
    return [re.sub("<[^>]*>", "", row) for row in re.findall(r'<span class="desk-states">(.*?)</td>', page)]


def confirm(client, dispatch, verb, **data):
    page = page_of(client, dispatch, verb)
    return client.post(page.request["PATH_INFO"], {"version": page.context["version"]} | data, follow=True)


def test_a_draft_says_that_readers_have_nothing(desk_client):
    dispatch = make_dispatch()
    assert "Live Nothing yet: readers don’t see it." in status_of(desk_client, dispatch)
    assert buttons_of(desk_client, dispatch) == ["publish"]
    assert listed(desk_client) == ["Draft"]


def test_saved_changes_of_what_is_live_are_named_with_who_saved_and_what_resolves_it(desk_client, editor):
    dispatch = dispatch_of(publish(headline="Old", tldr="Old."))
    assert "Readers have what is saved." in status_of(desk_client, dispatch)
    assert buttons_of(desk_client, dispatch) == []
    with desk.saving(dispatch, actor=editor):
        dispatch.headline = dispatch.tldr = "New"
        dispatch.save()
    said = status_of(desk_client, dispatch)
    assert f"by {editor.username}." in said
    assert "Readers don’t have your latest changes: Headline, TL;DR." in said
    assert "edition 1 , Developing" in said
    assert buttons_of(desk_client, dispatch) == ["update", "schedule-update", "discard"]
    assert listed(desk_client)[0].endswith(", edition 1 · Saved changes readers don’t have")


def test_an_update_to_come_is_told_apart_from_what_is_live_and_from_what_is_saved(desk_client, updating):
    said = status_of(desk_client, updating)
    assert "What is saved now will go live." in said
    assert "edition 2, Developing. It will change: TL;DR." in said
    assert buttons_of(desk_client, updating) == ["move", "call-off", "return-to-live"]
    change(updating, headline="The harbour")
    said = status_of(desk_client, updating)
    assert "The scheduled edition differs from what is saved: Headline." in said
    assert buttons_of(desk_client, updating) == [
        "reschedule",
        "update",
        "discard",
        "move",
        "call-off",
        "return-to-live",
    ]
    line = listed(desk_client)[0]
    assert "Live since" in line
    assert "Update scheduled for" in line
    assert "Saved changes not scheduled" in line
    newsroom = desk_client.get("/desk/").text
    assert "The scheduled edition differs from what is saved." in newsroom
    assert "Update scheduled for" in newsroom


def test_a_correction_shows_what_becomes_of_what_is_scheduled_before_it_is_pressed(desk_client, updating, at):
    page = press(desk_client, updating, "correct", headline="The harbour")
    assert "The <del>port</del><ins>harbour</ins>" in page.text
    assert "was so" not in page.text.split("What is scheduled for")[0].split("desk-consequence")[1]
    assert "with the change carried into it" in page.text
    assert "It <del>is</del><ins>was</ins> so." in page.text.split("What it will change then")[1]
    done = desk_client.post(
        page.request["PATH_INFO"], {"version": page.context["version"], "note": "Not the port."}, follow=True
    )
    assert "has the change too" in messages_of(done)
    assert [(each.headline, each.tldr) for each in Edition.objects.live()] == [("The harbour", "It is so.")]
    assert [(each.headline, each.tldr) for each in Edition.objects.live(at)] == [("The harbour", "It was so.")]
    assert_page_is_true(updating)


@pytest.mark.parametrize("verb", ["update", "correct", "clarify"])
def test_what_would_publish_what_waits_is_refused_in_words(desk_client, updating, verb):
    refused = press(desk_client, updating, verb, tldr="It was thus.")
    assert "TL;DR: you changed the same words as the edition scheduled" in messages_of(refused)
    page = page_of(desk_client, updating, verb)
    assert "This can’t be published yet" in page.text
    assert Edition.objects.live().get().tldr == "It is so."


def test_a_withdrawal_says_that_it_cancels_what_is_scheduled(desk_client, updating, at):
    assert "Also cancels what is scheduled" in page_of(desk_client, updating, "withdraw").text
    done = confirm(desk_client, updating, "withdraw", note="It was wrong.")
    assert "is canceled" in messages_of(done)
    assert Edition.objects.live(at).get().is_withdrawn
    assert "Live Withdrawn since" in status_of(desk_client, updating)
    assert listed(desk_client) == ["Withdrawn"]


def test_canceling_and_another_time_say_what_stays(desk_client, updating, at):
    change(updating, headline="The harbour")
    page = page_of(desk_client, updating, "move")
    assert "Only the time changes" in page.text
    assert "What was saved since stays unscheduled" in page.text
    local = timezone.localtime(at + HOUR)
    confirm(desk_client, updating, "move", at_0=f"{local:%Y-%m-%d}", at_1=f"{local:%H:%M:%S}")
    assert Edition.objects.pending().get().live_at == at + HOUR
    page = page_of(desk_client, updating, "call-off")
    assert "Readers keep edition 1." in page.text
    done = confirm(desk_client, updating, "call-off")
    assert "Readers keep what they have" in messages_of(done)
    assert not Edition.objects.pending().exists()
    assert_page_is_true(updating)


def test_an_update_is_scheduled_from_the_page_with_its_note(desk_client, at):
    dispatch = dispatch_of(publish(tldr="It is so."))
    page = press(desk_client, dispatch, "schedule-update", tldr="It was so.")
    assert "It <del>is</del><ins>was</ins> so." in page.text
    local = timezone.localtime(at)
    data = {"at_0": f"{local:%Y-%m-%d}", "at_1": f"{local:%H:%M:%S}", "note": "It ended."}
    done = confirm(desk_client, dispatch, "schedule-update", **data)
    assert "Scheduled." in messages_of(done)
    edition = Edition.objects.pending().get()
    assert (edition.tldr, edition.note, edition.live_at) == ("It was so.", "It ended.", at)
    assert "It ended.</textarea>" in page_of(desk_client, dispatch, "reschedule").text


def test_discarding_shows_what_is_lost_and_brings_back_what_was_issued(desk_client):
    dispatch = dispatch_of(publish(tldr="It is so."))
    change(dispatch, tldr="It was so.")
    step = develop(dispatch, "It moved")
    desk.cite(dispatch=dispatch, report=make_report(), development=step, actor=DESK)
    page = page_of(desk_client, dispatch, "discard")
    assert "It <del>was</del><ins>is</ins> so." in page.text
    assert "1 citation of developments that are discarded is removed with them." in page.text
    done = confirm(desk_client, dispatch, "discard")
    assert "Discarded. The saved text is the live one again." in messages_of(done)
    dispatch.refresh_from_db()
    assert (dispatch.tldr, dispatch.developments.count()) == ("It is so.", 0)
    assert not [button for button in buttons_of(desk_client, dispatch) if button == "discard"]


def test_what_nothing_supports_any_more_is_called_off_and_the_page_says_so(desk_client):
    report = make_report()
    dispatch = make_dispatch(report)
    desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + HOUR)
    desk.retract_report(report=report, actor=DESK)
    assert "no report supports it any more" in status_of(desk_client, dispatch)
    assert "Called off: nothing supported it any more" in page_of(desk_client, dispatch).text
    desk.cite(dispatch=dispatch, report=make_report(), actor=DESK)
    desk.publish(dispatch=dispatch, actor=DESK)
    assert "no report supports it any more" not in status_of(desk_client, dispatch)


def test_the_preview_shows_each_state_by_a_switch(desk_client, updating):
    change(updating, tldr="It is unsaid.")
    shown = {}
    for state in ("live", "saved", "scheduled"):
        page = page_of(desk_client, updating, "frame", state=state)
        assert f'href="?state={state}" aria-current="true"' in page.text
        shown[state] = desk_client.get(page.context["page_address"]).text
    for state, tldr in {"live": "It is so.", "saved": "It is unsaid.", "scheduled": "It was so."}.items():
        assert f"<p>{tldr}</p>" in shown[state]
    draft = page_of(desk_client, make_dispatch(), "frame", state="live")
    assert "?state=live" not in draft.text
    assert draft.context["shown"] == "saved"


def test_saving_says_so_if_it_changed_the_signal(desk_client):
    dispatch = dispatch_of(publish())
    data = form_of(dispatch, claim_kind="event", _continue="1")
    data |= {"citations-TOTAL_FORMS": 1, "citations-0-report": make_report().pk, "citations-0-stance": "supports"}
    data |= {"citations-0-position": 9}
    page = desk_client.post(reverse("admin:dispatches_dispatch_change", args=[dispatch.pk]), data, follow=True)
    assert "Saving changed the Signal: readers now see it rated Strong." in messages_of(page)
    assert "changed the Signal" not in messages_of(press(desk_client, dispatch, "preview"))


def test_pressing_a_button_of_a_page_that_was_open_when_the_update_went_live_does_nothing(desk_client, updating, at):
    version = page_of(desk_client, updating, "correct").context["version"]
    with travel(at + HOUR):
        address = reverse("admin:dispatches_dispatch_correct", args=[updating.pk])
        page = desk_client.post(address, {"version": version, "note": "It was wrong."}, follow=True)
        assert "Another edition was published since you opened this page" in page.text
        assert Edition.objects.live().get().number == 2


def test_the_status_and_the_buttons_cost_few_queries(updating, django_assert_max_num_queries):
    dispatch = change(updating, headline="The harbour")
    dispatch = Dispatch.objects.select_related("section", "story").get(pk=dispatch.pk)
    with django_assert_max_num_queries(4):
        assert read_states(dispatch).unpublished
    with django_assert_max_num_queries(3):
        dispatch.remember_editions()
        assert [verb for verb in VERBS if verb.offered(dispatch)]
