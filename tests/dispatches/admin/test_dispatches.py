import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from factories import (
    DESK,
    cite,
    dispatch_of,
    make_dispatch,
    make_report,
    make_section,
    make_source,
    publish,
    version_of,
)

from dispatches import desk
from dispatches.desk import publishing, readiness
from dispatches.desk.composition import compose
from dispatches.models import Dispatch, Issuance
from dispatches.public.models import Edition, SiteState
from dispatches.public.state import read_public_state
from sources.models import Owner, Proposal, Report, Source

pytestmark = pytest.mark.django_db


NO_PROPOSALS = {"proposals-TOTAL_FORMS": 0, "proposals-INITIAL_FORMS": 0}


def form_of(dispatch: Dispatch, **changes) -> dict:
    """Return what the dispatch's form in the admin posts."""
    data = {
        "headline": dispatch.headline,
        "section": dispatch.section_id,
        "tldr": dispatch.tldr,
        "body": dispatch.body,
        "slug": dispatch.slug,
        "claim_kind": dispatch.claim_kind,
        "_version": version_of(dispatch),
    }
    for prefix in ("developments", "citations"):
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return data | changes


def press(client, dispatch, verb, **changes):
    address = reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])
    response = client.post(address, form_of(dispatch, _verb=verb, **changes), follow=True)
    if verb == "publish" and response.request["PATH_INFO"].endswith("/do/publish/"):
        return client.post(response.request["PATH_INFO"], {"version": ""}, follow=True)
    return response


