from datetime import timedelta

import pytest
from django.utils import timezone
from factories import DESK, cite, develop, dispatch_of, make_dispatch, make_report, make_section, make_source, publish
from time_machine import travel

from dispatches import desk
from dispatches.desk.readiness import blockers_at
from dispatches.models import Dispatch
from dispatches.public.models import Edition, SiteState
from dispatches.signal.rules import Rung
from sources.models import Holding, Owner

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def rung_of(*reports):
    return publish(*reports).signal


def test_a_single_sourced_dispatch_is_never_strong():
    assert rung_of(make_report()) is Rung.DEVELOPING


def test_two_independent_sources_are_strong():
    assert rung_of(make_report(), make_report()) is Rung.STRONG


def test_three_are_confirmed():
    assert rung_of(make_report(), make_report(), make_report()) is Rung.CONFIRMED


def test_a_relay_adds_nothing():
    agency = make_report()
    assert rung_of(agency, make_report(basis="relay", relays=agency)) is Rung.DEVELOPING
    assert rung_of(agency, make_report(basis="relay", credits=agency.source)) is Rung.DEVELOPING


def test_a_common_owner_adds_nothing():
    owner = Owner.objects.create(name="Holdings")
    assert rung_of(make_report(make_source(owner=owner)), make_report(make_source(owner=owner))) is Rung.DEVELOPING


@pytest.mark.parametrize(
    ("percent", "is_control", "rung"),
    [(80, False, Rung.DEVELOPING), (50, False, Rung.STRONG), (10, True, Rung.DEVELOPING)],
)
def test_a_holding_of_more_than_half_or_marked_as_control_is_a_common_owner(percent, is_control, rung):
    top, held = Owner.objects.create(name="Top"), Owner.objects.create(name="Held")
    Holding.objects.create(holder=top, held=held, percent=percent, is_control=is_control)
    assert rung_of(make_report(make_source(owner=top)), make_report(make_source(owner=held))) is rung


def test_publishing_says_everything_that_is_missing_and_changes_nothing():
    dispatch = make_dispatch(make_report(accepted=False), tldr="", body="")
    with pytest.raises(desk.NotReady) as refusal:
        desk.publish(dispatch=dispatch, actor=DESK)
    assert [sentence.split(":")[0].split(".")[0] for sentence in refusal.value.missing] == [
        "Write the TL;DR",
        "Write the body",
        "Cite at least one report that supports the headline and counts",
    ]
    assert not Edition.objects.exists()


@pytest.mark.parametrize(
    "report",
    [
        {"accepted": False},
        {"source": {"grade": "D"}},
        {"source": {"is_ours": True}},
    ],
)
def test_what_no_counted_report_supports_can_not_be_published(report):
    source = make_source(**report.pop("source", {}))
    with pytest.raises(desk.NotReady, match="Cite at least one report"):
        publish(make_report(source, **report))


def test_a_dispatch_is_published_once():
    edition = publish()
    with pytest.raises(desk.NotReady, match="already published or scheduled"):
        desk.publish(dispatch=dispatch_of(edition), actor=DESK)


def test_an_address_is_never_given_twice():
    first = publish(slug="one-slug")
    with pytest.raises(desk.NotReady, match="Choose a different slug"):
        publish(slug="one-slug")
    Dispatch.objects.filter(pk=dispatch_of(first).pk).update(slug="other-slug")
    desk.update(dispatch=dispatch_of(first), actor=DESK)
    with pytest.raises(desk.NotReady, match="Choose a different slug"):
        publish(slug="one-slug")


def test_readers_see_the_edition_and_not_the_working_copy():
    edition = publish(headline="As published")
    Dispatch.objects.update(headline="As typed since")
    assert Edition.objects.live().get().headline == "As published"
    assert desk.update(dispatch=Dispatch.objects.get(), actor=DESK).headline == "As typed since"
    edition.refresh_from_db()
    assert edition.headline == "As published"


def test_an_update_keeps_the_address_and_the_time_of_publication():
    first = publish(at=timezone.now() - timedelta(days=3))
    second = desk.update(dispatch=dispatch_of(first), actor=DESK, note="More is known.")
    assert (second.dated, second.slug, second.published_at) == (first.dated, first.slug, first.published_at)
    assert (second.number, second.kind, second.note) == (2, "update", "More is known.")


