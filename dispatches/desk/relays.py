"""Decide whether a report is the relay it is proposed to be."""

from collections.abc import Iterable
from datetime import datetime

from dispatches.desk.actors import Actor, user_of
from dispatches.desk.decisions import decide
from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import changing_reports, recording, verb
from sources.models import Proposal, Report

# The reason recorded for proposals that the decision on another one has settled.
SETTLED = "The desk decided that it relays something else."


@verb("sources.review_report")
def accept_proposal(*, proposal: Proposal, actor: Actor) -> None:
    """Record that a report is the proposed relay. This settles its other open proposals."""
    _accept(proposal, actor)


@verb("sources.review_report")
def accept_proposals(*, proposals: Iterable[Proposal], actor: Actor) -> int:
    """Accept those of these proposals that are still open. Returns how many."""
    count = 0
    for proposal in _still_open(proposals, actor):
        # Accepting one may have settled another of the same report.
        if Proposal.objects.open().filter(pk=proposal.pk).exists():
            _accept(proposal, actor)
            count += 1
    return count


@verb("sources.review_report")
def clear_proposal(*, proposal: Proposal, actor: Actor, reason: str) -> None:
    """Record that a report is not the proposed relay, and why. It counts with its stated basis. Raises NotReady."""
    _clear(proposal, actor, reason)


@verb("sources.review_report")
def clear_proposals(*, proposals: Iterable[Proposal], actor: Actor, reason: str) -> int:
    """Clear those of these proposals that are still open, for one reason. Returns how many. Raises NotReady."""
    still_open = _still_open(proposals, actor)
    for proposal in still_open:
        _clear(proposal, actor, reason)
    return len(still_open)


@verb("sources.review_report")
def reopen_proposal(*, proposal: Proposal, actor: Actor, decided_at: datetime, basis: str) -> bool:
    """Undo the decision made at `decided_at` and give the report its former basis. Returns False if it has changed."""
    decided = Proposal.objects.filter(pk=proposal.pk, decided_at=decided_at)
    if not decided.exists():
        return False
    report = proposal.report
    with recording(report, actor=actor, how="Relay decision reopened"):
        if proposal.state == Proposal.State.ACCEPTED:
            report.basis, report.relays, report.credits = basis, None, None
            report.save(update_fields=["basis", "relays", "credits"])
            decided |= report.proposals.filter(reason=SETTLED)
        decided.update(state=Proposal.State.OPEN, reason="", decided_by=None, decided_at=None)
    return True


def _accept(proposal: Proposal, actor: Actor) -> None:
    report: Report = proposal.report
    with recording(report, actor=actor, how="Accepted as a relay"):
        report.basis = "relay"
        report.relays, report.credits = proposal.relays, proposal.credits
        report.full_clean()
        report.save(update_fields=["basis", "relays", "credits"])
        decide(proposal, Proposal.State.ACCEPTED, actor, "")
        for other in report.proposals.open():
            decide(other, Proposal.State.CLEARED, actor, SETTLED)


def _clear(proposal: Proposal, actor: Actor, reason: str) -> None:
    if not reason.strip():
        raise NotReady(["Say why it is not a relay: the reason is kept with the report."])
    with changing_reports(proposal.report):
        decide(proposal, Proposal.State.CLEARED, actor, reason.strip())


def _still_open(proposals: Iterable[Proposal], actor: Actor) -> list[Proposal]:
    ids = [proposal.pk for proposal in proposals]
    found = Proposal.objects.open().filter(pk__in=ids).select_related("report")
    user = user_of(actor)
    return list(found.visible_to(user) if user else found)
