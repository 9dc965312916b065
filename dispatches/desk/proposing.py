"""Propose contradictions: read each report that is cited as support, and the claim that it is cited for.

Only `dispatches/desk/` writes, under the publication lock, whenever a dispatch or a report is saved: an open proposal
counts in the Signal. Nothing else looks for them, so a new version of this program changes no Signal by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db.models import QuerySet
from django.db.models.functions import Substr

from dispatches.models import Citation, Contradiction, Development, Dispatch
from dispatches.signal.rules import Stance
from sources.lineage.denials import LEAD, find_denial
from sources.models import Report


class Claims(NamedTuple):
    """What is claimed: the headline, and the text of each development by its id."""

    headline: str
    developments: Mapping[int, str]


def propose_contradictions(obj: Dispatch | Report) -> None:
    """Propose what contradicts a claim among the citations of this dispatch, or of this report.

    The claims of a dispatch that readers have are those that they read: what is only saved may not be seen in its
    Signal. Those of a scheduled one are what is scheduled.
    """
    write_proposals(Citation.objects.filter(**{"dispatch" if isinstance(obj, Dispatch) else "report": obj}))


def propose_for_text(dispatch: Dispatch, developments: Iterable[Development]) -> None:
    """Propose what contradicts a text that is to be published now."""
    claims = Claims(dispatch.headline, {each.pk: each.text for each in developments})
    write_proposals(Citation.objects.filter(dispatch=dispatch.pk), claims)


def write_proposals(citations: QuerySet[Citation], claims: Claims | None = None) -> None:
    """Propose what contradicts a claim among these citations, and delete open proposals that no longer hold."""
    read = citations.select_related("report", "contradiction", "dispatch", "development")
    texts = ["report__text", "report__newer_version", "dispatch__body", "dispatch__tldr"]
    issued: dict[int, Claims | None] = {}
    for citation in read.defer(*texts).annotate(first_words=Substr("report__text", 1, LEAD)):
        dispatch = citation.dispatch
        if dispatch.pk not in issued:
            issued[dispatch.pk] = claims or _issued(dispatch)
        before, after = _stored(citation), _proposed(citation, _claim(citation, issued[dispatch.pk]))
        if before is not None and after is None:
            before.delete()
        elif after is not None and after is not before:
            after.pk = before.pk if before else None
            after.save()


def _issued(dispatch: Dispatch) -> Claims | None:
    """Return what readers have, or will have; None if it is withdrawn, or there is no edition."""
    if dispatch.publication_id is None:
        return None
    live, scheduled = dispatch.current_editions()
    edition = live or scheduled
    if edition is None or edition.is_withdrawn:
        return None
    return Claims(edition.headline, {each["id"]: each["text"] for each in edition.developments})


def _claim(citation: Citation, issued: Claims | None) -> str:
    """Return the words that a report is cited for: as issued, or as saved if they have not been issued."""
    if citation.development is None:
        return issued.headline if issued else citation.dispatch.headline
    texts = issued.developments if issued else {}
    return texts.get(citation.development.pk, citation.development.text)


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
