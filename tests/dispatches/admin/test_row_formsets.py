"""Rows that are shown as text: what they cost, what they tell, and what may be done to them."""

from datetime import timedelta

import pytest
from browsing import employ
from desk_forms import read_page
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from factories import (
    DESK,
    change,
    cite,
    develop,
    dispatch_of,
    make_dispatch,
    make_report,
    make_source,
    make_story,
    publish,
    version_of,
)

from dispatches import desk
from dispatches.admin.posted_rows import add_row, renumber
from dispatches.desk import documents
from dispatches.models import Contradiction, Dispatch
from sources.independence import CONFIDENTIAL_LABEL
from sources.models import Proposal, Report

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def address_of(dispatch: Dispatch, what: str = "change") -> str:
    return reverse(f"admin:dispatches_dispatch_{what}", args=[dispatch.pk])


def as_(role: str) -> Client:
    client = Client()
    client.force_login(employ(role))
    return client


def write(dispatch: Dispatch, rows: int) -> None:
    for number in range(rows):
        step = develop(dispatch, f"Step {number}", NOW - timedelta(hours=number + 1))
        cite(dispatch, make_report(), development=step if number % 2 else None)


def count(client: Client, dispatch: Dispatch) -> int:
    client.get(address_of(dispatch))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address_of(dispatch)).status_code == 200
    return len(queries)


@pytest.mark.parametrize("rows", [1, 12])
def test_the_form_of_a_live_dispatch_asks_at_most_25_queries(desk_client, rows):
    publish(headline="Before", slug="before")
    dispatch = make_dispatch(body="As [[before]] said.", story=make_story())
    desk.publish(dispatch=dispatch, actor=DESK)
    write(dispatch, rows)
    dispatch = Dispatch.objects.get(pk=dispatch.pk)
    with desk.saving(dispatch, actor=DESK):
        dispatch.tldr = "Not published yet."
        dispatch.save()
    assert count(desk_client, dispatch) <= 25


def test_the_form_of_a_reporter_s_own_draft_asks_no_more_queries():
    user = employ("Reporter")
    client = Client()
    client.force_login(user)
    dispatch = make_dispatch(author=user)
    write(dispatch, 5)
    assert count(client, dispatch) <= 25


def test_rows_that_nobody_edits_are_no_forms(desk_client):
    dispatch = make_dispatch()
    write(dispatch, 5)
    page = desk_client.get(address_of(dispatch))
    for inline in page.context["inline_admin_formsets"]:
        assert inline.formset.forms == []
        assert len(inline.items) == inline.formset.get_queryset().count()


def test_rows_are_numbered_stored_ones_first_whatever_their_tokens():
    data = QueryDict(mutable=True)
    data.update({"steps-x9-text": "new", "steps-r7-id": "7", "steps-r7-text": "old", "steps-order": "7,newx9,3"})
    data.update({"steps-x9-at_0": "2026-06-25", "other-x-text": "left alone", "steps-TOTAL_FORMS": "90"})
    numbered = renumber(data, ["steps"]).dict()
    assert numbered == {
        "steps-0-id": "7",
        "steps-0-text": "old",
        "steps-1-text": "new",
        "steps-1-at_0": "2026-06-25",
        "steps-order": "7,new1,3",
        "other-x-text": "left alone",
        "steps-TOTAL_FORMS": "2",
        "steps-INITIAL_FORMS": "1",
        "steps-MIN_NUM_FORMS": "0",
        "steps-MAX_NUM_FORMS": "1000",
    }
    assert renumber(renumber(data, ["steps"]), ["steps"]).dict() == numbered
    more = add_row(renumber(data, ["steps"]), "steps", {"id": "3", "text": "opened"})
    assert [more[f"steps-{n}-text"] for n in range(3)] == ["old", "opened", "new"]


def test_a_row_that_is_posted_twice_is_read_where_it_was_posted_last():
    data = QueryDict("steps-0-id=7&steps-0-text=first&steps-r7-id=7&steps-r7-text=last")
    numbered = renumber(data, ["steps"])
    assert (numbered["steps-0-text"], numbered["steps-TOTAL_FORMS"]) == ("last", "1")
    assert "steps-1-text" not in numbered


