"""Decide whether a report that is cited as support contradicts the claim, as proposed."""

from dispatches.desk.actors import Actor
from dispatches.desk.decisions import decide
from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import changing_citations, recording, verb
from dispatches.models import Citation, Contradiction
from dispatches.signal.rules import Stance


@verb("sources.review_report")
def accept_contradiction(*, citation: Citation, actor: Actor) -> None:
    """Record that a report contradicts the claim, as proposed. Its citation says so from now on. Raises NotReady."""
    proposal = _open_proposal(citation)
    with recording(citation.dispatch, actor=actor, how="Accepted as a contradiction"):
        decide(proposal, Contradiction.State.ACCEPTED, actor, "")
        Citation.objects.filter(pk=citation.pk).update(stance=Stance.CONTRADICTS)
    citation.refresh_from_db()


@verb("sources.review_report")
def clear_contradiction(*, citation: Citation, actor: Actor, reason: str) -> None:
    """Record that a report supports the claim, and why. It counts as support. Raises NotReady."""
    proposal = _open_proposal(citation)
    if not reason.strip():
        raise NotReady(["Say why it supports the claim: the reason is kept with the citation."])
    with changing_citations(citation.dispatch):
        decide(proposal, Contradiction.State.CLEARED, actor, reason.strip())
    citation.refresh_from_db()


def _open_proposal(citation: Citation) -> Contradiction:
    proposal = Contradiction.objects.open().filter(citation=citation).first()
    if proposal is None:
        raise NotReady(["It has been decided already."])
    return proposal