def messages_of(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_every_page_of_the_desk_answers(desk_client):
    edition = publish()
    report = dispatch_of(edition).citations.get().report
    for model, instance in [
        ("dispatches_section", edition.section),
        ("dispatches_story", None),
        ("dispatches_dispatch", dispatch_of(edition)),
        ("sources_owner", None),
        ("sources_source", report.source),
        ("sources_report", report),
    ]:
        assert desk_client.get(reverse(f"admin:{model}_changelist")).status_code == 200
        assert desk_client.get(reverse(f"admin:{model}_add")).status_code == 200
        if instance:
            assert desk_client.get(reverse(f"admin:{model}_change", args=[instance.pk])).status_code == 200


def test_the_desk_asks_readers_to_log_in(client):
    response = client.get("/desk/")
    assert response.status_code == 302
    dispatch = make_dispatch()
    for name in ("preview", "withdraw", "update", "schedule"):
        assert client.get(reverse(f"admin:dispatches_dispatch_{name}", args=[dispatch.pk])).status_code == 302


def test_publish_saves_what_was_typed_and_says_what_readers_see(desk_client, editor):
    dispatch = make_dispatch()
    response = press(desk_client, dispatch, "publish", headline="Typed just now")
    edition = Edition.objects.live().get()
    assert (edition.headline, Issuance.objects.get(edition=edition).issued_by) == ("Typed just now", editor)
    assert edition.get_absolute_url() in messages_of(response)
    assert "Developing" in messages_of(response)


def test_publishing_what_is_not_ready_says_what_is_missing_and_keeps_the_work(desk_client):
    dispatch = make_dispatch(make_report(accepted=False))
    response = press(desk_client, dispatch, "publish", headline="Typed just now", tldr="")
    assert "Write the TL;DR" in messages_of(response)
    assert "Cite at least one report" in messages_of(response)
    dispatch.refresh_from_db()
    assert dispatch.headline == "Typed just now"
    assert not Edition.objects.exists()


@pytest.mark.parametrize("verb", ["update", "correct", "clarify", "withdraw"])
def test_a_verb_that_asks_first_saves_and_asks_and_then_acts(desk_client, verb):
    dispatch = dispatch_of(publish())
    page = press(desk_client, dispatch, verb, headline="Typed just now")
    assert page.status_code == 200
    assert Edition.objects.count() == 1
    data = {"note": "The note to readers.", "version": "1"}
    response = desk_client.post(page.request["PATH_INFO"], data, follow=True)
    assert "Readers now see" in messages_of(response) or verb == "withdraw"
    if verb != "withdraw":
        again = desk_client.post(page.request["PATH_INFO"], data)
        assert "pressed the button twice" in again.text
        assert "The note to readers." in again.text
    latest = Edition.objects.live().get()
    assert (latest.number, latest.note) == (2, "The note to readers.")
    assert latest.headline == ("Typed just now" if verb != "withdraw" else latest.headline)


@pytest.mark.parametrize("verb", ["correct", "clarify", "withdraw"])
def test_a_note_is_asked_for_until_it_is_given(desk_client, verb):
    dispatch = dispatch_of(publish())
    page = press(desk_client, dispatch, verb)
    again = desk_client.post(page.request["PATH_INFO"], {"note": ""})
    assert "This field is required." in again.text
    assert Edition.objects.count() == 1


def test_an_update_that_is_not_ready_keeps_the_note(desk_client):
    dispatch = dispatch_of(publish())
    Dispatch.objects.update(tldr="")
    response = desk_client.post(
        reverse("admin:dispatches_dispatch_update", args=[dispatch.pk]), {"note": "A long explanation.", "version": "1"}
    )
    assert "Write the TL;DR" in response.text
    assert "A long explanation." in response.text


def test_schedule_names_the_zone_and_call_off_takes_it_back(desk_client):
    dispatch = make_dispatch()
    page = press(desk_client, dispatch, "schedule")
    assert "Jerusalem time (Asia/Jerusalem)" in page.text
    past = desk_client.post(page.request["PATH_INFO"], {"at_0": "2020-01-01", "at_1": "12:00"})
    assert "has passed" in past.text
    response = desk_client.post(page.request["PATH_INFO"], {"at_0": "2999-01-01", "at_1": "12:00"}, follow=True)
    assert "goes live January 1, 2999, 12:00, Jerusalem time" in messages_of(response)
    page = press(desk_client, dispatch, "call-off")
    done = desk_client.post(page.request["PATH_INFO"], {"version": page.context["version"]}, follow=True)
    assert "Schedule canceled" in messages_of(done)
    assert "Published" in messages_of(press(desk_client, dispatch, "publish"))


def test_a_button_that_no_longer_applies_does_nothing_but_save(desk_client):
    dispatch = dispatch_of(publish())
    response = press(desk_client, dispatch, "publish", headline="Typed just now")
    assert "is no longer available" in messages_of(response)
    assert Edition.objects.count() == 1
    dispatch.refresh_from_db()
    assert dispatch.headline == "Typed just now"


def test_pin_and_unpin(desk_client):
    dispatch = dispatch_of(publish())
    assert "Pinned as the lead" in messages_of(press(desk_client, dispatch, "pin"))
    assert "Unpinned" in messages_of(press(desk_client, dispatch, "unpin"))


def test_the_preview_is_the_public_page_and_not_public(desk_client, client):
    dispatch = make_dispatch(headline="Not yet public")
    page = press(desk_client, dispatch, "preview")
    assert "Only the desk sees this page" in page.text
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    page = desk_client.get(reverse("admin:dispatches_dispatch_page", args=[dispatch.pk]))
    assert "wire/dispatch.html" in {template.name for template in page.templates}
    assert "no-store" in page["Cache-Control"]
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert not Edition.objects.exists()


def test_an_unfinished_draft_can_be_previewed(desk_client):
    dispatch = Dispatch.objects.create(headline="Only a headline", section=make_section())
    assert desk_client.get(reverse("admin:dispatches_dispatch_page", args=[dispatch.pk])).status_code == 200


def test_the_signal_and_its_reasons_stand_beside_the_form(desk_client):
    agency = make_report(make_source(name="The Agency"))
    dispatch = make_dispatch(agency, make_report(make_source(name="The Copy"), basis="relay", relays=agency))
    page = desk_client.get(reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])).text
    for words in (
        "Developing",
        "1 independent origin among 2 reports",
        "Both reports go back to ",
        "The Copy",
        "relays it",
        "Ready to publish",
    ):
        assert words in page


def test_a_citation_may_back_only_a_development_of_its_own_dispatch(desk_client):
    dispatch, other = make_dispatch(), make_dispatch()
    foreign = other.developments.create(text="Elsewhere", at=timezone.now())
    response = desk_client.post(
        reverse("admin:dispatches_dispatch_change", args=[dispatch.pk]),
        form_of(dispatch)
        | {
            "citations-TOTAL_FORMS": 1,
            "citations-0-report": make_report().pk,
            "citations-0-dispatch": dispatch.pk,
            "citations-0-development": foreign.pk,
            "citations-0-stance": "supports",
            "citations-0-position": 1,
        },
    )
    assert "Select a valid choice" in response.text


