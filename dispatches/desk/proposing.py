"""Propose contradictions: read each report that is cited as support, and the claim that it is cited for.

Only `dispatches/desk/` writes, under the publication lock, whenever a dispatch or a report is saved: an open proposal
counts in the Signal. Nothing else looks for them, so a new version of this program changes no Signal by itself.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db.models import QuerySet
from django.db.models.functions import Substr

from dispatches.models import Citation, Contradiction, Development, Dispatch
from dispatches.public.models import Edition
from dispatches.signal.rules import Stance
from sources.lineage.denials import LEAD, find_denial
from sources.models import Report


class Claims(NamedTuple):
    """What is claimed: the headline, and the text of each development by its id."""

    headline: str
    developments: Mapping[int, str]


def claims_in_edition(edition: Edition) -> Claims:
    return Claims(edition.headline, {each["id"]: each["text"] for each in edition.developments})


def claims_in(dispatch: Dispatch, developments: Iterable[Development]) -> Claims:
    """Return what a text claims."""
    return Claims(dispatch.headline, {each.pk: each.text for each in developments})


def claims_of(dispatch: Dispatch) -> Claims:
    """Return what a dispatch claims to readers: in its live edition, or else in its scheduled one.

    What is only saved must not show in a Signal that is published. It counts if nothing is, without developments here:
    a citation's own development is known.
    """
    live, scheduled = dispatch.current_editions() if dispatch.publication_id else (None, None)
    edition = live or scheduled
    if edition is None or edition.is_withdrawn:
        return Claims(dispatch.headline, {})
    return claims_in_edition(edition)


def propose_contradictions(obj: Dispatch | Report) -> None:
    """Propose what contradicts a claim among the citations of this dispatch, or of this report."""
    write_proposals(Citation.objects.filter(**{"dispatch" if isinstance(obj, Dispatch) else "report": obj}))


def write_proposals(citations: QuerySet[Citation]) -> None:
    """Propose what contradicts a claim among these citations, and delete open proposals that no longer hold."""
    read = citations.select_related("report", "contradiction", "dispatch", "development")
    texts = ["report__text", "report__newer_version", "dispatch__body", "dispatch__tldr"]
    claims: dict[int, Claims] = {}
    for citation in read.defer(*texts).annotate(first_words=Substr("report__text", 1, LEAD)):
        if citation.dispatch_id not in claims:
            claims[citation.dispatch_id] = claims_of(citation.dispatch)
        before, after = _stored(citation), _proposed(citation, claims[citation.dispatch_id])
        if before is not None and after is None:
            before.delete()
        elif after is not None and after is not before:
            after.pk = before.pk if before else None
            after.save()


def preview_proposals(citations: Iterable[Citation], claims: Claims) -> None:
    """Set on citations the proposals that they would have if these were the claims. Stores nothing."""
    for citation in citations:
        proposed, stored = _proposed(citation, claims), _stored(citation)
        if proposed is not stored:
            # One that is decided, if there is none any more.
            citation.contradiction = proposed or Contradiction(state=Contradiction.State.CLEARED)


def _stored(citation: Citation) -> Contradiction | None:
    return getattr(citation, "contradiction", None)


def _proposed(citation: Citation, claims: Claims) -> Contradiction | None:
    """Return the proposal that a citation should have: a decision stands until the report's words change."""
    known = _stored(citation)
    if citation.stance != Stance.SUPPORTS:
        return None if known is None or known.is_open else known
    claim = claims.headline
    if citation.development_id:
        # One that is not published counts as saved: its Signal is not public either.
        claim = claims.developments.get(citation.development_id) or str(citation.development)
    lead = getattr(citation, "first_words", None)
    denial = find_denial(citation.report.title, citation.report.text[:LEAD] if lead is None else lead, claim)
    if denial is None:
        return None if known is None or known.is_open else known
    if known and known.evidence == denial.words and known.state != Contradiction.State.ACCEPTED:
        return known
    return Contradiction(citation=citation, kind=denial.kind, cue=denial.cue, evidence=denial.words)
