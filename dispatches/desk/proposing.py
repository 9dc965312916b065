"""Propose contradictions: read each report that is cited as support, and the claim that it is cited for.

Only `dispatches/desk/` writes, under the publication lock, whenever a dispatch or a report is saved: an open proposal
counts in the Signal. Nothing else looks for them, so a new version of this program changes no Signal by itself.
"""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.db.models.functions import Substr

from dispatches.models import Citation, Contradiction, Dispatch
from dispatches.signal.rules import Stance
from sources.lineage.denials import LEAD, find_denial
from sources.models import Report


def propose_contradictions(obj: Dispatch | Report) -> None:
    """Propose what contradicts a claim among the citations of this dispatch, or of this report."""
    write_proposals(Citation.objects.filter(**{"dispatch" if isinstance(obj, Dispatch) else "report": obj}))


def write_proposals(citations: QuerySet[Citation]) -> None:
    """Propose what contradicts a claim among these citations, and delete open proposals that no longer hold."""
    read = citations.select_related("report", "contradiction", "dispatch", "development")
    texts = ["report__text", "report__newer_version", "dispatch__body", "dispatch__tldr"]
    for citation in read.defer(*texts).annotate(first_words=Substr("report__text", 1, LEAD)):
        claim = citation.development.text if citation.development else citation.dispatch.headline
        before, after = _stored(citation), _proposed(citation, claim)
        if before is not None and after is None:
            before.delete()
        elif after is not None and after is not before:
            after.pk = before.pk if before else None
            after.save()


def preview_proposals(dispatch: Dispatch, citations: Sequence[Citation]) -> None:
    """Set on citations as a form would save them the proposals that this would leave. Stores nothing."""
    is_needed = any(citation.development_id for citation in citations)
    claims = {each.pk: each.text for each in dispatch.developments.all()} if is_needed else {}
    for citation in citations:
        claim = claims.get(citation.development_id, "") if citation.development_id else dispatch.headline
        proposed, stored = _proposed(citation, claim), _stored(citation)
        if proposed is not stored:
            # One that is decided, if there is none any more.
            citation.contradiction = proposed or Contradiction(state=Contradiction.State.CLEARED)


def _stored(citation: Citation) -> Contradiction | None:
    return getattr(citation, "contradiction", None)


def _proposed(citation: Citation, claim: str) -> Contradiction | None:
    """Return the proposal that a citation should have: a decision stands until the report's words change."""
    known = _stored(citation)
    if citation.stance != Stance.SUPPORTS:
        return None if known is None or known.is_open else known
    lead = getattr(citation, "first_words", None)
    denial = find_denial(citation.report.title, citation.report.text[:LEAD] if lead is None else lead, claim)
    if denial is None:
        return None if known is None or known.is_open else known
    if known and known.evidence == denial.words and known.state != Contradiction.State.ACCEPTED:
        return known
    return Contradiction(citation=citation, kind=denial.kind, cue=denial.cue, evidence=denial.words)
