"""The review queue: one press decides, and the next report is there."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from factories import make_report, make_section, make_source

from dispatches import desk
from dispatches.admin.review_queue import version_of
from sources.models import Proposal, Report
from tests.dispatches.desk.test_roles import as_

pytestmark = pytest.mark.django_db

QUEUE = "/desk/sources/report/review/"


def waiting_report(minutes: int, **fields) -> Report:
    """Make a pending report that arrived this long ago."""
    report = make_report(accepted=False, title=f"{minutes} minutes", **{"basis": "unknown"} | fields)
    Report.objects.filter(pk=report.pk).update(received_at=timezone.now() - timedelta(minutes=minutes))
    report.refresh_from_db()
    return report


def address(report: Report, whose: str = "") -> str:
    return f"/desk/sources/report/{report.pk}/review/{f'?with={whose}' if whose else ''}"


def press(client, report: Report, **posted):
    return client.post(address(report), {"version": version_of(report), **posted})


def said(client, response) -> str:
    return client.get(response.url, follow=True).content.decode()


@pytest.fixture
def colleague(django_user_model):
    user = django_user_model.objects.create_user("colleague", is_staff=True)
    user.groups.add(Group.objects.get(name="Editor"))
    return user


def test_the_longest_waiting_comes_first_and_each_leads_to_its_neighbors(desk_client):
    newest, oldest, middle = waiting_report(1), waiting_report(9), waiting_report(5)
    assert desk_client.get(QUEUE).url == address(oldest)
    page = desk_client.get(address(middle)).content.decode()
    assert "2 of 3 waiting" in page
    assert f'href="{address(newest)}" data-key="j"' in page
    assert f'href="{address(oldest)}" data-key="k"' in page


def test_after_the_last_one_the_queue_begins_again_and_an_empty_one_says_so(desk_client):
    first, last = waiting_report(9), waiting_report(1)
    assert press(desk_client, last, accept="1").url == address(first)
    assert press(desk_client, first, accept="1").url == QUEUE
    assert "Nothing is waiting for review." in desk_client.get(QUEUE).content.decode()


def test_a_report_is_accepted_with_the_basis_that_was_chosen(desk_client, editor):
    report = waiting_report(1)
    press(desk_client, report, accept="1", basis="own")
    report.refresh_from_db()
    assert (report.review, report.basis, report.reviewed_by) == ("accepted", "own", editor)


@pytest.mark.parametrize("basis", ["relay", "nonsense", ""])
def test_a_basis_that_says_too_little_is_refused_and_nothing_changes(desk_client, basis):
    report = waiting_report(1)
    page = press(desk_client, report, accept="1", basis=basis).content.decode()
    report.refresh_from_db()
    assert (report.review, report.basis) == ("pending", "unknown")
    assert "Choose how the report knows." in page


def test_a_report_is_rejected_for_a_ready_reason_or_another_but_not_without(desk_client):
    report, other = waiting_report(9), waiting_report(1)
    assert "Give a reason" in press(desk_client, report, reject="1", reason=" ").content.decode()
    press(desk_client, report, because="Not news for us.")
    press(desk_client, other, reject="1", reason="A rumor.\0")
    assert list(Report.objects.order_by("received_at").values_list("review", "review_reason")) == [
        ("rejected", "Not news for us."),
        ("rejected", "A rumor."),
    ]


def test_accepting_and_filing_opens_the_draft(desk_client):
    make_section()
    report = waiting_report(1)
    response = press(desk_client, report, **{"accept-file": "1"})
    draft = report.citations.get().dispatch
    assert response.url == f"/desk/dispatches/dispatch/{draft.pk}/change/"


def proposed(report: Report) -> Proposal:
    return Proposal.objects.create(report=report, relays=make_report(), kind=Proposal.Kind.COPY, evidence="the same")


def test_a_relay_is_confirmed_and_accepted_in_one_press(desk_client):
    report = waiting_report(1)
    proposal = proposed(report)
    press(desk_client, report, relay="1", proposal=proposal.pk)
    report.refresh_from_db()
    assert (report.review, report.basis, report.relays_id) == ("accepted", "relay", proposal.relays_id)


def test_a_report_that_is_no_relay_is_accepted_for_a_reason(desk_client):
    report = waiting_report(1)
    proposal = proposed(report)
    assert "Say why" in press(desk_client, report, own="1", proposal=proposal.pk).content.decode()
    press(desk_client, report, own="1", proposal=proposal.pk, because="Only set phrases match.")
    report.refresh_from_db()
    proposal.refresh_from_db()
    assert (report.review, report.basis) == ("accepted", "unknown")
    assert (proposal.state, proposal.reason) == (Proposal.State.CLEARED, "Only set phrases match.")


@pytest.mark.parametrize("how", ["accept", "relay", "own", "reject"])
def test_each_press_can_be_undone(desk_client, how):
    report = waiting_report(1)
    proposal = proposed(report)
    before = Report.objects.filter(pk=report.pk).values("review", "basis", "relays").get()
    fields = {} if how in {"accept", "reject"} else {"proposal": proposal.pk}
    page = said(desk_client, press(desk_client, report, **{how: "1", "reason": "A reason.", **fields, "basis": "own"}))
    assert Report.objects.get(pk=report.pk).review != "pending"
    token = page.split('name="done" value="')[1].split('"')[0]
    desk_client.post("/desk/dispatches/dispatch/undo/", {"done": token})
    assert Report.objects.filter(pk=report.pk).values("review", "basis", "relays").get() == before
    assert Proposal.objects.get(pk=proposal.pk).state == Proposal.State.OPEN


def test_nobody_accepts_a_text_they_have_not_seen(desk_client):
    report = waiting_report(1)
    seen = version_of(report)
    Report.objects.filter(pk=report.pk).update(text="Something else.")
    page = desk_client.post(address(report), {"version": seen, "accept": "1"}).content.decode()
    assert "Its text has changed since you opened this page." in page
    assert Report.objects.get().review == "pending"


def test_what_a_colleague_has_reviewed_meanwhile_is_left_alone(desk_client, colleague):
    report, following = waiting_report(9), waiting_report(1)
    desk.reject_report(report=report, actor=colleague, reason="A rumor.")
    response = press(desk_client, report, accept="1")
    assert response.url == address(following)
    page = said(desk_client, response)
    assert "Colleague has reviewed" in page
    report.refresh_from_db()
    assert report.review == "rejected"


def test_what_a_colleague_has_taken_is_passed_over_unless_all_are_asked_for(desk_client, editor, colleague):
    taken, mine, free = waiting_report(9), waiting_report(5), waiting_report(1)
    desk.take(work=taken, actor=colleague)
    desk.take(work=mine, actor=editor)
    first = {whose: desk_client.get(f"{QUEUE}?with={whose}").url for whose in ("", "me", "nobody", "all", "x")}
    assert first == {
        "": address(mine),
        "me": address(mine, "me"),
        "nobody": address(free, "nobody"),
        "all": address(taken, "all"),
        "x": address(mine),
    }


@pytest.fixture
def reviewer(django_user_model):
    """Return an editor who may not know confidential sources."""
    reviewer = django_user_model.objects.create_user("reviewer", is_staff=True)
    editors = Group.objects.get(name="Editor")
    reviewer.user_permissions.set(editors.permissions.exclude(codename="see_confidential"))
    return reviewer


def test_the_queue_has_no_report_of_a_source_that_a_user_may_not_know(reviewer):
    hidden = waiting_report(9, source=make_source(is_confidential=True))
    shown = waiting_report(1)
    client = as_(reviewer)
    assert client.get(QUEUE).url == address(shown)
    assert "1 of 1 waiting" in client.get(address(shown)).content.decode()
    assert client.get(address(hidden)).status_code == 404
    assert client.post(address(hidden), {"version": version_of(hidden), "accept": "1"}).status_code == 404


def test_the_queue_has_no_proposal_that_names_a_source_that_a_user_may_not_know(reviewer):
    report = waiting_report(1)
    hidden = make_source(name="Lighthouse", is_confidential=True)
    proposal = Proposal.objects.create(report=report, kind="credit", credits=hidden, evidence="(via Lighthouse)")
    client = as_(reviewer)
    assert "Lighthouse" not in client.get(address(report)).text
    page = press(client, report, relay="1", proposal=proposal.pk).text
    assert "decided already" in page
    assert "Lighthouse" not in page
    proposal.refresh_from_db()
    assert proposal.state == Proposal.State.OPEN


def test_a_page_of_the_queue_takes_as_many_queries_for_one_as_for_many(desk_client, django_assert_max_num_queries):
    report = waiting_report(1)
    for minutes in range(2, 12):
        waiting_report(minutes)
    desk_client.get(address(report))
    with django_assert_max_num_queries(26):
        desk_client.get(address(report))