def test_a_card_names_no_source_that_its_reader_may_not_know():
    user = employ("Reporter")
    client = Client()
    client.force_login(user)
    secret = make_report(make_source(name="Deep Throat", is_confidential=True), title="Under the rose", text="Hidden")
    open_one = make_report(make_source(name="The Paper", grade="C"), text="First words of it")
    Proposal.objects.create(report=open_one, relays=secret, kind="copy", evidence="Whispered")
    dispatch = make_dispatch(secret, open_one, author=user)
    documents.rebuild()
    page = client.get(address_of(dispatch)).text
    for words in ("The Paper", "grade C", "First words of it", f"{CONFIDENTIAL_LABEL} (report {secret.pk})"):
        assert words in page
    for words in ("Deep Throat", "Under the rose", "Hidden", "Whispered"):
        assert words not in page
        for found in (client.get(address_of(dispatch, "reports"), {"q": q}).text for q in ("", words.split()[0])):
            assert words not in found
            assert f"report {secret.pk})" not in found, "not even that there is one"
    editor = as_("Editor")
    page = editor.get(address_of(dispatch)).text
    for words in ("Deep Throat", "Whispered", "confidential", "It is a relay"):
        assert words in page
    found = editor.get(address_of(dispatch, "reports"), {"q": "deep throat"}).text
    assert "Under the rose" in found, "whoever may know it finds it"


def test_reports_to_cite_are_found_as_the_desk_s_search_finds_them(desk_client):
    source = make_source(name="Łódź Daily")
    make_report(source, title="Café fire", text="It started in the kitchen.")
    make_report(source, title="Talks resume", text="Nothing of that.")
    documents.rebuild()
    dispatch = make_dispatch()
    for words, titles in (
        ("cafe", ["Café fire"]),
        ("lodz kitch", ["Café fire"]),
        ('"resume talks"', []),
        ("lodz", ["Talks resume", "Café fire"]),
    ):
        page = desk_client.get(address_of(dispatch, "reports"), {"q": words}).text
        assert {title for title in ("Talks resume", "Café fire") if title in page} == set(titles), words


def test_who_may_not_review_states_no_basis_and_decides_nothing():
    user = employ("Reporter")
    client = Client()
    client.force_login(user)
    dispatch = make_dispatch(make_report(basis="unknown"), author=user)
    report = dispatch.citations.get().report
    proposal = Proposal.objects.create(report=report, relays=make_report(), kind="copy", evidence="x")
    assert client.post(address_of(dispatch, "basis"), {"basis": f"{report.pk}:own"}).status_code == 403
    assert client.post(address_of(dispatch, "relay"), {"accept": proposal.pk}).status_code == 403
    editor = as_("Editor")
    elsewhere = make_report(basis="unknown")
    assert editor.post(address_of(dispatch, "basis"), {"basis": f"{elsewhere.pk}:own"}).status_code == 404
    assert editor.post(address_of(dispatch, "basis"), {"basis": f"{report.pk}:nonsense"}).status_code == 400
    for reason in ("", "x" * 301, "\0"):
        clearing = {"clear": proposal.pk, f"reason-{proposal.pk}": reason}
        assert editor.post(address_of(dispatch, "relay"), clearing).status_code == 302
        assert Proposal.objects.open().count() == 1
    assert editor.post(address_of(dispatch, "relay"), {"accept": proposal.pk}).status_code == 302
    assert editor.post(address_of(dispatch, "basis"), {"basis": f"{report.pk}:own"}).status_code == 302
    report.refresh_from_db()
    assert report.basis == "own"
    assert Report.objects.get(pk=elsewhere.pk).basis == "unknown"


def test_a_contradiction_is_decided_on_its_card_in_one_press():
    editor = as_("Editor")
    claim, words = "The bridge at Carmel collapses", "The bridge at Carmel did not collapse"
    dispatch = change(make_dispatch(make_report(title=words), make_report(title=words), headline=claim))
    first, second = (f"c{pk}" for pk in dispatch.citations.values_list("pk", flat=True))
    page = editor.get(address_of(dispatch)).text
    assert page.count("Seems to contradict the headline") == 2
    assert f'value="{first}">It supports</button>' in page
    where = address_of(dispatch, "contradiction")
    assert editor.post(where, {"supports": first, f"reason-{first}": " "}).status_code == 302
    assert Contradiction.objects.open().count() == 2, "not without a reason"
    editor.post(where, {"supports": first, f"reason-{first}": "It quotes a rumor."})
    answer = editor.post(where, {"contradicts": second}, headers={"Accept": "application/json"}).json()
    assert (answer["is_done"], len({*answer["versions"]})) == (True, 2)
    assert answer["versions"][1] == version_of(dispatch)
    assert [each.stance for each in dispatch.citations.all()] == ["supports", "contradicts"]
    assert "Seems to contradict" not in editor.get(address_of(dispatch)).text
    for nonsense in ("", "c", "x", "c0", second, "\0"):
        said = editor.post(where, {"contradicts": nonsense}, headers={"Accept": "application/json"}).json()
        assert not said["is_done"], nonsense
    # Before it is cited, the row that would cite it says so too.
    report = make_report(title=words)
    row = {"part": "citations", "report": report.pk, "token": "0"}
    assert "It seems to contradict the headline" in editor.get(address_of(dispatch, "row"), row).text


