"""Erase what the desk has of a dispatch that is expunged: its working copy, its reports, and their history.

Only `dispatches/desk/` calls this, under the publication lock.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin.models import LogEntry
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone

from dispatches.desk import documents
from dispatches.desk.actors import Actor, user_of
from dispatches.history import revisions
from dispatches.models import Assignment, Citation, Comment, Dispatch, Issuance, IssuedText, Presence, Revision, Story
from dispatches.models.dispatches import EXPUNGED, IMPORTED
from dispatches.models.teamwork import Work
from dispatches.public.models import Edition
from sources.digests import keyed_digest
from sources.intake.expunged import conceal_keys
from sources.models import Fingerprint, Proposal, Report


@dataclass(frozen=True, slots=True)
class Losses:
    """What expunging a dispatch deletes at the desk, beside its text."""

    editions: int
    developments: int
    revisions: int
    comments: int
    reports: int
    story: str


def foresee(dispatch: Dispatch) -> Losses:
    """Return what expunging a dispatch would delete."""
    story = _story_of_its_own(dispatch)
    return Losses(
        editions=dispatch.editions.seen().count(),
        developments=dispatch.developments.count(),
        revisions=revisions.of(dispatch).count(),
        comments=Comment.objects.about(dispatch).count(),
        reports=len(_reports_of_its_own(dispatch)),
        story=story.name if story else "",
    )


def erase_at_the_desk(dispatch: Dispatch, actor: Actor) -> list[Report]:
    """Erase a working copy with its history, and the reports and the story that no other dispatch has.

    What is left says when it was expunged, and who has saved and published it. Returns these reports.
    """
    now = timezone.now()
    reports, story = _reports_of_its_own(dispatch), _story_of_its_own(dispatch)
    documents.erase(dispatch, reports, story)
    dispatch.citations.all().delete()
    dispatch.developments.all().delete()
    known_as = Dispatch.objects.values_list("external_id", flat=True).get(pk=dispatch.pk)
    Dispatch.objects.filter(pk=dispatch.pk).update(
        headline=EXPUNGED,
        **dict.fromkeys(("slug", "byline", "tldr", "body", "hold_reason", "desk_note"), ""),
        **dict.fromkeys(("story", "hold", "held_by", "submitted_at", "set_aside_at")),
        external_id=keyed_digest(IMPORTED, known_as) if known_as else "",
        has_unpublished_changes=False,
        expunged_at=now,
    )
    Issuance.objects.filter(dispatch=dispatch).update(inputs_hash="")
    IssuedText.objects.filter(dispatch=dispatch).delete()
    _erase_teamwork(dispatch)
    _erase_traces(dispatch)
    erase_reports(reports, now)
    if story:
        Revision.objects.filter(of=revisions.name_of(story), object_id=story.pk).delete()
        _erase_traces(story)
        story.delete()
    dispatch.refresh_from_db()
    revisions.keep(dispatch, editor=user_of(actor), how="Expunged", always=True)
    return reports


def _reports_of_its_own(dispatch: Dispatch) -> list[Report]:
    """Return the reports that a dispatch cites, or cited when it was saved, and that no other dispatch cites."""
    cited = set(dispatch.citations.values_list("report", flat=True))
    for content in revisions.of(dispatch).values_list("content", flat=True):
        cited |= {citation["report"] for citation in content.get("citations", {}).values()}
    others = Citation.objects.filter(report__in=cited).exclude(dispatch=dispatch).values_list("report", flat=True)
    return list(Report.objects.filter(pk__in=cited - set(others), expunged_at=None).order_by("pk"))


def _story_of_its_own(dispatch: Dispatch) -> Story | None:
    story = Story.objects.filter(dispatches=dispatch.pk).first()
    if story is None or story.dispatches.exclude(pk=dispatch.pk).exists():
        return None
    others = Edition.objects.filter(story=story.slug).exclude(pk__in=dispatch.editions.values("pk"))
    return None if others.exists() else story


def erase_reports(reports: list[Report], now: datetime) -> None:
    """Erase the words of reports, and what the desk said about them."""
    for report in reports:
        _erase_report(report)
    Report.objects.filter(pk__in=[report.pk for report in reports]).update(expunged_at=now)


def _erase_report(report: Report) -> None:
    """Erase the words of a report. Its source, its times, what it relays and its review stay."""
    conceal_keys(report)
    report.title, report.newer_version = EXPUNGED, None
    report.text = report.url = report.byline = report.review_reason = ""
    report.save()
    Fingerprint.objects.filter(report=report).delete()
    about = Proposal.objects.filter(Q(report=report) | Q(relays=report))
    about.update(
        evidence=EXPUNGED,
        reason=Case(When(state=Proposal.State.CLEARED, then=Value(EXPUNGED)), default=Value("")),
    )
    _erase_teamwork(report)
    _erase_traces(report)
    for proposal in about.exclude(report=report):
        _erase_evidence(proposal)


def _erase_teamwork(work: Work) -> None:
    Comment.objects.about(work).delete()
    Assignment.objects.about(work).delete()


def _erase_evidence(proposal: Proposal) -> None:
    """Erase the words that two reports have in common from the history of the other one."""
    changed = []
    for revision in revisions.of(proposal.report):
        row = revision.content.get("proposals", {}).get(str(proposal.pk))
        if row:
            row["evidence"] = EXPUNGED
            revision.digest = revisions.digest_of(revision.content)
            changed.append(revision)
    Revision.objects.bulk_update(changed, ["content", "digest"], batch_size=200)


def _erase_traces(obj: models.Model) -> None:
    """Overwrite every revision of an object with its current, erased content. Who saved it and when is kept.

    So do the ids of the browsers' drafts: a draft that is sent again is still recognized.
    """
    content = revisions.read_content(obj)
    where = {"of": revisions.name_of(obj), "object_id": obj.pk}
    Revision.objects.filter(**where).update(content=content, digest=revisions.digest_of(content))
    Presence.objects.filter(**where).delete()
    LogEntry.objects.filter(
        content_type__app_label=obj._meta.app_label, content_type__model=obj._meta.model_name, object_id=str(obj.pk)
    ).update(object_repr=EXPUNGED, change_message="")
