"""Record an editor's decision on a proposal. Only the verbs of `dispatches/desk/` call this."""

from django.utils import timezone

from dispatches.desk.actors import Actor, user_of
from sources.models.decisions import Decidable


def decide(proposal: Decidable, state: Decidable.State, actor: Actor, reason: str) -> None:
    """Accept or clear a proposal. Raises ValidationError, for instance if the reason is too long."""
    proposal.state, proposal.reason = state, reason
    proposal.decided_by, proposal.decided_at = user_of(actor), timezone.now()
    proposal.full_clean()
    proposal.save()
