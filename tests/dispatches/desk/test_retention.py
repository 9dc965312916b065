"""Retention deletes what is old and unused, and nothing that a promise needs."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone
from factories import DESK, change, cite, dispatch_of, make_dispatch, make_report, publish

from dispatches import desk
from dispatches.desk import retention
from dispatches.history import revisions
from dispatches.models import Action, Citation, Presence, Revision
from sources.models import Fingerprint, Proposal, Report

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=400)


def old_report(**fields) -> Report:
    report = make_report(**fields)
    Report.objects.filter(pk=report.pk).update(received_at=LONG_AGO)
    report.refresh_from_db()
    return report


def prune(**options) -> str:
    output = StringIO()
    call_command("prune", stdout=output, **options)
    return output.getvalue()


def test_only_intake_that_was_never_used_is_deleted(editor):
    unused = old_report(accepted=False, text="Words that nobody used.")
    with desk.saving(unused, actor=DESK):
        unused.save()
    once_cited, cited, relayed, proposed, commented = (old_report(title=f"Report {n}") for n in range(5))
    relay = make_report(basis="relay", relays=relayed)
    Proposal.objects.create(report=relay, relays=proposed, kind=Proposal.Kind.COPY)
    desk.comment(work=commented, text="Keep this.", actor=editor)
    dispatch = make_dispatch(cited)
    cite(dispatch, once_cited)
    change(dispatch, body="With a citation that goes.")
    Citation.objects.filter(report=once_cited).delete()
    recent = make_report(accepted=False)
    assert "unused reports: 1 would be deleted" in prune(dry_run=True)
    assert Report.objects.filter(pk=unused.pk).exists()
    assert "unused reports: 1 deleted" in prune()
    left = {*Report.objects.values_list("pk", flat=True)}
    assert left == {each.pk for each in (once_cited, cited, relayed, proposed, commented, relay, recent)}
    assert "nobody used" not in str(list(Revision.objects.values_list("content")))
    assert not Fingerprint.objects.filter(report=unused.pk).exists()
    assert Action.objects.get(verb="prune_reports").actor_name == "retention"


def test_an_expunged_report_is_kept_so_that_it_does_not_come_back():
    report = old_report()
    desk.expunge(dispatch=dispatch_of(publish(report)), actor=DESK, note="By order of a court.")
    Citation.objects.all().delete()
    prune()
    assert Report.objects.filter(pk=report.pk).exists()


def test_former_saves_are_kept_for_good_unless_set_otherwise(settings):
    report, another = make_report(), make_report()
    dispatch = make_dispatch(report)
    for number in range(3):
        change(dispatch, body=f"Save {number}")
    cite(dispatch, another)
    change(dispatch, body="With another report")
    Citation.objects.filter(report=another).delete()
    for number in range(3):
        change(dispatch, body=f"Later {number}")
    Revision.objects.filter(object_id=dispatch.pk).update(saved_at=LONG_AGO)
    change(dispatch, body="Recent")
    before = [each.number for each in revisions.of(dispatch)]
    assert "former saves: kept for good" in prune()
    assert [each.number for each in revisions.of(dispatch)] == before
    settings.WIRE_KEEP_REVISIONS_DAYS = 365
    prune()
    kept = [(each.number, each.content[""][""]["body"]) for each in revisions.of(dispatch)]
    assert [body for _, body in kept] == ["Recent", "Later 2", "With another report", *[kept[-1][1]]]
    assert kept[-1][0] == 1
    # Expunging still finds every report that it ever cited.
    desk.expunge_draft(dispatch=dispatch, actor=DESK)
    assert Report.objects.filter(expunged_at__isnull=False).count() == 2


def test_the_log_is_kept_for_good_unless_set_otherwise_and_stays_append_only(settings):
    publish()
    old = Action.objects.create(verb="publish", at=LONG_AGO, actor_kind="system")
    assert "entries of the log: kept for good" in prune()
    settings.WIRE_KEEP_LOG_DAYS = 365
    assert "entries of the log: 1 would be deleted" in prune(dry_run=True)
    assert "entries of the log: 1 deleted" in prune()
    assert not Action.objects.filter(pk=old.pk).exists()
    entry = Action.objects.get(verb="prune_log")
    assert (entry.actor_name, entry.count) == ("retention", 1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.delete()


def test_who_had_a_form_open_is_forgotten_after_a_day(editor):
    for object_id, age in ((1, 2), (2, 0)):
        seen_at = timezone.now() - timedelta(days=age)
        Presence.objects.create(of="dispatches.dispatch", object_id=object_id, user=editor, seen_at=seen_at)
    assert "open forms: 1 deleted" in prune()
    assert Presence.objects.get().object_id == 2


def test_only_retention_may_delete(editor):
    for actor in (editor, desk.POLLER, None):
        with pytest.raises(PermissionDenied):
            retention.prune_log(before=timezone.now(), actor=actor)