def test_a_report_is_saved_and_accepted_in_one_press(desk_client, editor):
    source = make_source()
    desk_client.post(
        reverse("admin:sources_report_add"),
        {
            "source": source.pk,
            "title": "Talks resume",
            "said_at_0": "2026-06-25",
            "said_at_1": "23:20",
            "basis": "own",
            "_verb": "accept",
            **NO_PROPOSALS,
        },
    )
    report = Report.objects.get()
    assert (report.review, report.reviewed_by, report.basis) == ("accepted", editor, "own")


@pytest.mark.parametrize(("action", "review"), [("accept_selected", "accepted"), ("reject_selected", "rejected")])
def test_reports_are_reviewed_together(desk_client, action, review):
    reports = [make_report(accepted=False) for _ in range(3)]
    data = {"action": action, "_selected_action": [report.pk for report in reports], "reason": "Rumours."}
    response = desk_client.post(reverse("admin:sources_report_changelist"), data, follow=True)
    assert f"3 {review}" in messages_of(response)
    assert set(Report.objects.values_list("review", flat=True)) == {review}


def test_a_report_points_elsewhere_only_as_a_relay(desk_client):
    report, other = make_report(), make_report()
    address = reverse("admin:sources_report_change", args=[report.pk])
    data = {"source": report.source_id, "title": "x", "said_at_0": "2026-06-25", "said_at_1": "23:20", "basis": "own"}
    data |= NO_PROPOSALS | {"_version": version_of(report)}
    response = desk_client.post(address, data | {"relays": other.pk})
    assert "Only a relay can repeat a report" in response.text
    response = desk_client.post(address, data | {"basis": "relay", "relays": other.pk, "credits": other.source_id})
    assert "not both" in response.text


def test_an_internal_channel_can_not_be_saved_as_public(desk_client):
    data = {"name": "Channel", "kind": "channel", "grade": "B"}
    response = desk_client.post(reverse("admin:sources_source_add"), data)
    assert response.status_code == 200
    assert not Source.objects.exists()


def test_the_list_says_what_readers_see_of_each(desk_client):
    publish(headline="Public")
    make_dispatch(headline="Draft of it")
    desk.schedule(dispatch=make_dispatch(), actor=DESK, at=timezone.now() + timezone.timedelta(hours=1))
    gone = publish()
    desk.withdraw(dispatch=dispatch_of(gone), actor=DESK, note="It was wrong.")
    page = desk_client.get(reverse("admin:dispatches_dispatch_changelist")).text
    for words in (">Published<", ">Draft<", ">Scheduled for ", ">Withdrawn<", ">Developing<"):
        assert words in page


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_costs_the_same_queries_however_many_there_are(desk_client, django_assert_num_queries, count):
    for _ in range(count):
        publish(section=None)
    # One of them asks whether the user has a second factor.
    with django_assert_num_queries(9):
        desk_client.get(reverse("admin:dispatches_dispatch_changelist"))


def test_every_time_on_a_form_names_its_zone(desk_client):
    dispatch = dispatch_of(publish())
    cite(dispatch, make_report())
    for model, pk in (("dispatches_dispatch", dispatch.pk), ("sources_report", Report.objects.first().pk)):
        assert "Jerusalem time" in desk_client.get(reverse(f"admin:{model}_change", args=[pk])).text


def test_what_readers_have_seen_can_be_looked_up_and_not_edited(desk_client):
    dispatch = dispatch_of(publish())
    page = desk_client.get(reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])).text
    assert "what readers have seen" in page.lower()
    assert 'name="editions-0-headline"' not in page


def live(client, dispatch, **changes):
    return client.post(reverse("admin:dispatches_dispatch_live", args=[dispatch.pk]), form_of(dispatch, **changes))


def citation_lines(dispatch, *reports, **changes) -> dict:
    """Return form rows that cite these reports, not saved yet."""
    lines = {"citations-TOTAL_FORMS": len(reports)}
    for number, report in enumerate(reports):
        fields = {"report": report.pk, "dispatch": dispatch.pk, "stance": "supports", "position": number}
        lines |= {f"citations-{number}-{name}": value for name, value in (fields | changes).items()}
    return lines


