"""What the desk shows of an expunged dispatch, and that nothing brings it back: no form, draft, undo or button."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from factories import DESK, dispatch_of, make_dispatch, make_report, publish

from dispatches import desk
from dispatches.admin import undo
from dispatches.history import revisions
from dispatches.models import Dispatch, Revision
from dispatches.public.models import Edition
from sources.models import Report
from tests.dispatches.admin.test_dispatches import form_of, messages_of

pytestmark = pytest.mark.django_db

ORDER = "By order of a court."


@pytest.fixture
def form():
    """What an editor's open form of a published dispatch would post; the dispatch is expunged meanwhile."""
    dispatch = dispatch_of(publish(headline="Quicksilver"))
    return dispatch, form_of(dispatch, body="Quicksilver again")


def address_of(obj, name="change"):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{name}", args=[obj.pk])


def expunge(dispatch, actor=DESK):
    desk.expunge(dispatch=dispatch, actor=actor, note=ORDER)


def test_the_confirmation_says_what_is_deleted(desk_client):
    dispatch = make_dispatch(make_report(), make_report())
    desk.publish(dispatch=dispatch, actor=DESK)
    desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")
    page = desk_client.get(address_of(dispatch, "expunge")).text
    for words in ("the text of 2 editions", "the working copy", "2 reports", "None of this can be undone"):
        assert words in page
    response = desk_client.post(address_of(dispatch, "expunge"), {"note": ORDER, "version": "2"}, follow=True)
    assert "Its addresses show" in messages_of(response)
    assert Dispatch.objects.get().headline == "Expunged"


@pytest.mark.parametrize("becomes", ["a draft", "scheduled", "set aside"])
def test_a_draft_is_expunged_after_its_losses_were_told(desk_client, becomes):
    dispatch = make_dispatch(make_report(), make_report(), headline="Quicksilver")
    desk.comment(work=dispatch, actor=User.objects.create_superuser("a-chief"), text="A remark.")
    if becomes == "scheduled":
        desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=1))
    if becomes == "set aside":
        desk.set_aside(dispatch=dispatch, actor=DESK)
    page = desk_client.get(address_of(dispatch, "expunge-draft")).text
    for words in ("the working copy", "1 comment on it", "2 reports", "None of this can be undone"):
        assert words in page
    assert ("what is scheduled for" in page) is (becomes == "scheduled")
    assert "from the site" not in page
    assert "()" not in page
    version = page.split('name="version"')[1].split('value="')[1].split('"')[0]
    response = desk_client.post(address_of(dispatch, "expunge-draft"), {"version": version}, follow=True)
    assert "Readers never saw it" in messages_of(response)
    page = desk_client.get(address_of(dispatch)).text
    assert "It was expunged" in page
    for words in ("Quicksilver", 'value="expunge-draft"', 'value="bring-back"', 'value="set-aside"'):
        assert words not in page
    drafts = reverse("admin:dispatches_dispatch_changelist")
    assert [
        len(desk_client.get(f"{drafts}?state={state}").context["cl"].result_list) for state in ("draft", "aside")
    ] == [0, 1]
    assert "Expunged" in desk_client.get(f"{drafts}?state=aside").text
    assert "Quicksilver" not in desk_client.get(reverse("admin:index")).text


def test_its_page_says_when_why_and_by_whom(desk_client):
    dispatch = dispatch_of(publish(headline="Quicksilver", tldr="Quicksilver in brief."))
    expunge(dispatch, User.objects.create_superuser("a-chief"))
    page = desk_client.get(address_of(dispatch)).text
    for words in ("It was expunged", "by a-chief", ORDER, "data-discards"):
        assert words in page
    for words in ("Quicksilver", 'name="headline"', 'name="_save"', 'value="preview"', "Signal</h2>"):
        assert words not in page
    assert address_of(dispatch, "preview") not in page
    assert "Quicksilver" not in desk_client.get(address_of(dispatch, "history")).text
    assert "Expunged" in desk_client.get(reverse("admin:dispatches_dispatch_changelist")).text