def test_the_panel_counts_what_the_form_would_propose():
    editor = as_("Editor")
    dispatch = make_dispatch(make_report(title="The bridge at Carmel did not collapse"), headline="Strike ends")
    form = read_page(editor.get(address_of(dispatch))).data | {"headline": "The bridge at Carmel collapses"}
    panel = editor.post(address_of(dispatch, "live"), form).text
    assert "It seems to contradict the claim; the desk is checking." in panel
    assert not Contradiction.objects.exists()


def test_who_may_not_know_a_report_learns_nothing_of_what_it_contradicts():
    user = employ("Reporter")
    client = Client()
    client.force_login(user)
    secret = make_report(make_source(is_confidential=True), title="The bridge at Carmel did not collapse")
    dispatch = change(make_dispatch(secret, headline="The bridge at Carmel collapses", author=user))
    citation = dispatch.citations.get()
    assert citation.is_contradiction_proposed
    page = client.get(address_of(dispatch)).text
    assert "did not collapse" not in page
    where = address_of(dispatch, "contradiction")
    assert client.post(where, {"contradicts": f"c{citation.pk}"}).status_code == 403
    row = {"part": "citations", "report": secret.pk, "token": "0"}
    assert "did not collapse" not in client.get(address_of(dispatch, "row"), row).text


def test_only_rows_of_this_dispatch_are_opened(desk_client):
    dispatch, other = make_dispatch(), make_dispatch()
    step, foreign = develop(dispatch, "Here", NOW), develop(other, "There", NOW)
    address = address_of(dispatch, "row")
    opened = desk_client.get(address, {"part": "developments", "row": step.pk}).text
    assert f'name="developments-r{step.pk}-text"' in opened
    for wrong in (
        {"part": "developments", "row": foreign.pk},
        {"part": "nothing", "row": step.pk},
        {"part": "citations", "report": "x", "token": "1"},
        {"part": "citations", "report": make_report().pk, "token": '"'},
        {},
    ):
        assert desk_client.get(address, wrong).status_code == 404, wrong
    # Without a script, the same by a button of the form.
    for wrong in (f"developments-{foreign.pk}", "developments-x", "nothing-1"):
        assert desk_client.post(address_of(dispatch), {"_edit": wrong}).status_code == 404


def test_a_line_that_is_posted_twice_without_a_script_is_one(desk_client):
    dispatch = dispatch_of(publish())
    key = desk_client.get(address_of(dispatch)).context["line_form"].initial["key"]
    for _ in range(2):
        answer = desk_client.post(address_of(dispatch, "develop"), {"text": "It moved.", "key": key})
        assert answer.status_code == 302
    desk_client.post(address_of(dispatch, "develop"), {"text": "It moved again.", "key": key})
    assert list(dispatch.developments.values_list("text", flat=True)) == ["It moved again.", "It moved."]
    for line in ({"text": "x" * 301}, {"text": "Typed", "at_1": "25:00"}, {"text": "\u202e"}, {"text": "a\0b"}):
        refused = desk_client.post(address_of(dispatch, "develop"), {"key": key} | line)
        assert 'class="errorlist' in refused.text
    assert "x" * 301 in desk_client.post(address_of(dispatch, "develop"), {"text": "x" * 301}).text
    assert dispatch.developments.count() == 2


def test_a_time_without_a_date_is_today(desk_client):
    dispatch = make_dispatch()
    desk_client.post(address_of(dispatch, "develop"), {"text": "It moved.", "at_1": "00:00"})
    local = timezone.localtime(dispatch.developments.get().at)
    assert (local.date(), local.hour, local.minute) == (timezone.localdate(), 0, 0)


def test_the_switch_is_a_verb_for_those_who_publish(desk_client):
    dispatch = dispatch_of(publish())
    form, switch = address_of(dispatch), address_of(dispatch, "publish-developments")
    assert "Publish developments as written" in desk_client.get(form).text
    desk_client.post(switch, {"version": "1"})
    assert "<b>Developments are published as they are written:</b>" in desk_client.get(form).text
    answer = desk_client.post(
        address_of(dispatch, "develop"), {"text": "It moved."}, headers={"accept": "application/json"}
    )
    assert answer.json()["said"] == "Readers have it now."
    before, after = answer.json()["versions"]
    assert before != after
    assert desk_client.get(form).context["version"] == after
    user = employ("Reporter")
    reporter = Client()
    reporter.force_login(user)
    assert reporter.post(address_of(make_dispatch(author=user), "publish-developments")).status_code == 403