def test_a_correction_needs_a_note_and_marks_every_edition_after_it():
    dispatch = dispatch_of(publish(at=timezone.now() - HOUR))
    with pytest.raises(desk.NotReady, match="note is shown"):
        desk.correct(dispatch=dispatch, actor=DESK, note="  ")
    assert desk.correct(dispatch=dispatch, actor=DESK, note="The number was wrong.").is_corrected
    assert desk.update(dispatch=dispatch, actor=DESK).is_corrected


def test_a_withdrawal_leaves_a_tombstone_and_the_working_copy():
    edition = publish(body="What was wrong.", tldr="Wrong.")
    tombstone = desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="Its only source took it back.")
    assert (tombstone.body_html, tombstone.tldr, tombstone.ledger, tombstone.developments) == ("", "", [], [])
    assert tombstone.get_absolute_url() == edition.get_absolute_url()
    assert Dispatch.objects.get().body == "What was wrong."
    for verb in (desk.update, desk.correct, desk.withdraw):
        with pytest.raises(desk.NotReady, match="withdrawn"):
            verb(dispatch=dispatch_of(edition), actor=DESK, note="x")


def test_a_scheduled_dispatch_goes_live_by_itself():
    at = timezone.now() + HOUR
    desk.schedule(dispatch=make_dispatch(), actor=DESK, at=at)
    assert not Edition.objects.live().exists()
    assert Edition.objects.live(at).exists()


def test_what_is_scheduled_can_be_called_off_and_scheduled_again():
    dispatch = make_dispatch()
    desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + HOUR)
    with pytest.raises(desk.NotReady, match="Cancel the schedule first"):
        desk.update(dispatch=dispatch, actor=DESK)
    desk.cancel_schedule(dispatch=dispatch, actor=DESK)
    with travel(timezone.now() + 2 * HOUR):
        # Its time has passed, and it is neither current nor in the history.
        assert not Edition.objects.live().exists()
        assert not Edition.objects.seen().exists()
        edition = desk.publish(dispatch=dispatch, actor=DESK)
        assert list(Edition.objects.seen()) == [edition]
        with pytest.raises(desk.NotReady, match="Nothing is scheduled"):
            desk.cancel_schedule(dispatch=dispatch, actor=DESK)


def test_a_time_that_has_passed_can_not_be_scheduled():
    with pytest.raises(desk.NotReady, match="has passed"):
        desk.schedule(dispatch=make_dispatch(), actor=DESK, at=timezone.now() - HOUR)


def test_the_desk_window_closes_with_the_last_review():
    now = timezone.now()
    first, second = make_report(accepted_at=now - 2 * HOUR), make_report(accepted_at=now - HOUR)
    pending = make_report(accepted=False)
    edition = publish(first, second, pending)
    assert (edition.desk_window_at, edition.report_count) == (now - HOUR, 2)


def test_each_development_has_the_signal_of_its_own_citations():
    dispatch = make_dispatch()
    now = timezone.now()
    backed, bare = develop(dispatch, "Backed by two", now - HOUR), develop(dispatch, "Backed by none", now)
    for _ in range(2):
        cite(dispatch, make_report(), development=backed)
    edition = desk.publish(dispatch=dispatch, actor=DESK)
    assert [(each.text, each.rung) for each in edition.public_developments] == [
        (bare.text, Rung.UNRATED),
        (backed.text, Rung.STRONG),
    ]
    assert edition.signal is Rung.DEVELOPING


def test_a_contradiction_is_shown_until_it_is_resolved():
    dispatch = make_dispatch(make_report(), make_report())
    contradiction = cite(dispatch, make_report(), stance="contradicts")
    edition = desk.publish(dispatch=dispatch, actor=DESK)
    assert (edition.signal, edition.is_disputed) == (Rung.DEVELOPING, True)
    contradiction.resolution = "The ministry withdrew its denial."
    contradiction.save()
    edition = desk.update(dispatch=dispatch, actor=DESK)
    assert (edition.signal, edition.is_disputed) == (Rung.STRONG, False)


def test_a_hold_lowers_what_readers_see():
    dispatch = make_dispatch(make_report(), make_report(), hold=Rung.DEVELOPING, hold_reason="One of them wavers.")
    edition = desk.publish(dispatch=dispatch, actor=DESK)
    assert (edition.signal, edition.origins, edition.is_held) == (Rung.DEVELOPING, 2, True)


