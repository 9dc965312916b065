"""A development is saved, and published as it is written: the live edition plus that line, and nothing else."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from factories import DESK, develop, dispatch_of, make_dispatch, make_report, publish

from dispatches import desk
from dispatches.history import revisions
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from dispatches.public.state import read_public_state

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def live() -> Dispatch:
    """Return a live dispatch that publishes its developments as they are written."""
    dispatch = make_dispatch()
    develop(dispatch, "Earlier", timezone.now() - HOUR)
    desk.publish(dispatch=dispatch, actor=DESK)
    desk.start_publishing_developments(dispatch=dispatch, actor=DESK)
    return Dispatch.objects.get(pk=dispatch.pk)


def add(dispatch, text="It moved.", actor=DESK, **fields):
    return desk.add_development(dispatch=dispatch, actor=actor, text=text, **{"at": timezone.now()} | fields)


def texts(edition: Edition) -> list[str]:
    return [each.text for each in edition.public_developments]


def test_readers_have_a_line_as_soon_as_it_is_written(live):
    before = read_public_state().value
    added = add(live)
    assert texts(live.live_edition()) == ["It moved.", "Earlier"]
    assert (added.edition, added.waits) == (live.live_edition(), "")
    assert (added.edition.kind, added.edition.number, added.edition.moved_at) == ("update", 2, added.development.at)
    assert added.edition.revised_at == added.edition.live_at
    assert read_public_state().value != before


def test_other_saved_changes_stay_unpublished(live):
    with desk.saving(live, actor=DESK):
        live.headline, live.tldr = "Another headline", "Another TL;DR."
        live.save()
        live.developments.update(text="Reworded")
    edition = add(live).edition
    assert texts(edition) == ["It moved.", "Earlier"]
    assert "Another" not in f"{edition.headline} {edition.tldr}"
    live.refresh_from_db()
    assert live.has_unpublished_changes
    desk.update(dispatch=live, actor=DESK)
    assert texts(live.live_edition()) == ["It moved.", "Reworded"]


def test_without_other_changes_nothing_is_left_unpublished(live):
    add(live)
    live.refresh_from_db()
    assert not live.has_unpublished_changes


def test_the_same_key_adds_one_line_and_one_edition(live):
    first, second = add(live, key="1"), add(live, key="1")
    assert first.development == second.development
    assert first.edition == second.edition
    assert live.editions.count() == 2
    assert add(live, key="2").edition.number == 3


def test_a_report_rates_the_new_line(live):
    edition = add(live, report=make_report()).edition
    assert [each.rung.word for each in edition.public_developments] == ["Developing", "Unrated"]


def test_a_line_is_only_saved_while_publishing_as_written_is_off(live):
    desk.stop_publishing_developments(dispatch=live, actor=DESK)
    added = add(live)
    assert added.edition is None
    assert "next edition" in added.waits
    assert texts(live.live_edition()) == ["Earlier"]
    live.refresh_from_db()
    assert live.has_unpublished_changes


def test_what_may_not_be_published_is_saved_and_says_why(live, settings, django_user_model):
    editor = django_user_model.objects.create_user("editor")
    editor.groups.add(Group.objects.get(name="Editor"))
    settings.WIRE_SECOND_PERSON = "confirmed"
    assert add(live, "One", editor).edition
    settings.WIRE_SECOND_PERSON = "always"
    assert "someone else" in add(live, "Two", editor).waits
    settings.WIRE_SECOND_PERSON = "never"
    assert "later than this edition" in add(live, "Three", at=timezone.now() + HOUR).waits
    writer = django_user_model.objects.create_user("writer")
    reporter = Group.objects.get(name="Reporter")
    writer.user_permissions.set([*reporter.permissions.all(), *_permissions("edit_any_dispatch")])
    assert "may publish" in add(live, "Four", writer).waits
    assert texts(live.live_edition()) == ["One", "Earlier"]
    assert live.developments.count() == 5


def _permissions(*names: str):
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename__in=names)


def test_nothing_of_a_withdrawn_dispatch_or_a_draft_is_published(live):
    desk.withdraw(dispatch=live, actor=DESK, note="Wrong.")
    assert add(live).edition is None
    assert live.live_edition().is_withdrawn
    draft = make_dispatch()
    desk.start_publishing_developments(dispatch=draft, actor=DESK)
    assert "don’t see the dispatch yet" in add(draft).waits
    assert draft.latest_edition() is None


def test_a_scheduled_edition_gets_the_line_and_nothing_else():
    dispatch = make_dispatch(headline="As scheduled")
    scheduled = desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + HOUR)
    desk.start_publishing_developments(dispatch=dispatch, actor=DESK)
    with desk.saving(dispatch, actor=DESK):
        dispatch.headline = "Changed since"
        dispatch.save()
    added = add(dispatch)
    pending = dispatch.latest_edition()
    assert (pending.headline, texts(pending), pending.live_at) == ("As scheduled", ["It moved."], scheduled.live_at)
    assert (pending.kind, pending.number, pending.published_at) == ("first", 1, scheduled.published_at)
    assert added.edition is None
    assert dispatch.live_edition() is None
    dispatch.refresh_from_db()
    assert dispatch.has_unpublished_changes


def test_a_dispatch_that_nothing_supports_any_more_is_not_published_again(live):
    desk.retract_report(report=live.citations.get().report, actor=DESK)
    assert "Cite at least one report" in add(live).waits


def test_a_stale_copy_does_not_switch_it_back(live):
    stale = Dispatch.objects.get(pk=live.pk)
    desk.stop_publishing_developments(dispatch=live, actor=DESK)
    stale.save()
    live.refresh_from_db()
    assert not live.publishes_developments


def test_a_scheduled_update_gets_the_line_too_and_waits_with_the_rest(live):
    with desk.saving(live, actor=DESK):
        live.headline = "As scheduled"
        live.save()
    scheduled, tldr = desk.schedule(dispatch=live, actor=DESK, at=timezone.now() + HOUR), live.tldr
    with desk.saving(live, actor=DESK):
        live.tldr = "Changed since."
        live.save()
    now = add(live).edition
    pending = live.scheduled_edition()
    assert (texts(now), texts(pending)) == (["It moved.", "Earlier"],) * 2
    assert (pending.headline, pending.live_at, pending.number) == ("As scheduled", scheduled.live_at, now.number + 1)
    assert now.headline != "As scheduled"
    assert now.superseded_at == scheduled.live_at
    live.refresh_from_db()
    assert live.has_unpublished_changes
    desk.discard_changes(dispatch=live, actor=DESK)
    live.refresh_from_db()
    assert (live.tldr, live.developments.count(), live.has_unpublished_changes) == (tldr, 2, False)


def test_a_scheduled_first_edition_gets_no_line_that_someone_else_has_to_publish(settings, editor):
    dispatch = make_dispatch()
    scheduled = desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + HOUR)
    desk.start_publishing_developments(dispatch=dispatch, actor=DESK)
    settings.WIRE_SECOND_PERSON = "always"
    assert "someone else" in add(dispatch, actor=editor).waits
    assert dispatch.latest_edition() == scheduled


def test_the_history_has_the_line_and_who_wrote_it(live, django_user_model):
    editor = django_user_model.objects.create_superuser("Anna")
    add(live, "Hers", editor)
    latest = revisions.of(live).first()
    assert (latest.saved_by, latest.how) == (editor, "Added a development")


def test_stating_a_basis_rerates():
    relayed = make_report(basis="own")
    report = make_report(basis="relay", relays=relayed)
    dispatch = dispatch_of(publish(relayed, report))
    assert dispatch.live_edition().signal.word == "Developing"
    desk.set_basis(report=report, actor=DESK, basis="own")
    report.refresh_from_db()
    assert (report.basis, report.relays) == ("own", None)
    assert dispatch.live_edition().signal.word == "Strong"