def test_the_panel_shows_the_signal_of_citations_that_are_not_saved(desk_client):
    dispatch = make_dispatch()
    page = live(desk_client, dispatch, **citation_lines(dispatch, make_report())).text
    # With the stored one, which is not posted.
    assert "<h2>Strong</h2>" in page
    assert "Computed from the form as it is now, saved or not." in page
    assert dispatch.citations.count() == 1
    dispatch.citations.all().delete()
    page = live(desk_client, dispatch, **citation_lines(dispatch, make_report(basis="unknown"))).text
    assert "A report’s basis is unknown." in page
    page = live(desk_client, dispatch, **citation_lines(dispatch, make_report(), stance="context")).text
    assert "<h2>Unrated</h2>" in page


def test_the_panel_follows_what_is_typed_and_bears_with_what_is_incomplete(desk_client):
    dispatch = make_dispatch(make_report(), make_report())
    lines = citation_lines(dispatch, *(citation.report for citation in dispatch.citations.all()))
    assert "Write the TL;DR" in live(desk_client, dispatch, tldr="", **lines).text
    twice = {"citations-1-report": lines["citations-0-report"]}
    for broken in (
        twice,
        {"citations-0-report": ""},
        {"citations-0-position": "x"},
        {"headline": ""},
        {"section": "9999"},
    ):
        assert live(desk_client, dispatch, **lines | broken).status_code == 200
    dispatch.refresh_from_db()
    assert (dispatch.tldr, dispatch.hold) == ("What matters, in a sentence.", None)
    assert desk_client.get(reverse("admin:dispatches_dispatch_live", args=[dispatch.pk])).status_code == 405


def test_a_report_s_form_shows_what_saving_it_does_to_the_dispatches_that_depend_on_it(desk_client):
    agency, copy = make_report(), make_report()
    dispatch = make_dispatch(agency, copy, headline="The story")
    address = reverse("admin:sources_report_live", args=[copy.pk])
    data = {"source": copy.source_id, "title": "x", "said_at_0": "2026-06-25", "said_at_1": "23:20", "basis": "own"}
    assert "The story</a>: Strong<" in desk_client.post(address, data).text
    changed = desk_client.post(address, data | {"basis": "relay", "relays": agency.pk}).text
    assert "The story</a>: Strong → <strong>Developing</strong>" in changed
    changed = desk_client.post(address, data | {"basis": "relay", "credits": agency.source_id}).text
    assert "Strong → <strong>Developing</strong>" in changed
    changed = desk_client.post(address, data | {"basis": "relay", "credits": make_source(grade="E").pk}).text
    assert "Strong → <strong>Developing</strong>" in changed
    assert "Complete the form" in desk_client.post(address, data | {"title": ""}).text
    copy.refresh_from_db()
    assert copy.basis == "own"
    assert str(dispatch.pk) in desk_client.get(reverse("admin:sources_report_change", args=[copy.pk])).text


def test_saving_a_form_rerates_what_is_published(desk_client):
    first, second = make_report(), make_report()
    edition = publish(first, second)
    address = reverse("admin:sources_source_change", args=[second.source_id])
    source = {"name": "X", "kind": "outlet"}
    desk_client.post(address, source | {"grade": "E", "_version": version_of(second.source)})
    assert Edition.objects.live().get().signal.word == "Developing"
    desk_client.post(address, source | {"grade": "B", "_version": version_of(second.source)})
    third = make_report()
    desk_client.post(
        reverse("admin:dispatches_dispatch_change", args=[dispatch_of(edition).pk]),
        form_of(dispatch_of(edition), **citation_lines(dispatch_of(edition), third)),
    )
    assert Edition.objects.live().get().signal.word == "Confirmed"


def test_owners_are_merged_from_the_form(desk_client):
    keep, gone = (Owner.objects.create(name=name) for name in ("Keep", "Gone"))
    edition = publish(*(make_report(make_source(owner=owner)) for owner in (keep, gone)))
    address = reverse("admin:sources_owner_merge", args=[keep.pk])
    assert "Choose a different owner" in desk_client.post(address, {"gone": keep.pk}).text
    response = desk_client.post(address, {"gone": gone.pk}, follow=True)
    assert "Merged" in messages_of(response)
    assert Edition.objects.live().get(publication=edition.publication_id).signal.word == "Developing"