@pytest.mark.parametrize("how", [{}, {"_recover": "1"}, {"_restore": "1"}, {"_verb": "update"}])
def test_a_form_that_was_open_saves_nothing(desk_client, form, how):
    dispatch, data = form
    expunge(dispatch)
    response = desk_client.post(address_of(dispatch), data | how, follow=True)
    assert "What you sent is not saved" in messages_of(response)
    assert "Quicksilver" not in response.text
    assert Dispatch.objects.get().body == ""
    assert len(revisions.of(dispatch)) == 1


def test_a_draft_of_its_add_form_makes_no_second_one(desk_client, editor):
    blank = make_dispatch(headline="Quicksilver")
    data = form_of(blank, _version="", _local_draft="a-draft")
    blank.delete()
    add = reverse("admin:dispatches_dispatch_add")
    desk_client.post(add, data)
    dispatch = Dispatch.objects.get()
    desk.cite(dispatch=dispatch, report=make_report(), actor=DESK)
    desk.publish(dispatch=dispatch, actor=DESK)
    expunge(dispatch)
    response = desk_client.post(add, data, follow=True)
    assert "What you sent is not saved" in messages_of(response)
    assert Dispatch.objects.count() == 1
    others = [{"object_id": each, "number": 1, "local_draft": f"later-{each}"} for each in range(1_000, 1_020)]
    Revision.objects.bulk_create(
        Revision(of="dispatches.dispatch", saved_by=editor, content={}, **fields) for fields in others
    )
    assert 'data-draft="a-draft"' in desk_client.get(address_of(dispatch)).text


@pytest.mark.parametrize(
    "name", ["restore", "expunge", "update", "correct", "hold", "set-aside", "bring-back", "live", "expunge-draft"]
)
def test_no_button_works_any_more(desk_client, name):
    dispatch = dispatch_of(publish())
    expunge(dispatch)
    response = desk_client.post(address_of(dispatch, name), {"note": "It stands.", "version": "2"})
    assert response.status_code == 403
    assert [edition.headline for edition in Edition.objects.live()] == ["Expunged"]


def test_nothing_that_was_done_to_it_or_its_report_is_undone(desk_client, editor, rf):
    report = make_report(title="Quicksilver")
    dispatch = dispatch_of(publish(report))
    Dispatch.objects.filter(pk=dispatch.pk).update(set_aside_at=timezone.now())
    request = rf.get("/")
    request.user = editor
    done = [[report.pk, report.reviewed_at.isoformat()]]
    offers = [undo.offer(request, "", "review", done), undo.offer(request, "", "bring-back", [[dispatch.pk, ""]])]
    expunge(dispatch)
    for offer in offers:
        token = offer.split('name="done" value="')[1].split('"')[0]
        response = desk_client.post(reverse("admin:dispatches_dispatch_undo"), {"done": token}, follow=True)
        assert "Undone: 0." in messages_of(response)
    assert Report.objects.get().review == "accepted"


def test_its_reports_can_only_be_looked_at(desk_client):
    report = make_report(title="Quicksilver", url="https://a.example/quicksilver")
    expunge(dispatch_of(publish(report)))
    page = desk_client.get(address_of(report)).text
    assert "It was expunged" in page
    for words in ("uicksilver", 'name="title"', 'name="_save"', "File dispatch", "Add to dispatch"):
        assert words not in page
    response = desk_client.post(address_of(report), {"title": "Quicksilver"}, follow=True)
    assert "What you sent is not saved" in messages_of(response)
    for name in ("accept", "file", "add-to"):
        assert desk_client.post(address_of(report, name)).status_code in {302, 403}
    other = make_report(accepted=False)
    action = {"action": "reject_selected", "_selected_action": [report.pk, other.pk], "reason": "Quicksilver"}
    desk_client.post(reverse("admin:sources_report_changelist"), action)
    reports = Report.objects.order_by("pk").values_list("title", "review")
    assert list(reports) == [("Expunged", "accepted"), (other.title, "rejected")]
