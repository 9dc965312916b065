"""Receive reports, propose what they relay, and review them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from dispatches.desk import rerating
from dispatches.desk.actors import Actor, user_of
from dispatches.desk.proposing import propose_contradictions
from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import changing_reports, recording, rerate_now, verb
from dispatches.history import revisions
from dispatches.public.models import Cause
from sources.independence import Basis
from sources.intake import matching
from sources.intake.items import Item
from sources.lineage.agencies import Directory
from sources.lineage.parties import get_or_add_source
from sources.lineage.proposing import index, propose, propose_by_name, read_directory, reports_under_composite_names
from sources.lineage.proposing import propose_credit as propose_credit_of
from sources.models import IntakeKey, Proposal, Report, Source

# Receiving


@dataclass(frozen=True, slots=True)
class Received:
    """The reports that a batch of items led to: new ones, ones that their source has changed, and known ones."""

    new: tuple[Report, ...] = ()
    changed: tuple[Report, ...] = ()
    known: tuple[Report, ...] = ()


@verb("sources.add_report")
def receive(*, source: Source, items: Iterable[Item], actor: Actor) -> Received:
    """Add pending reports of what a source said, and propose what each seems to relay. One item is one report.

    If the source has changed an item, its report takes the new text and the history keeps the old one. An accepted
    report keeps the accepted text, with the new one beside it until an editor decides. The item of an expunged report
    changes nothing.
    """
    new, changed, known = [], [], []
    touched: set[int] = set()
    directory, existing = read_directory(), matching.KnownReports(source, list(items))
    for item in existing.items:
        report, is_free = existing.find(item), existing.is_id_free(item)
        if report is None:
            report = matching.make_report(source, item if is_free else replace(item, external_id=""), user_of(actor))
            touched |= _find_relays(report, directory)
            new.append(report)
        elif report.expunged_at:
            # Nothing of the item is stored again.
            known.append(report)
            continue
        elif not matching.is_changed(report, item):
            matching.record_resend(report, item, takes_id=is_free)
            known.append(report)
        elif report.review == Report.Review.ACCEPTED:
            matching.store_newer_version(report, item)
            matching.record_resend(report, item, takes_id=is_free)
            changed.append(report)
        else:
            is_edited = revisions.of(report).filter(saved_by__isnull=False).exists()
            revisions.keep(report, editor=None, how="Received")
            matching.change_report(report, item, only_text=is_edited)
            matching.record_resend(report, item, takes_id=is_free)
            revisions.keep(report, editor=None, how="Changed by its source")
            propose_contradictions(report)
            touched |= _find_relays(report, directory)
            changed.append(report)
        existing.add(report)
    rerate_now(rerating.citing(touched), Cause.REPORT)
    if new and isinstance(actor, IntakeKey):
        actor.record_arrival(timezone.now())
        actor.save(update_fields=["last_item_at", "usual_gap", "quiet_after"])
    return Received(tuple(new), tuple(changed), tuple(known))


@verb("sources.add_report")
def record_report(*, source: Source, item: Item, actor: Actor, origin: Source | None = None) -> Report:
    """Add a pending report that was made elsewhere, without looking for what it relays.

    With an `origin`, it is a relay that credits this source.
    """
    return matching.make_report(source, item, user_of(actor), origin)


@verb("sources.review_report")
def accept_newer_text(*, report: Report, actor: Actor) -> None:
    """Replace the text of a report with the one its source has now. This reviews it, and proposes relays again."""
    with recording(report, actor=actor, how="Accepted its source's new text"):
        matching.apply_newer_version(report)
        if report.review == Report.Review.ACCEPTED:
            report.reviewed_by, report.reviewed_at = user_of(actor), timezone.now()
            report.save(update_fields=["reviewed_by", "reviewed_at"])
        _propose_relays(report)


@verb("sources.review_report")
def keep_accepted_text(*, report: Report, actor: Actor) -> None:
    """Keep the text that the desk accepted, and drop the newer one of the source."""
    report.newer_version = None
    report.save(update_fields=["newer_version"])
    revisions.keep(report, editor=user_of(actor), how="Kept the accepted text", always=True)


# Proposing relays


@verb("sources.add_report")
def propose_relays(*, report: Report, actor: Actor) -> None:
    """Propose what a report relays, after the desk has written or changed it by hand."""
    _propose_relays(report)


@verb("sources.add_report")
def propose_credit(*, report: Report, origin: Source | None, name: str, actor: Actor) -> None:
    """Propose that a report credits a source, because it arrived under a `name` that names both.

    Without an `origin`, the name credits several, and the report's lineage is unknown.
    """
    _rerate_proposed(propose_credit_of(report, origin, name))


@verb(None)
def propose_relays_by_source_name(*, actor: Actor) -> int:
    """Propose relays for reports of sources whose name says so, such as “AP via CBC News”. Returns how many."""
    proposals = [proposal for report in reports_under_composite_names() for proposal in propose_by_name(report)]
    _rerate_proposed(proposals)
    return len(proposals)


@verb("sources.add_source")
def add_source_named(*, name: str, is_confidential: bool, actor: Actor) -> Source:
    """Return the source of this name. A new one is added as an agency or an outlet, ungraded."""
    return get_or_add_source(name, is_confidential=is_confidential)


def _propose_relays(report: Report) -> None:
    rerate_now(rerating.citing(_find_relays(report, read_directory())), Cause.REPORT)


def _find_relays(report: Report, directory: Directory) -> set[int]:
    """Propose what a report relays. Returns the ids of all reports with a new proposal: others may relay this one."""
    index(report)
    return {proposal.report_id for proposal in propose(report, directory)}


def _rerate_proposed(proposals: Iterable[Proposal]) -> None:
    rerate_now(rerating.citing({proposal.report_id for proposal in proposals}), Cause.REPORT)


# Reviewing


@verb("sources.review_report")
def accept_report(*, report: Report, actor: Actor, at: datetime | None = None) -> None:
    """Accept a report: it counts for the dispatches that cite it. A past `at` backdates the review."""
    _review(report, Report.Review.ACCEPTED, actor, at)


@verb("sources.review_report")
def set_basis(*, report: Report, actor: Actor, basis: str) -> None:
    """State how a report knows what it says. Anything but a relay repeats no report. Raises ValidationError."""
    with recording(report, actor=actor, how="Stated its basis"):
        report.refresh_from_db()
        report.basis = basis
        if basis != Basis.RELAY:
            report.relays, report.credits = None, None
        report.full_clean()
        report.save(update_fields=["basis", "relays", "credits"])


@verb("sources.review_report")
def reject_report(*, report: Report, actor: Actor, reason: str, at: datetime | None = None) -> None:
    """Reject a report, so that it never counts and readers never see it. Raises NotReady without a reason."""
    if not reason.strip():
        raise NotReady(["Give a reason for rejecting it. It is kept with the report; readers never see it."])
    report.review_reason = reason.strip()
    _review(report, Report.Review.REJECTED, actor, at)


@verb("sources.review_report")
def undo_review(*, report: Report, actor: Actor, reviewed_at: datetime) -> bool:
    """Make a report pending again. Returns False, and changes nothing, if it has been reviewed again since."""
    if not Report.objects.filter(pk=report.pk, reviewed_at=reviewed_at).exists():
        return False
    with changing_reports(report):
        report.review, report.reviewed_by, report.reviewed_at = Report.Review.PENDING, None, None
        report.save(update_fields=["review", "reviewed_by", "reviewed_at"])
    return True


@verb("sources.review_report")
def retract_report(*, report: Report, actor: Actor, at: datetime | None = None) -> None:
    """Record that the source retracted its report. Neither it nor its relays count any more."""
    with changing_reports(report, cause=Cause.RETRACTION, at=at):
        report.retracted_at = at or timezone.now()
        report.save(update_fields=["retracted_at"])


@verb("sources.review_report")
def undo_retraction(*, report: Report, actor: Actor) -> None:
    """Record that a report was marked as retracted by mistake. It counts again."""
    with changing_reports(report):
        report.retracted_at = None
        report.save(update_fields=["retracted_at"])


def _review(report: Report, review: Report.Review, actor: Actor, at: datetime | None) -> None:
    with changing_reports(report, at=at):
        report.review = review
        report.reviewed_by = user_of(actor)
        report.reviewed_at = at or timezone.now()
        # Only these fields: other changes made meanwhile are kept.
        report.save(update_fields=["review", "review_reason", "reviewed_by", "reviewed_at"])
        if review == Report.Review.ACCEPTED:
            # Before it counts for the first time: the name of its source may say that it relays another.
            propose_by_name(report)
