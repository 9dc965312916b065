"""Relays are proposed with evidence, count as true while open, and are decided by an editor."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from factories import DESK, make_report, make_source, publish

from dispatches import desk
from dispatches.history import revisions
from dispatches.public.models import Edition
from sources.intake.items import make_item
from sources.models import Proposal, Report, Source

pytestmark = pytest.mark.django_db

AGENCY_TEXT = """\
The port of Haifa stopped loading grain on Tuesday after a crane collapsed on the eastern quay, the port authority
said. Two dock workers were taken to hospital with broken bones. Ships that wait in the bay will be sent to Ashdod
until the wreck has been cut up, which is expected to take nine days. Prices for feed barley rose by four percent in
the first hour of trading. “We have never lost a crane before,” the harbour master told reporters beside the fence.
A safety inspector had found rust in the same crane in March, according to a document from the ministry of
transport."""
OWN_TEXT = """\
A crane came down at Haifa's grain terminal yesterday. Our correspondent saw the boom lying across three railway
wagons while firemen sprayed foam. Farmers in the valley say their silos hold enough for a fortnight. The union
blames the operator for saving on maintenance, and has called its members out for Thursday. “We have never lost a
crane before,” the harbour master told reporters beside the fence. An inquiry was opened within hours by the state
prosecutor."""


def receive(source: Source, text: str = "", title: str = "", **fields) -> Report:
    item = make_item(title=title or text[:60], text=text, **fields)
    return desk.receive(source=source, items=[item], actor=DESK).new[0]


def proposals(report: Report) -> list[tuple]:
    return [(each.kind, each.relays or each.credits) for each in report.proposals.all()]


def test_a_copy_is_proposed_as_a_relay_of_the_earlier_report():
    first = receive(make_source(), AGENCY_TEXT)
    later = receive(make_source(), "A house's first words. " + AGENCY_TEXT[:-90])
    assert proposals(first) == []
    assert proposals(later) == [("copy", first)]
    assert "is in the other, such as “" in later.proposals.get().evidence


def test_independent_reports_that_share_a_quotation_are_no_copies():
    receive(make_source(), AGENCY_TEXT)
    assert proposals(receive(make_source(), OWN_TEXT)) == []


def test_of_forty_outlets_with_one_text_each_is_proposed_once():
    agency = receive(make_source(kind="agency"), AGENCY_TEXT)
    copies = [receive(make_source(), AGENCY_TEXT + f" Edition {number}.") for number in range(40)]
    assert all(proposals(copy) == [("copy", agency)] for copy in copies)


def test_an_agency_s_text_that_comes_in_after_its_copy_is_the_origin():
    now = timezone.now()
    copy = receive(make_source(), AGENCY_TEXT, said_at=now - timedelta(hours=2))
    agency = receive(make_source(kind="agency"), AGENCY_TEXT, said_at=now - timedelta(hours=1))
    assert proposals(copy) == [("copy", agency)]
    assert proposals(agency) == []


def test_what_was_said_long_before_is_not_compared():
    receive(make_source(), AGENCY_TEXT, said_at=timezone.now() - timedelta(days=20))
    assert proposals(receive(make_source(), AGENCY_TEXT)) == []


def test_boilerplate_of_a_source_is_not_a_copy():
    chain = [make_source(), make_source()]
    below = (
        " Our readers pay for this work with three shekels a week and decide every spring in an open vote which "
        "towns we cover next, and every line of the accounts is on the notice board in the hall of the old mill."
    )
    topics = ["The bakery in the lower street burnt down at dawn", "The orchestra has found a conductor from Riga"]
    topics += ["Wolves were seen again near the reservoir", "A ferry line to the islands begins in the summer"]
    for number, topic in enumerate(topics):
        receive(chain[number % 2], f"{topic}, number {number}.{below}")
    for number, topic in enumerate(topics):
        receive(chain[(number + 1) % 2], f"Another day, and another story: {topic[::-1]}.{below}")
    last = receive(chain[0], f"The mayor resigned over a bill for garden chairs.{below}")
    assert proposals(last) == []


def test_a_credit_line_is_proposed_with_its_words():
    agency = make_source(name="Associated Press", kind="agency")
    report = receive(make_source(), "JERUSALEM (AP) — Rain is expected for the coming days in the north.")
    assert proposals(report) == [("credit", agency)]
    assert report.proposals.get().evidence == "“JERUSALEM (AP)”"


def test_an_agency_that_is_no_source_yet_becomes_one_that_is_neither_graded_nor_named():
    report = receive(make_source(), "Rain is expected, the news agency Reuters reported.")
    agency = report.proposals.get().credits
    assert (agency.name, agency.kind, agency.grade, agency.is_confidential) == ("Reuters", "agency", "F", True)
    again = receive(make_source(), "BERLIN (Reuters) - Snow is expected.")
    assert again.proposals.get().credits == agency


def test_a_source_s_other_names_are_credits_too():
    paper = make_source(name="The Valley Post", aliases="Valley Post\nVP")
    assert proposals(receive(make_source(), "Rain is near, Valley Post reported.")) == [("credit", paper)]
    assert proposals(receive(make_source(), "Snow is near. h/t VP")) == [("credit", paper)]


def test_an_internal_channel_is_never_found_by_its_name():
    make_source(name="Lighthouse", kind="channel", is_confidential=True)
    make_source(name="Dana Levi", kind="witness", is_confidential=True)
    assert proposals(receive(make_source(), "Rain is near, Lighthouse reported, according to Dana Levi.")) == []


def test_a_credit_to_itself_proposes_no_relay_and_one_to_two_others_neither():
    agency = make_source(name="Reuters", kind="agency")
    assert proposals(receive(agency, "BERLIN (Reuters) - Rain is expected in the north.")) == []
    assert proposals(receive(make_source(), "Rain is expected, according to Reuters and AFP, in the south.")) == [
        ("several", None)
    ]


def test_one_writer_in_two_outlets_is_proposed():
    first = receive(make_source(), "Words of one kind.", "Rain in the north", byline="Dana Levi")
    later = receive(make_source(), "Words of another.", "Rain expected in the north", byline="DANA LEVI")
    assert proposals(later) == [("byline", first)]


@pytest.mark.parametrize("byline", ["", "Staff", "Dana", "News desk", "Reuters Staff"])
def test_a_byline_of_the_outlet_itself_names_no_writer(byline):
    receive(make_source(), "Words of one kind.", "Rain in the north", byline=byline)
    later = receive(make_source(), "Words of another.", "Rain expected in the north", byline=byline)
    assert "byline" not in [kind for kind, _ in proposals(later)]


def test_one_writer_s_two_stories_are_two():
    receive(make_source(), "Words of one kind.", "Rain in the north", byline="Dana Levi")
    assert proposals(receive(make_source(), "Other words.", "The budget has passed", byline="Dana Levi")) == []


def test_a_link_to_another_s_page_is_proposed():
    first = receive(make_source(), "Rain in the north.", url="https://paper.example/rain")
    channel = make_source(kind="channel", is_confidential=True)
    assert proposals(receive(channel, "Look at this", url="http://www.paper.example/rain?utm_source=x")) == [
        ("copy", first)
    ]


def test_a_proposal_counts_as_true_in_a_published_signal_until_it_is_cleared(editor):
    first = receive(make_source(), AGENCY_TEXT, said_at=timezone.now() - timedelta(hours=1))
    own = make_report(basis="own", title="Haifa", text=OWN_TEXT)
    for report in (first, own):
        Report.objects.filter(pk=report.pk).update(basis="own")
        report.refresh_from_db()
        desk.accept_report(report=report, actor=editor)
    edition = publish(first, own)
    assert edition.origins == 2
    # Its source replaces its text with the other's.
    own.external_id, own.arrived_key = "1", "before"
    own.save()
    desk.receive(source=own.source, items=[make_item(title="Haifa", text=AGENCY_TEXT, external_id="1")], actor=DESK)
    assert Edition.objects.live().get(publication=edition.publication_id).origins == 2
    own.refresh_from_db()
    desk.accept_newer_text(report=own, actor=editor)
    proposal = own.proposals.get()
    assert Edition.objects.live().get(publication=edition.publication_id).origins == 1
    desk.clear_proposal(proposal=proposal, actor=editor, reason="Both were there.")
    assert Edition.objects.live().get(publication=edition.publication_id).origins == 2


def test_what_is_decided_is_not_asked_again(editor):
    first = receive(make_source(), AGENCY_TEXT)
    later = receive(make_source(), AGENCY_TEXT + " More.", external_id="1")
    desk.clear_proposal(proposal=later.proposals.get(), actor=editor, reason="No.")
    desk.receive(
        source=later.source,
        items=[make_item(title="x", text=AGENCY_TEXT + " Still more.", external_id="1")],
        actor=DESK,
    )
    assert proposals(later) == [("copy", first)]
    assert not Proposal.objects.open().exists()


def test_what_the_desk_writes_by_hand_is_looked_at_too(desk_client):
    first = receive(make_source(), AGENCY_TEXT, said_at=timezone.now() - timedelta(hours=1))
    source = make_source()
    data = {"source": source.pk, "title": "By hand", "text": AGENCY_TEXT, "basis": "unknown"}
    data["said_at_0"], data["said_at_1"] = timezone.localtime().strftime("%Y-%m-%d %H:%M:%S").split()
    data |= {"proposals-TOTAL_FORMS": 0, "proposals-INITIAL_FORMS": 0}
    assert desk_client.post("/desk/sources/report/add/", data).status_code == 302
    assert proposals(Report.objects.get(title="By hand")) == [("copy", first)]


QUEUE = "/desk/sources/report/relays/"


@pytest.fixture
def copies():
    agency = receive(make_source(name="The Agency", kind="agency"), AGENCY_TEXT)
    return [receive(make_source(name=f"Paper {number}"), AGENCY_TEXT + f" {number}.") for number in range(3)], agency


def test_identical_proposals_are_one_group_and_decided_by_one_press(desk_client, copies, editor):
    reports, agency = copies
    page = desk_client.get(QUEUE).text
    assert page.count('class="relays-group"') == 1
    assert all(report.source.name in page for report in reports)
    ids = [report.proposals.get().pk for report in reports]
    answer = desk_client.post(QUEUE, {"proposal": ids, "relay": "1"}, follow=True)
    assert "3 decided" in answer.text
    for report in reports:
        report.refresh_from_db()
        assert (report.basis, report.relays, report.review) == ("relay", agency, "pending")
    assert not Proposal.objects.open().exists()


def test_a_group_is_cleared_with_a_reason_by_one_press(desk_client, copies):
    reports, _ = copies
    ids = [report.proposals.get().pk for report in reports]
    desk_client.post(QUEUE, {"proposal": ids[:2], "because": "Only set phrases are alike."})
    assert [each.reason for each in Proposal.objects.order_by("pk")] == ["Only set phrases are alike."] * 2 + [""]
    answer = desk_client.post(QUEUE, {"proposal": ids, "reason": " ", "clear": "1"}, follow=True)
    assert "Say why it is not a relay" in answer.text
    assert Proposal.objects.open().count() == 1


@pytest.mark.parametrize("decision", [{"relay": "1"}, {"because": "No."}])
def test_a_decision_can_be_undone(desk_client, copies, decision):
    import re

    report = copies[0][0]
    before = Report.objects.values_list("basis", flat=True).get(pk=report.pk)
    answer = desk_client.post(QUEUE, {"proposal": report.proposals.get().pk} | decision, follow=True)
    done = re.search(r'name="done" value="([^"]+)"', answer.text)[1]
    assert "Undone: 1." in desk_client.post("/desk/dispatches/dispatch/undo/", {"done": done}, follow=True).text
    report.refresh_from_db()
    assert (report.basis, report.relays, report.proposals.get().state) == (before, None, "open")
    assert "Undone: 0." in desk_client.post("/desk/dispatches/dispatch/undo/", {"done": done}, follow=True).text


def test_what_somebody_else_has_decided_stays_decided(desk_client, copies, editor):
    report = copies[0][0]
    proposal = report.proposals.get()
    desk.clear_proposal(proposal=proposal, actor=editor, reason="No.")
    assert "Nothing was decided" in desk_client.post(QUEUE, {"proposal": proposal.pk, "relay": "1"}, follow=True).text
    report.refresh_from_db()
    assert report.basis != "relay"


def evidence_of(report) -> str:
    return f"/desk/sources/report/{report.pk}/evidence/"


def test_the_evidence_is_shown_beside_the_origin_with_a_reason(desk_client, copies):
    reports, _ = copies
    page = desk_client.get(evidence_of(reports[0])).text
    assert "<bdi>Paper 0</bdi> seems to repeat <bdi>The Agency</bdi>, because " in page
    assert page.count("<mark>") == 2
    assert evidence_of(reports[0]) in desk_client.get(QUEUE).text
    assert "Nothing suggests" in desk_client.get(evidence_of(make_report())).text


def test_the_words_of_several_credits_are_shown(desk_client):
    report = receive(make_source(name="Dawn"), "HAIFA (AP, AFP) - Rain is expected in the north.")
    page = desk_client.get(evidence_of(report)).text
    assert "<bdi>Dawn</bdi> credits several agencies" in page
    assert "<mark>HAIFA (AP, AFP)</mark>" in page
    assert "none of them is the origin" in desk_client.get(QUEUE).text


def test_who_may_not_know_a_source_sees_no_evidence_of_it(client, django_user_model, copies):
    user = django_user_model.objects.create_user("reviewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="review_report"))
    client.force_login(user)
    reports, agency = copies
    Source.objects.all().update(is_confidential=False)
    assert "The Agency" in client.get(evidence_of(reports[0])).text
    Source.objects.filter(pk=agency.source_id).update(is_confidential=True)
    assert "The Agency" not in client.get(evidence_of(reports[0])).text
    Source.objects.all().update(is_confidential=True)
    assert client.get(evidence_of(reports[0])).status_code == 404


AGENCIES = "/desk/sources/source/agencies/"


def test_a_graded_outlet_that_carries_an_agency_counts_once_its_grade_is_confirmed(desk_client):
    report = receive(make_source(name="Paper", grade="A"), "HAIFA (Reuters) - Rain is expected in the north.")
    desk.accept_report(report=report, actor=DESK)
    publish(report, make_report(make_source(grade="F")))
    assert Edition.objects.live().get().signal.word == "Developing"
    assert "not a source yet" in desk_client.get(AGENCIES).text
    # Its name is on the source that its credit line has added.
    assert Source.objects.get(name="Reuters").grade == "F"
    grades = {"agency": ["Reuters", "ANSA", "Nobody"], "grade Reuters": "A", "grade ANSA": "Z"}
    assert "Graded: Reuters." in desk_client.post(AGENCIES, grades, follow=True).text
    assert Source.objects.get(name="Reuters").grade == "A"
    assert not Source.objects.filter(name="ANSA").exists()
    assert Edition.objects.live().get().signal.word == "Strong"
    assert "No grade was changed." in desk_client.post(AGENCIES, grades, follow=True).text


def test_a_decision_settles_what_else_is_proposed_for_the_report(editor):
    agency = make_source(name="Reuters", kind="agency")
    receive(make_source(), AGENCY_TEXT)
    report = receive(make_source(), f"HAIFA (Reuters) - {AGENCY_TEXT}")
    assert [kind for kind, _ in proposals(report)] == ["credit", "copy"]
    desk.accept_proposal(proposal=report.proposals.get(kind="credit"), actor=editor)
    assert not report.proposals.open().exists()
    report.refresh_from_db()
    assert report.credits == agency


def test_a_version_that_its_source_changed_is_in_the_history(desk_client):
    report = receive(make_source(), "Ten were hurt.", "Ten hurt", external_id="1")
    desk.receive(
        source=report.source, items=[make_item(title="Twelve hurt", text="Twelve.", external_id="1")], actor=DESK
    )
    page = desk_client.get(f"/desk/sources/report/{report.pk}/history/").text
    assert "Changed by its source" in page
    assert "Twelve" in page
    assert revisions.of(report).count() == 2
