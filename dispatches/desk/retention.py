"""Delete what has been kept for long enough: intake that was never used, former saves, entries of the log.

Each verb deletes one batch, so that editors wait for a moment only, and returns how much.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from dispatches.desk import documents
from dispatches.desk.actors import Actor
from dispatches.desk.transactions import verb
from dispatches.history import revisions
from dispatches.models import Action, Assignment, Citation, Comment, Dispatch, IssuedText, Revision, append_only
from sources.models import Proposal, Report

# Of these, former saves can be deleted. Those of sources are needed to conceal every name that a source has had.
PRUNED = {str(model._meta.label_lower): model for model in (Dispatch, Report)}


def unused_reports(before: datetime) -> Iterator[int]:
    """Yield the ids of reports received before a time that no dispatch cites or ever cited, and no report relays.

    Expunged ones are kept: their digests keep their items from coming back.
    """

    def is_used(model: type, name: str) -> Exists:
        return Exists(model._default_manager.filter(**{name: OuterRef("pk")}))  # type: ignore[attr-defined]

    unused = Report.objects.filter(received_at__lt=before, expunged_at=None).exclude(
        is_used(Citation, "report")
        | is_used(Report, "relays")
        | is_used(Proposal, "relays")
        | is_used(Assignment, "report")
        | is_used(Comment, "report")
    )
    ids = [*unused.order_by("pk").values_list("pk", flat=True)]
    once_cited = _cited_in_histories() if ids else set()
    return (pk for pk in ids if pk not in once_cited)


def _cited_in_histories() -> set[int]:
    saved = Revision.objects.filter(of=Dispatch._meta.label_lower).values_list("content", flat=True)
    issued = IssuedText.objects.values_list("content", flat=True)
    return {
        report for contents in (saved, issued) for content in contents.iterator(500) for report in _cited_in(content)
    }


def _cited_in(content: revisions.Content) -> set[int]:
    """Return the ids of the reports that a saved content cites."""
    return {row["report"] for row in content.get("citations", {}).values() if row.get("report")}


@verb(None)
def prune_reports(*, report_ids: list[int], actor: Actor) -> int:
    """Delete these unused reports with their history. Returns how many were still there."""
    reports = [*Report.objects.filter(pk__in=report_ids)]
    documents.touch(reports)
    Revision.objects.filter(of=Report._meta.label_lower, object_id__in=report_ids).delete()
    Report.objects.filter(pk__in=report_ids).delete()
    return len(reports)


def former_revisions(before: datetime) -> Iterator[int]:
    """Yield the ids of saves of dispatches and reports before a time that nothing needs any more.

    An object keeps its first save, the one that was valid at that time and all later ones, and each that cites a
    report which no later one cites: expunging a dispatch looks there for the reports to erase.
    """
    later = Revision.objects.filter(of=OuterRef("of"), object_id=OuterRef("object_id"), number__gt=OuterRef("number"))
    old = Revision.objects.filter(
        Exists(later.filter(saved_at__lt=before)), of__in=PRUNED, saved_at__lt=before, number__gt=1
    )
    ordered = old.order_by("of", "object_id", "-number")
    for (of, object_id), group in groupby(ordered.iterator(500), key=lambda each: (each.of, each.object_id)):
        yield from _superseded(of, object_id, group)


def _superseded(of: str, object_id: int, old: Iterable[Revision]) -> Iterator[int]:
    kept: set[int] | None = None
    for revision in old:
        if kept is None:
            newer = Revision.objects.filter(of=of, object_id=object_id, number__gt=revision.number)
            kept = {report for content in newer.values_list("content", flat=True) for report in _cited_in(content)}
        if _cited_in(revision.content) <= kept:
            yield revision.pk
        else:
            kept |= _cited_in(revision.content)


@verb(None)
def prune_revisions(*, revision_ids: list[int], actor: Actor) -> int:
    """Delete these former saves. Returns how many were still there."""
    return Revision.objects.filter(pk__in=revision_ids).delete()[0]


def former_actions(before: datetime) -> QuerySet[Action]:
    """Return the entries of the log before a time."""
    return Action.objects.filter(at__lt=before)


@verb(None)
def prune_log(*, before: datetime, actor: Actor) -> int:
    """Delete the entries of the log before a time, and record that. Returns how many.

    Only here are the triggers taken down that make the log append-only, and only inside this transaction.
    """
    append_only.take_down(connection)
    deleted = former_actions(before).delete()[0]
    append_only.put_up(connection)
    return deleted
