"""Every verb is in the log: who, what, when; and no text that expunging would have to find."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from factories import DESK, make_dispatch, make_report, make_section, make_source

from dispatches import desk
from dispatches.desk.actors import SystemActor
from dispatches.intake.importing import Importer
from dispatches.intake.lines import read_line
from dispatches.models import Action
from sources.intake.items import make_item
from sources.models import Report, Source
from tests.dispatches.desk.test_actors import call

pytestmark = pytest.mark.django_db

SECRET = "Lighthouse"
# Verbs without an object: they are about the site.
OF_THE_SITE = {
    *("index_due_editions", "prune_index", "rebuild_documents", "rerate", "reindex", "rebuild_relations", "unpin_lead"),
    *("propose_relays_by_source_name", "accept_proposals", "clear_proposals", "grade_agencies"),
    *("close_to_readers", "open_to_readers", "prune_log"),
    # Each is recorded once for a batch.
    *("expunge_reports", "prune_reports", "prune_revisions"),
    *("add_sources", "add_stories", "add_drafts", "record_reports", "accept_reports"),
}


def entries(**fields) -> list[Action]:
    return list(Action.objects.filter(**fields).order_by("pk"))


@pytest.fixture
def chief(django_user_model):
    user = django_user_model.objects.create(username="ada", is_staff=True)
    user.groups.add(Group.objects.get(name="Chief"))
    return user


@pytest.mark.parametrize("verb", sorted(desk.VERBS))
def test_every_verb_is_recorded_with_its_actor_and_object(verb):
    before = timezone.now()
    actor = User.objects.create_superuser("ada") if verb in {"get_or_file_dispatch", "take"} else DESK
    try:
        result = call(verb, actor)
    except desk.NotReady:
        assert entries(verb=verb) == []
        return
    found = entries(verb=verb)
    if result is False or result == 0 or result == desk.Received():
        assert found == []
        return
    (entry,) = found
    assert (entry.actor_name, entry.is_denied) == (getattr(actor, "username", DESK.name), False)
    assert entry.at >= before
    assert bool(entry.of and entry.object_id) == (verb not in OF_THE_SITE)


@pytest.mark.parametrize("verb", sorted(desk.VERBS))
def test_a_verb_that_is_denied_is_recorded_as_denied(verb):
    nobody = User.objects.create(username="eve")
    with pytest.raises(PermissionDenied):
        call(verb, nobody)
    (entry,) = entries(verb=verb, actor_name="eve")
    assert entry.is_denied
    assert entry.actor_id == nobody.pk


def test_editions_and_reasons_are_recorded_by_number_and_as_a_flag(chief):
    dispatch = make_dispatch()
    desk.publish(dispatch=dispatch, actor=chief)
    desk.correct(dispatch=dispatch, actor=chief, note=f"It was not the {SECRET}.")
    first, second = entries(actor_name="ada")
    assert (first.verb, first.edition, first.has_reason) == ("publish", 1, False)
    assert (second.verb, second.edition, second.has_reason) == ("correct", 2, True)
    assert (second.of, second.object_id, second.actor_id) == ("dispatches.dispatch", dispatch.pk, chief.pk)


def test_a_line_that_was_published_is_recorded_with_its_edition_and_once(chief):
    dispatch = make_dispatch()
    desk.publish(dispatch=dispatch, actor=chief)
    desk.start_publishing_developments(dispatch=dispatch, actor=chief)
    for _ in range(2):
        desk.add_development(dispatch=dispatch, actor=chief, at=timezone.now(), text=SECRET, key="1")
    assert [each.edition for each in entries(verb="add_development")] == [2]


def test_the_log_has_no_text_of_what_it_is_about(chief):
    source = make_source(name=SECRET, aliases=SECRET)
    report = make_report(source, title=SECRET, text=SECRET, accepted=False)
    dispatch = desk.file_dispatch(report=report, section=make_section(), actor=chief)
    desk.reject_report(report=report, actor=chief, reason=SECRET)
    desk.accept_report(report=report, actor=chief)
    with desk.saving(dispatch, actor=chief):
        dispatch.tldr = dispatch.body = dispatch.desk_note = SECRET
        dispatch.save()
    desk.hold_signal(dispatch=dispatch, actor=chief, at_most=1, reason=SECRET)
    desk.submit(dispatch=dispatch, actor=chief)
    desk.send_back(dispatch=dispatch, actor=chief, note=SECRET)
    assert len(entries()) == 7
    assert SECRET not in str(list(Action.objects.values()))


def test_a_verb_that_fails_leaves_no_entry(chief):
    dispatch = make_dispatch()
    with pytest.raises(desk.NotReady):
        desk.withdraw(dispatch=dispatch, actor=chief, note="")
    assert entries(verb="withdraw") == []


def test_saving_and_deleting_are_recorded_as_what_they_are(chief):
    dispatch = make_dispatch()
    with desk.saving(dispatch, actor=chief):
        dispatch.save()
    source = Source(name="New", kind="outlet")
    with desk.saving(source, actor=chief):
        source.save()
    with pytest.raises(PermissionDenied), desk.deleting(dispatch, actor=chief):
        pass
    assert [(each.verb, each.object_id, each.is_denied) for each in entries(actor_name="ada")] == [
        ("change_dispatch", dispatch.pk, False),
        ("add_source", source.pk, False),
        ("delete_dispatch", dispatch.pk, True),
    ]


def test_what_is_denied_is_recorded_even_if_its_transaction_is_rolled_back():
    nobody = User.objects.create(username="eve")
    dispatch = make_dispatch()
    with pytest.raises(PermissionDenied), desk.publication_lock():
        desk.publish(dispatch=dispatch, actor=nobody)
    assert [each.verb for each in entries(actor_name="eve")] == ["publish"]


def test_a_name_stays_when_its_user_is_renamed_or_deleted(chief):
    desk.unpin_lead(actor=chief)
    chief.username = "grace"
    chief.save()
    User.objects.filter(pk=chief.pk).delete()
    (entry,) = entries(verb="unpin_lead")
    assert entry.actor_name == "ada"


def test_a_poll_is_recorded_only_if_it_brought_something():
    source = make_source()
    item = make_item(title="What was said", external_id="1")
    for _ in range(2):
        desk.receive(source=source, items=[item], actor=desk.POLLER)
    (entry,) = entries(verb="receive")
    assert (entry.actor_name, entry.of, entry.object_id, entry.count) == ("poller", "sources.source", source.pk, 1)


def test_an_import_has_an_entry_for_each_step_of_a_batch_however_many_dispatches_it_has(chief):
    line = '{"text": "%s left.", "date": "2026-06-25", "sources": [{"name": "Harbour Post"}, {"name": "Mail"}]}'
    importer = Importer(actor=chief, section=make_section())
    batch = [read_line(line % what) for what in ("Ships", "Trains", "Planes")]
    importer.take_in_batch(batch)
    importer.take_in_batch(batch)
    assert sorted(entry.verb for entry in entries(actor_name="ada")) == ["add_drafts", "add_sources", "record_reports"]


def test_a_verb_costs_one_insert_into_the_log(chief):
    report = make_report(accepted=False)
    with CaptureQueriesContext(connection) as queries:
        desk.accept_report(report=report, actor=chief)
    assert sum("dispatches_action" in each["sql"] for each in queries) == 1


def test_an_actor_without_a_name_is_nobody():
    with pytest.raises(PermissionDenied):
        desk.publish(dispatch=make_dispatch(), actor=None)
    assert entries(verb="publish")[0].actor_kind == "nobody"


def test_a_program_that_may_not_is_recorded_by_its_name():
    with pytest.raises(PermissionDenied):
        desk.publish(dispatch=make_dispatch(), actor=SystemActor("a stranger", frozenset()))
    assert entries(verb="publish")[0].actor_name == "a stranger"


def test_an_entry_is_gone_with_the_transaction_of_its_verb(chief):
    report = make_report(accepted=False)
    with transaction.atomic():
        desk.accept_report(report=report, actor=chief)
        transaction.set_rollback(True)
    assert entries(actor_name="ada") == []
    assert Report.objects.get().review == "pending"