def test_a_proposal_is_decided_from_the_report_s_form(desk_client):
    agency, copy = make_report(), make_report()
    edition = publish(agency, copy)
    with desk.saving(copy, actor=DESK):
        Proposal.objects.create(report=copy, relays=agency, kind="copy", evidence="92 % alike")
    assert "Not a relay" in desk_client.get(reverse("admin:sources_report_change", args=[copy.pk])).text
    response = desk_client.post(
        reverse("admin:sources_report_clear-proposal", args=[copy.pk]), {"reason": "One speech."}, follow=True
    )
    assert "Cleared" in messages_of(response)
    assert Edition.objects.live().get(publication=edition.publication_id).signal.word == "Strong"


def test_who_may_only_add_can_neither_publish_nor_accept(client, django_user_model):
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create_user("adder", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["add_dispatch", "view_dispatch", "add_report"]))
    client.force_login(user)
    assert "_verb" not in client.get(reverse("admin:dispatches_dispatch_add")).text
    source = make_source()
    data = {"source": source.pk, "title": "x", "said_at_0": "2026-06-25", "said_at_1": "23:20", "basis": "own"}
    client.post(reverse("admin:sources_report_add"), data | {"_verb": "accept"})
    assert set(Report.objects.values_list("review", flat=True)) <= {"pending"}


def test_a_section_that_is_gone_leaves_every_page(desk_client, client):
    section = make_section(name="The Gone")
    state = read_public_state().value
    desk_client.post(reverse("admin:dispatches_section_delete", args=[section.pk]), {"post": "yes"})
    assert read_public_state().value != state
    assert "The Gone" not in client.get("/").text


def test_a_hold_says_who_and_why(desk_client, editor):
    edition = publish(make_report(), make_report())
    hold, release = (
        reverse(f"admin:dispatches_dispatch_{verb}", args=[dispatch_of(edition).pk]) for verb in ("hold", "release")
    )
    assert "This field is required." in desk_client.post(hold, {"at_most": "1", "version": "1"}).text
    said = desk_client.post(hold, {"at_most": "1", "reason": "It wavers.", "version": "1"}, follow=True)
    assert "rated Developing" in messages_of(said)
    assert (dispatch_of(edition).held_by, dispatch_of(edition).hold_reason) == (editor, "It wavers.")
    assert Edition.objects.live().get().signal.word == "Developing"
    desk_client.post(release, {"version": "2"})
    assert dispatch_of(edition).held_by is None
    assert Edition.objects.live().get().signal.word == "Strong"


def test_a_report_cited_twice_for_one_claim_is_refused_in_words(desk_client):
    dispatch = make_dispatch()
    address = reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])
    report = make_report()
    twice = citation_lines(dispatch, report, report)
    stored = dispatch.citations.get()
    again = citation_lines(dispatch, stored.report, stored.report) | {
        "citations-INITIAL_FORMS": 1,
        "citations-0-id": stored.pk,
    }
    for lines in (twice, again):
        response = desk_client.post(address, form_of(dispatch, **lines, headline="Typed just now"))
        assert response.status_code == 200
        assert "This report is already cited for the headline." in response.text
        assert "Typed just now" in response.text


def test_every_input_of_a_table_has_a_name(desk_client):
    dispatch = make_dispatch()
    dispatch.developments.create(text="A step", at=timezone.now())
    page = desk_client.get(reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])).text
    for name in ("When, date", "When, time", "Text", "Stance", "Resolution", "Development"):
        assert f'aria-label="{name}"' in page


def test_each_request_of_a_publication_composes_and_locks_once(desk_client, monkeypatch):
    composed = []

    def compose_and_count(*args, **kwargs):
        composed.append(args)
        return compose(*args, **kwargs)

    for module in (publishing, readiness):
        monkeypatch.setattr(module, "compose", compose_and_count)
    dispatch = make_dispatch()
    locks = f'FROM "{SiteState._meta.db_table}" WHERE "{SiteState._meta.db_table}"."id" = 1'

    def count(request) -> tuple[int, int]:
        composed.clear()
        with CaptureQueriesContext(connection) as queries:
            response = request()
        assert response.status_code in {200, 302}
        return len(composed), sum(locks in each["sql"] and "LIMIT 21" in each["sql"] for each in queries)

    change = reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])
    address = reverse("admin:dispatches_dispatch_publish", args=[dispatch.pk])
    assert count(lambda: desk_client.post(change, form_of(dispatch, _verb="publish"))) == (1, 1)
    assert count(lambda: desk_client.get(address)) == (1, 0)
    assert count(lambda: desk_client.post(address, {"version": ""})) == (1, 1)
    assert Edition.objects.live().count() == 1
