"""Add many new objects at once: what an import brings in, with few queries a line.

Each verb does for a list what saving one after another does: it validates, and records the first revision. New objects
change no Signal, so nothing is re-rated.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from dispatches.desk import rerating
from dispatches.desk.actors import Actor, require, require_each, user_of
from dispatches.desk.proposing import write_proposals
from dispatches.desk.transactions import rerate_now, verb
from dispatches.history import revisions
from dispatches.models import Citation, Dispatch, Story
from dispatches.public.models import Cause
from sources.intake.items import Item
from sources.intake.matching import new_report
from sources.lineage.proposing import propose_by_name, reports_under_composite_names
from sources.models import Report, Source

IMPORTED = "Imported"


@dataclass(frozen=True, slots=True)
class Draft:
    """A new dispatch, and the reports that it cites for its headline, in order."""

    dispatch: Dispatch
    reports: Sequence[Report]


@dataclass(frozen=True, slots=True)
class Said:
    """What a source said. With an `origin`, it is a relay that credits this source."""

    source: Source
    item: Item
    origin: Source | None = None


@verb("sources.add_source")
def add_sources(*, sources: Sequence[Source], actor: Actor) -> None:
    """Add new sources. The caller has made sure that nobody has their names. Raises ValidationError."""
    for source in sources:
        source.clean_fields(exclude=["owner"])
    _add(Source.objects.bulk_create(sources), actor)


@verb("dispatches.add_dispatch")
def add_stories(*, stories: Sequence[Story], actor: Actor) -> None:
    """Add new stories. Raises ValidationError."""
    for story in stories:
        story.clean_fields()
    _add(Story.objects.bulk_create(stories), actor)


@verb("sources.add_report")
def record_reports(*, said: Sequence[Said], actor: Actor) -> list[Report]:
    """Add pending reports that were made elsewhere, without looking for what they relay. Raises ValidationError."""
    require_each(actor, {each.source for each in said})
    reports = [new_report(each.source, each.item, user_of(actor), each.origin) for each in said]
    return Report.objects.bulk_create(reports)


@verb("dispatches.add_dispatch")
def add_drafts(*, drafts: Sequence[Draft], actor: Actor) -> None:
    """Add new dispatches with their citations. Raises ValidationError, and PermissionDenied for a report of others."""
    require(actor, "cite", "dispatches.change_dispatch")
    require_each(actor, {report for draft in drafts for report in draft.reports})
    for draft in drafts:
        draft.dispatch.clean_fields(exclude=["section", "story", "author"])
    Dispatch.objects.bulk_create(draft.dispatch for draft in drafts)
    citations = Citation.objects.bulk_create(
        Citation(dispatch=draft.dispatch, report=report, position=position)
        for draft in drafts
        for position, report in enumerate(draft.reports, start=1)
    )
    write_proposals(Citation.objects.filter(pk__in=[citation.pk for citation in citations]))
    cited: dict[int, list[models.Model]] = {}
    for citation in citations:
        cited.setdefault(citation.dispatch_id, []).append(citation)
    rows = [(draft.dispatch, {"citations": cited.get(draft.dispatch.pk, [])}) for draft in drafts]
    revisions.keep_first(rows, editor=user_of(actor), how=IMPORTED)


@verb("sources.review_report")
def accept_reports(*, accepted: Mapping[Report, datetime], actor: Actor) -> None:
    """Accept reports, each as of a time. Published dispatches that cite one already are re-rated."""
    require_each(actor, accepted)
    for report, at in accepted.items():
        report.review, report.reviewed_by, report.reviewed_at = Report.Review.ACCEPTED, user_of(actor), at
    Report.objects.bulk_update(accepted, ["review", "reviewed_by", "reviewed_at"])
    # Before they count for the first time: the name of a source may say that it relays another.
    for report in reports_under_composite_names(accepted):
        propose_by_name(report)
    citing = rerating.citing(report.pk for report in accepted)
    published = Dispatch.objects.filter(pk__in=citing, publication__isnull=False).values_list("pk", flat=True)
    if published:
        rerate_now(published, Cause.REPORT, max(accepted.values()))


def _add(objects: Iterable[models.Model], actor: Actor) -> None:
    revisions.keep_first(((each, {}) for each in objects), editor=user_of(actor), how=IMPORTED)
