"""Receiving reports, and reviewing them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from dispatches.desk import rerating
from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import (
    Editor,
    changing_reports,
    publication_lock,
    rerate_now,
    saving,
    with_publication_lock,
)
from dispatches.history import revisions
from dispatches.public.models import Cause
from sources.intake import arriving
from sources.intake.items import Item
from sources.lineage.credits import Directory
from sources.lineage.proposing import index, propose, propose_by_name, read_directory, reports_under_composite_names
from sources.lineage.proposing import propose_credit as propose_credit_of
from sources.models import Proposal, Report, Source

# Reports and sources


def accept_report(*, report: Report, editor: Editor, at: datetime | None = None) -> None:
    """Accept a report: from now on it counts for the dispatches that cite it."""
    _review(report, Report.Review.ACCEPTED, editor, at)


def reject_report(*, report: Report, editor: Editor, reason: str, at: datetime | None = None) -> None:
    """Reject a report: it never counts, and readers never learn of it. The reason stays with it."""
    if not reason.strip():
        raise NotReady(["Say why it is rejected: the reason is kept with the report, and readers never see it."])
    report.review_reason = reason.strip()
    _review(report, Report.Review.REJECTED, editor, at)


@with_publication_lock
def undo_review(*, report: Report, reviewed_at: datetime) -> bool:
    """Make a report pending again, if its review is still the one of that moment. Says whether it was."""
    if not Report.objects.filter(pk=report.pk, reviewed_at=reviewed_at).exists():
        return False
    with changing_reports(report):
        report.review, report.reviewed_by, report.reviewed_at = Report.Review.PENDING, None, None
        report.save(update_fields=["review", "reviewed_by", "reviewed_at"])
    return True


@dataclass(frozen=True, slots=True)
class Received:
    """What came of items: the new reports, those that their source has changed, those that were there already."""

    new: tuple[Report, ...] = ()
    changed: tuple[Report, ...] = ()
    known: tuple[Report, ...] = ()


def receive(*, source: Source, items: Iterable[Item], filed_by: Editor = None) -> Received:
    """Take in what a source said: pending reports, each with what it seems to relay. The same item is one report.

    An item that its source has changed since gives the report its words, and the history keeps those from before. An
    accepted report keeps the words that the desk accepted, and has the new ones beside them until an editor decides.
    """
    new, changed, known = [], [], []
    touched: set[int] = set()
    with publication_lock():
        directory, there = read_directory(), arriving.KnownReports(source, list(items))
        for item in there.items:
            report, is_free = there.find(item), there.can_have_id(item)
            if report is None:
                report = arriving.make_report(source, item if is_free else replace(item, external_id=""), filed_by)
                touched |= find_relays(report, directory)
                new.append(report)
            elif not arriving.is_changed(report, item):
                arriving.note_again(report, item, takes_id=is_free)
                known.append(report)
            elif report.review == Report.Review.ACCEPTED:
                arriving.keep_beside(report, item)
                arriving.note_again(report, item, takes_id=is_free)
                changed.append(report)
            else:
                is_edited = revisions.of(report).filter(saved_by__isnull=False).exists()
                revisions.keep(report, editor=None, how="Came in")
                arriving.change_report(report, item, only_text=is_edited)
                arriving.note_again(report, item, takes_id=is_free)
                revisions.keep(report, editor=None, how="Changed by its source")
                touched |= find_relays(report, directory)
                changed.append(report)
            there.add(report)
        rerate_now(rerating.citing(touched), Cause.REPORT)
    return Received(tuple(new), tuple(changed), tuple(known))


def take_newer_words(*, report: Report, editor: Editor) -> None:
    """Give a report the words that its source has now. They are reviewed thereby, and looked at for what they relay."""
    with saving(report, editor=editor, how="Took over its source's words"), changing_reports(report):
        arriving.take_newer_words(report)
        if report.review == Report.Review.ACCEPTED:
            report.reviewed_by, report.reviewed_at = editor, timezone.now()
            report.save(update_fields=["reviewed_by", "reviewed_at"])
        touched = find_relays(report, read_directory())
        rerate_now(rerating.citing(touched), Cause.REPORT)


def keep_words(*, report: Report, editor: Editor) -> None:
    """Let a report say what the desk has accepted, whatever its source says now."""
    with publication_lock():
        report.newer_words = None
        report.save(update_fields=["newer_words"])
        revisions.keep(report, editor=editor, how="Kept its words; its source has others", always=True)


def note_report(*, source: Source, item: Item, filed_by: Editor, origin: Source | None = None) -> Report:
    """Note what a source said elsewhere: pending, and not looked at for where its words come from.

    Where its information is known to come from another source (`origin`), it is a relay that credits it.
    """
    with publication_lock():
        return arriving.make_report(source, item, filed_by, origin)


def propose_credit(*, report: Report, origin: Source, name: str) -> None:
    """Propose that a report credits a source, since it came under the `name` of both."""
    with publication_lock():
        _rerate_proposed(propose_credit_of(report, origin, name))


def propose_by_names() -> int:
    """Propose what the names of sources say, such as “AP via CBC News”, for the reports under them. Says how many."""
    with publication_lock():
        made = [proposal for report in reports_under_composite_names() for proposal in propose_by_name(report)]
        _rerate_proposed(made)
        return len(made)


def _rerate_proposed(proposals: Iterable[Proposal]) -> None:
    rerate_now(rerating.citing({proposal.report_id for proposal in proposals}), Cause.REPORT)


def look_for_relays(report: Report) -> None:
    """Propose what a report seems to relay, after the desk has written or changed it by hand."""
    with publication_lock():
        touched = find_relays(report, read_directory())
        rerate_now(rerating.citing(touched), Cause.REPORT)


def find_relays(report: Report, directory: Directory) -> set[int]:
    """The reports that have got a proposal."""
    index(report)
    return {proposal.report_id for proposal in propose(report, directory)}


def retract_report(*, report: Report, at: datetime | None = None) -> None:
    """Note that a source took its report back. Neither it nor what relays it counts any more."""
    with changing_reports(report, cause=Cause.RETRACTION, at=at):
        report.retracted_at = at or timezone.now()
        report.save(update_fields=["retracted_at"])


def restore_report(*, report: Report) -> None:
    """Note that a report stands after all: it was marked as taken back by mistake."""
    with changing_reports(report):
        report.retracted_at = None
        report.save(update_fields=["retracted_at"])


def _review(report: Report, review: Report.Review, editor: Editor, at: datetime | None) -> None:
    with changing_reports(report, at=at):
        report.review = review
        report.reviewed_by = editor
        report.reviewed_at = at or timezone.now()
        # Only what was decided: whatever else somebody has changed in the meantime stays.
        report.save(update_fields=["review", "review_reason", "reviewed_by", "reviewed_at"])
        if review == Report.Review.ACCEPTED:
            # Before it counts for the first time: the name of its source may say that it relays another.
            propose_by_name(report)
