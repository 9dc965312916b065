"""An update of what is live goes live by itself, and everything else works meanwhile."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from factories import DESK, change, cite, develop, dispatch_of, make_dispatch, make_report, publish
from time_machine import travel

from dispatches import desk
from dispatches.models import Dispatch, Issuance
from dispatches.public.models import Edition
from dispatches.signal.rules import Rung

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
BODY = "One.\n\nTwo.\n\nThree."


@pytest.fixture
def at():
    return timezone.now() + HOUR


@pytest.fixture
def dispatch(at):
    """A live dispatch with an update scheduled: another TL;DR, and another third paragraph."""
    dispatch = dispatch_of(publish(make_report(), make_report(), body=BODY, tldr="Now.", headline="It is"))
    change(dispatch, tldr="Then.", body=BODY.replace("Three", "Four"))
    desk.schedule(dispatch=dispatch, actor=DESK, at=at, note="It went on.")
    return Dispatch.objects.get(pk=dispatch.pk)


def live(dispatch, when=None):
    return Edition.objects.live(when).get(publication=dispatch.publication_id)


def seen(dispatch, when):
    with travel(when):
        return [(each.number, each.kind) for each in dispatch.editions.seen()]


def shown(edition) -> tuple[str, str]:
    return edition.tldr, edition.body_html.replace("<p>", "").replace("</p>", "").replace("\n", " ")


def test_an_update_goes_live_by_itself_at_its_time(dispatch, at):
    assert shown(live(dispatch)) == ("Now.", "One. Two. Three.")
    assert shown(live(dispatch, at - timedelta(microseconds=1))) == ("Now.", "One. Two. Three.")
    later = live(dispatch, at)
    assert (*shown(later), later.number, later.kind, later.note) == (
        "Then.",
        "One. Two. Four.",
        2,
        "update",
        "It went on.",
    )
    assert seen(dispatch, timezone.now()) == [(1, "first")]
    assert seen(dispatch, at) == [(1, "first"), (2, "update")]
    assert not dispatch.has_unpublished_changes


@pytest.mark.parametrize("verb", ["update", "correct", "clarify"])
def test_what_is_changed_since_is_published_now_and_carried_and_the_rest_waits(dispatch, at, verb):
    change(dispatch, body="Zero.\n\nTwo.\n\nFour.")
    edition = getattr(desk, verb)(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert shown(edition) == shown(live(dispatch)) == ("Now.", "Zero. Two. Three.")
    later = live(dispatch, at)
    assert shown(later) == ("Then.", "Zero. Two. Four.")
    assert (edition.number, later.number, later.note) == (2, 3, "It went on.")
    assert later.is_corrected == edition.is_corrected == (verb == "correct")
    assert seen(dispatch, at) == [(1, "first"), (2, edition.kind), (3, "update")]
    stored = Dispatch.objects.get(pk=dispatch.pk)
    assert (stored.body, stored.has_unpublished_changes) == ("Zero.\n\nTwo.\n\nFour.", False)


def test_a_correction_that_would_publish_what_waits_is_refused_and_changes_nothing(dispatch, at):
    change(dispatch, tldr="Then, corrected.")
    with pytest.raises(desk.NotReady, match="TL;DR: you changed the same words as the edition scheduled"):
        desk.correct(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert (live(dispatch).number, live(dispatch, at).tldr) == (1, "Then.")


def test_from_the_text_that_is_live_any_correction_is_made_and_carried(dispatch, at):
    desk.return_to_live(dispatch=dispatch, actor=DESK)
    assert (dispatch.tldr, dispatch.body, dispatch.follows_live) == ("Now.", BODY, True)
    change(dispatch, body=BODY.replace("One", "Zero"))
    desk.correct(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert shown(live(dispatch)) == ("Now.", "Zero. Two. Three.")
    assert shown(live(dispatch, at)) == ("Then.", "Zero. Two. Four.")
    dispatch.refresh_from_db()
    assert dispatch.has_unpublished_changes
    desk.discard_changes(dispatch=dispatch, actor=DESK)
    assert (dispatch.tldr, dispatch.body) == ("Then.", "Zero.\n\nTwo.\n\nFour.")
    assert (dispatch.follows_live, dispatch.has_unpublished_changes) == (False, False)


def test_what_can_not_be_carried_is_refused(dispatch, at):
    desk.return_to_live(dispatch=dispatch, actor=DESK)
    change(dispatch, body=BODY.replace("Three", "Five"))
    with pytest.raises(desk.NotReady, match=r"Body: .* changes the same words, so your change can't be carried"):
        desk.correct(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert live(dispatch).number == 1


def test_developments_are_carried_and_those_that_wait_are_not_published(at):
    dispatch = make_dispatch(make_report())
    kept, changed = (
        develop(dispatch, "Kept", timezone.now() - HOUR),
        develop(dispatch, "As it was", timezone.now() - HOUR),
    )
    desk.publish(dispatch=dispatch, actor=DESK)
    waiting = desk.add_development(
        dispatch=dispatch, actor=DESK, at=timezone.now() - HOUR / 2, text="Waits"
    ).development
    desk.schedule(dispatch=dispatch, actor=DESK, at=at)
    with desk.saving(Dispatch.objects.get(pk=dispatch.pk), actor=DESK):
        changed.text = "As it is"
        changed.save()
    desk.add_development(dispatch=dispatch, actor=DESK, at=timezone.now() - HOUR / 4, text="New")
    edition = desk.update(dispatch=dispatch, actor=DESK)
    assert [each.text for each in edition.public_developments] == ["New", "As it is", "Kept"]
    assert [each.text for each in live(dispatch_of(edition), at).public_developments] == [
        "New",
        "Waits",
        "As it is",
        "Kept",
    ]
    with desk.saving(Dispatch.objects.get(pk=dispatch.pk), actor=DESK):
        waiting.text = "Waits, changed"
        waiting.save()
    with pytest.raises(desk.NotReady, match="Developments: you changed the same words"):
        desk.update(dispatch=dispatch, actor=DESK)
    assert kept.pk


def test_a_withdrawal_cancels_what_is_scheduled(dispatch, at):
    desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert live(dispatch).is_withdrawn
    assert live(dispatch, at).is_withdrawn
    assert seen(dispatch, at) == [(1, "first"), (2, "withdrawal")]
    assert Issuance.objects.get(ended="withdrawn").edition.tldr == "Then."


def test_expunging_leaves_nothing_of_what_was_scheduled(dispatch, at):
    desk.expunge(dispatch=dispatch, actor=DESK, note="By order of a court.")
    assert live(dispatch, at).is_withdrawn
    assert not Edition.objects.filter(publication=dispatch.publication_id).exclude(headline="Expunged").exists()
    assert set(Issuance.objects.filter(dispatch=dispatch).values_list("text", flat=True)) == {None}


def test_a_hold_lowers_what_is_live_and_what_is_scheduled(dispatch, at):
    desk.hold_signal(dispatch=dispatch, actor=DESK, at_most=Rung.DEVELOPING, reason="It wavers.")
    now, later = live(dispatch), live(dispatch, at)
    assert (now.number, now.kind, now.rung, now.tldr) == (2, "signal", Rung.DEVELOPING, "Now.")
    assert (later.number, later.kind, later.rung, later.tldr) == (3, "update", Rung.DEVELOPING, "Then.")
    assert (later.note, later.cause, later.moves_signal) == ("It went on.", "", False)
    desk.correct(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert shown(live(dispatch, at)) == ("Then.", "One. Two. Four.")


def test_what_nothing_supports_any_more_is_called_off_and_what_is_live_says_so(dispatch, at):
    for citation in dispatch.citations.all():
        desk.retract_report(report=citation.report, actor=DESK)
    assert live(dispatch, at) == live(dispatch)
    assert (live(dispatch).rung, live(dispatch).tldr, live(dispatch).superseded_at) == (Rung.UNRATED, "Now.", None)
    ended = Issuance.objects.get(ended="unsupported")
    assert (ended.edition.tldr, ended.ended_by) == ("Then.", None)
    assert Dispatch.objects.get(pk=dispatch.pk).has_unpublished_changes


def test_canceling_leaves_what_is_live(dispatch, at, editor):
    desk.cancel_schedule(dispatch=dispatch, actor=editor)
    assert live(dispatch, at) == live(dispatch)
    assert live(dispatch).superseded_at is None
    assert Dispatch.objects.get(pk=dispatch.pk).has_unpublished_changes
    assert Issuance.objects.get(ended="canceled").ended_by == editor
    assert desk.update(dispatch=dispatch, actor=DESK).number == 2


def test_its_time_is_changed_alone(dispatch, at):
    change(dispatch, tldr="Written since.")
    moved = desk.move_schedule(dispatch=dispatch, actor=DESK, at=at + HOUR)
    assert (moved.tldr, moved.live_at, moved.number, moved.note) == ("Then.", at + HOUR, 2, "It went on.")
    assert live(dispatch, at).tldr == "Now."
    assert Dispatch.objects.get(pk=dispatch.pk).has_unpublished_changes
    rescheduled = desk.reschedule(dispatch=dispatch, actor=DESK, at=at)
    assert (rescheduled.tldr, rescheduled.note, rescheduled.number) == ("Written since.", "It went on.", 2)
    assert seen(dispatch, at) == [(1, "first"), (2, "update")]


def test_a_first_edition_is_moved_with_its_text_and_gets_the_date_of_its_new_time(at):
    dispatch = make_dispatch(tldr="Scheduled.")
    desk.schedule(dispatch=dispatch, actor=DESK, at=at)
    change(dispatch, tldr="Written since.")
    moved = desk.move_schedule(dispatch=dispatch, actor=DESK, at=at + timedelta(days=2))
    assert (moved.tldr, moved.number, moved.kind) == ("Scheduled.", 1, "first")
    assert moved.dated == timezone.localdate(at + timedelta(days=2))
    assert moved.published_at == moved.live_at


def test_one_update_is_scheduled_at_a_time_and_none_of_what_is_withdrawn(dispatch, at):
    with pytest.raises(desk.NotReady, match="Reschedule it instead"):
        desk.schedule(dispatch=dispatch, actor=DESK, at=at)
    desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")
    with pytest.raises(desk.NotReady, match="It is withdrawn"):
        desk.schedule(dispatch=dispatch, actor=DESK, at=at)
    for verb in (desk.reschedule, desk.move_schedule):
        with pytest.raises(desk.NotReady, match="Nothing is scheduled"):
            verb(dispatch=dispatch, actor=DESK, at=at)


def test_what_is_carried_is_checked_as_well(dispatch, at):
    """A development dated before the scheduled edition but later than now blocks only what is published now."""
    desk.add_development(dispatch=dispatch, actor=DESK, at=at - HOUR / 2, text="To come")
    with pytest.raises(desk.NotReady, match="A development is dated later"):
        desk.update(dispatch=dispatch, actor=DESK)
    assert live(dispatch, at).tldr == "Then."


# Discarding


def test_what_is_discarded_is_kept_in_the_history():
    from dispatches.history import revisions

    dispatch = dispatch_of(publish(tldr="Live."))
    change(dispatch, tldr="Written since.")
    desk.discard_changes(dispatch=dispatch, actor=DESK)
    assert (dispatch.tldr, dispatch.has_unpublished_changes) == ("Live.", False)
    found = [(each.how, each.content[""][""]["tldr"]) for each in revisions.of(dispatch)[:2]]
    assert found == [("Discarded changes", "Live."), ("Saved", "Written since.")]


def test_a_development_that_was_deleted_comes_back_with_its_id_and_its_citations(at):
    dispatch = make_dispatch(make_report())
    development = develop(dispatch, "It moved", timezone.now() - HOUR)
    for _ in range(2):
        cite(dispatch, make_report(), development=development)
    first = desk.publish(dispatch=dispatch, actor=DESK)
    with desk.saving(Dispatch.objects.get(pk=dispatch.pk), actor=DESK):
        dispatch.developments.all().delete()
    at = timezone.now() - HOUR
    extra = desk.add_development(dispatch=dispatch, actor=DESK, at=at, text="Typed since").development
    desk.discard_changes(dispatch=dispatch, actor=DESK)
    assert list(dispatch.developments.values_list("pk", "text")) == [(development.pk, "It moved")]
    assert extra.text not in str(live(dispatch).developments)
    assert live(dispatch).developments == first.developments
    assert not Dispatch.objects.get(pk=dispatch.pk).has_unpublished_changes


def test_whoever_may_only_look_discards_nothing(dispatch, django_user_model):
    looker = django_user_model.objects.create_user("looker")
    looker.user_permissions.set(Permission.objects.filter(codename__in=["view_dispatch", "edit_any_dispatch"]))
    change(dispatch, tldr="Written since.")
    for verb in (desk.discard_changes, desk.return_to_live):
        with pytest.raises(PermissionDenied):
            verb(dispatch=dispatch, actor=looker)
    assert Dispatch.objects.get(pk=dispatch.pk).tldr == "Written since."


def test_nothing_is_discarded_where_nothing_was_issued(dispatch):
    desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")
    for each in (dispatch, make_dispatch()):
        with pytest.raises(desk.NotReady, match="Nothing of it is live or scheduled"):
            desk.discard_changes(dispatch=each, actor=DESK)
        with pytest.raises(desk.NotReady, match="Nothing is scheduled"):
            desk.return_to_live(dispatch=each, actor=DESK)
