"""Deciding which reports are relays."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import Editor, changing_reports, saving, with_publication_lock
from sources.models import Proposal

# Why a proposal needs no decision any more.
SETTLED = "The desk has decided that it relays something else."


def accept_proposal(*, proposal: Proposal, editor: Editor) -> None:
    """Decide that a report is the relay it is proposed to be. What else is proposed for it needs no decision then."""
    report = proposal.report
    with saving(report, editor=editor, how="Accepted as a relay"), changing_reports(report):
        report.basis = "relay"
        report.relays, report.credits = proposal.relays, proposal.credits
        report.full_clean()
        report.save(update_fields=["basis", "relays", "credits"])
        _decide(proposal, Proposal.State.ACCEPTED, editor, "")
        for other in report.proposals.open():
            _decide(other, Proposal.State.CLEARED, editor, SETTLED)


@with_publication_lock
def reopen_proposal(*, proposal: Proposal, decided_at: datetime, basis: str) -> bool:
    """Take back a decision of that moment; the report's basis was this before. Says whether it still was decided so."""
    decided = Proposal.objects.filter(pk=proposal.pk, decided_at=decided_at)
    if not decided.exists():
        return False
    report = proposal.report
    with saving(report, editor=None, how="Asked anew where it comes from"), changing_reports(report):
        if proposal.state == Proposal.State.ACCEPTED:
            report.basis, report.relays, report.credits = basis, None, None
            report.save(update_fields=["basis", "relays", "credits"])
            decided |= report.proposals.filter(reason=SETTLED)
        decided.update(state=Proposal.State.OPEN, reason="", decided_by=None, decided_at=None)
    return True


@with_publication_lock
def accept_proposals(*, proposals: Iterable[Proposal], editor: Editor) -> int:
    """Decide that reports are the relays they are proposed to be. Says for how many; what is decided already stays."""
    still_open = _still_open(proposals)
    for proposal in still_open:
        accept_proposal(proposal=proposal, editor=editor)
    return len(still_open)


@with_publication_lock
def clear_proposals(*, proposals: Iterable[Proposal], editor: Editor, reason: str) -> int:
    """Decide that reports are not the relays they are proposed to be, for one reason. Says for how many."""
    still_open = _still_open(proposals)
    for proposal in still_open:
        clear_proposal(proposal=proposal, editor=editor, reason=reason)
    return len(still_open)


def _still_open(proposals: Iterable[Proposal]) -> list[Proposal]:
    ids = [proposal.pk for proposal in proposals]
    return list(Proposal.objects.open().filter(pk__in=ids).select_related("report"))


def clear_proposal(*, proposal: Proposal, editor: Editor, reason: str) -> None:
    """Decide that a report is not the relay it is proposed to be, and say why. It counts as what it says it is."""
    if not reason.strip():
        raise NotReady(["Say why it is no relay: the reason is kept with the report."])
    with changing_reports(proposal.report):
        _decide(proposal, Proposal.State.CLEARED, editor, reason.strip())


def _decide(proposal: Proposal, state: Proposal.State, editor: Editor, reason: str) -> None:
    proposal.state, proposal.reason = state, reason
    proposal.decided_by, proposal.decided_at = editor, timezone.now()
    proposal.full_clean()
    proposal.save()