def test_the_lead_is_pinned_only_from_what_readers_can_read():
    dispatch = make_dispatch()
    with pytest.raises(desk.NotReady):
        desk.pin_lead(dispatch=dispatch, actor=DESK)
    desk.publish(dispatch=dispatch, actor=DESK)
    desk.pin_lead(dispatch=dispatch, actor=DESK)
    dispatch.refresh_from_db()
    assert SiteState.objects.get().lead == dispatch.publication
    desk.unpin_lead(actor=DESK)
    assert SiteState.objects.get().lead is None


def test_a_dispatch_that_readers_have_seen_can_not_be_deleted():
    from django.db.models import ProtectedError

    with pytest.raises(ProtectedError):
        dispatch_of(publish()).delete()


def test_a_verb_publishes_what_is_stored_and_not_what_somebody_loaded_long_ago():
    dispatch = dispatch_of(publish(body="Wrong."))
    stale = Dispatch.objects.get(pk=dispatch.pk)
    dispatch.body = "Right."
    dispatch.save()
    desk.correct(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert desk.update(dispatch=stale, actor=DESK).body_html == "<p>Right.</p>"


def test_a_decision_changes_only_what_was_decided():
    report = make_report(accepted=False)
    stale = type(report).objects.get(pk=report.pk)
    desk.retract_report(report=report, actor=DESK)
    desk.accept_report(report=stale, actor=DESK)
    report.refresh_from_db()
    assert report.retracted_at is not None
    assert report.review == "accepted"
    desk.undo_retraction(report=report, actor=DESK)
    assert type(report).objects.get().retracted_at is None


def test_only_schedule_takes_a_future_time():
    later = timezone.now() + HOUR
    with pytest.raises(desk.NotReady, match="Schedule it"):
        desk.publish(dispatch=make_dispatch(), actor=DESK, at=later)
    dispatch = dispatch_of(publish())
    for verb, more in ((desk.update, {}), (desk.correct, {"note": "x"}), (desk.withdraw, {"note": "x"})):
        with pytest.raises(desk.NotReady, match="Schedule it"):
            verb(dispatch=dispatch, actor=DESK, at=later, **more)
    with pytest.raises(desk.NotReady, match="has to be later"):
        desk.update(dispatch=dispatch, actor=DESK, at=dispatch.latest_edition().live_at)


def test_a_development_dated_in_the_future_is_not_published():
    dispatch = make_dispatch()
    develop(dispatch, "Not yet", timezone.now() + HOUR)
    with pytest.raises(desk.NotReady, match="dated later than this edition"):
        desk.publish(dispatch=dispatch, actor=DESK)


def test_a_withdrawn_dispatch_is_restored_with_a_note():
    dispatch = dispatch_of(publish())
    with pytest.raises(desk.NotReady, match="not withdrawn"):
        desk.restore(dispatch=dispatch, actor=DESK, note="It stands.")
    desk.withdraw(dispatch=dispatch, actor=DESK, note="Taken back.")
    with pytest.raises(desk.NotReady, match="note is shown"):
        desk.restore(dispatch=dispatch, actor=DESK, note=" ")
    edition = desk.restore(dispatch=dispatch, actor=DESK, note="It stands after all.")
    assert (edition.kind, edition.note, edition.slug) == ("restoration", "It stands after all.", dispatch.slug)
    assert Edition.objects.live().get() == edition


def test_a_dispatch_is_filed_from_a_report(editor):
    report = make_report(title="The port is closed " + "x" * 200)
    dispatch = desk.file_dispatch(report=report, section=publish().section, actor=editor)
    assert (dispatch.headline, dispatch.author) == (report.title[:140], editor)
    assert dispatch.citations.get().report == report
    now = timezone.now()
    added = desk.add_development(dispatch=dispatch, actor=editor, at=now, text="A step", report=report)
    assert added.development.citations.get().report == report


def test_a_second_press_finds_the_draft_and_no_draft_that_was_set_aside(editor):
    report = make_report()
    make_section()
    first, is_new = desk.get_or_file_dispatch(report=report, actor=editor)
    assert is_new
    assert desk.get_or_file_dispatch(report=report, actor=editor) == (first, False)
    desk.set_aside(dispatch=first, actor=DESK)
    second, is_new = desk.get_or_file_dispatch(report=report, actor=editor)
    assert (is_new, second != first) == (True, True)
    desk.publish(dispatch=make_ready(second), actor=editor)
    third, is_new = desk.get_or_file_dispatch(report=report, actor=editor)
    assert (is_new, third.pk not in {first.pk, second.pk}) == (True, True)


def make_ready(dispatch):
    dispatch.tldr, dispatch.body = "What matters.", "The body."
    dispatch.save()
    return dispatch


def test_a_draft_goes_to_the_editors_and_back(editor):
    dispatch = make_dispatch(author=editor)
    desk.submit(dispatch=dispatch, actor=DESK)
    assert dispatch.submitted_at
    with pytest.raises(desk.NotReady, match="Say what is missing"):
        desk.send_back(dispatch=dispatch, note="", actor=DESK)
    desk.send_back(dispatch=dispatch, note="Who says so?", actor=DESK)
    dispatch.refresh_from_db()
    assert (dispatch.submitted_at, dispatch.desk_note) == (None, "Who says so?")


def test_only_what_readers_never_had_is_set_aside():
    dispatch = make_dispatch()
    desk.set_aside(dispatch=dispatch, actor=DESK)
    assert dispatch.set_aside_at
    desk.reopen_draft(dispatch=dispatch, actor=DESK)
    assert dispatch.set_aside_at is None
    with pytest.raises(desk.NotReady, match="Withdraw it"):
        desk.set_aside(dispatch=dispatch_of(publish()), actor=DESK)


def test_a_rejection_has_a_reason_and_can_be_undone_until_someone_decides_again():
    report = make_report(accepted=False)
    with pytest.raises(desk.NotReady, match="Give a reason for rejecting it"):
        desk.reject_report(report=report, actor=DESK, reason=" ")
    desk.reject_report(report=report, actor=DESK, reason="A rumour.")
    first = report.reviewed_at
    desk.accept_report(report=report, actor=DESK)
    assert not desk.undo_review(report=report, reviewed_at=first, actor=DESK)
    assert desk.undo_review(report=report, reviewed_at=report.reviewed_at, actor=DESK)
    report.refresh_from_db()
    assert (report.review, report.reviewed_at) == ("pending", None)


@pytest.mark.parametrize(
    ("rule", "count", "refused"),
    [("never", 3, False), ("confirmed", 2, False), ("confirmed", 3, True), ("always", 1, True)],
)
def test_an_installation_can_want_a_second_person(settings, editor, rule, count, refused):
    settings.WIRE_SECOND_PERSON = rule
    dispatch = make_dispatch(*(make_report() for _ in range(count)))
    with desk.saving(dispatch, actor=editor):
        dispatch.headline = "Mine"
        dispatch.save()
    if refused:
        with pytest.raises(desk.NotReady, match="someone else has to publish it"):
            desk.publish(dispatch=dispatch, actor=editor)
    other = type(editor).objects.create_superuser("other")
    desk.publish(dispatch=dispatch, actor=other if refused else editor)
    assert Edition.objects.count() == 1


def test_what_was_called_off_or_replaced_unseen_has_left_no_number(client):
    at = timezone.now() + timedelta(hours=1)
    pending = make_report(accepted=False)
    dispatch = make_dispatch(make_report(), pending)
    for _ in range(2):
        desk.schedule(dispatch=dispatch, actor=DESK, at=at)
        desk.cancel_schedule(dispatch=dispatch, actor=DESK)
    desk.schedule(dispatch=dispatch, actor=DESK, at=at)
    desk.reschedule(dispatch=dispatch, actor=DESK, at=at)
    desk.accept_report(report=pending, actor=DESK)
    with travel(at):
        edition = dispatch.live_edition()
        assert (edition.number, edition.rung) == (1, Rung.STRONG)
        ledger = client.get(edition.get_absolute_url().rstrip("/") + ".signal.json").json()
        assert ledger["edition"] == 1
        assert "Edition 2" not in client.get(f"{edition.get_absolute_url()}history/").text
    with travel(at + timedelta(hours=1)):
        assert desk.update(dispatch=dispatch, actor=DESK).number == 2


def test_what_somebody_else_has_published_meanwhile_is_not_in_its_own_way():
    dispatch = make_dispatch(make_report())
    read_before = Dispatch.objects.get(pk=dispatch.pk)
    desk.publish(dispatch=dispatch, actor=DESK)
    later = timezone.now() + timedelta(minutes=1)
    assert blockers_at(read_before, later) == []


@pytest.mark.parametrize("note", ["", " \n", "\u202e", "\x01\ufffe"])
def test_a_correction_whose_note_shows_nothing_is_refused(note):
    edition = publish()
    with pytest.raises(desk.NotReady):
        desk.correct(dispatch=dispatch_of(edition), actor=DESK, note=note)
