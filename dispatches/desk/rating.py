"""Rate a dispatch from its citations, and turn the rating into what readers may see of it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from dispatches.desk.ledgers import public_ledger
from dispatches.models import Citation, Dispatch
from dispatches.public.ledger import LedgerLine, signal_as_json
from dispatches.signal.rules import RULES_VERSION, Cited, Claim, ClaimKind, Rating, Rung, Stance, rate
from sources.independence import Facts, ReportFacts, SourceFacts, origin_of
from sources.models import Report


@dataclass(frozen=True, slots=True)
class Ratings:
    """The rating of the headline's claim and the ratings of developments by id, and the claims themselves."""

    headline: Rating
    claim: Claim
    developments: dict[int, Rating]
    steps: dict[int, Claim]


@dataclass(frozen=True, slots=True)
class PublicSignal:
    """Everything readers see of a dispatch's Signal. Fields are named like those of Edition.

    `development_signals` maps the id of each development with citations of its own to the part of its JSON that its
    Signal determines (see PublicDevelopment).
    """

    claim_kind: str
    rung: Rung
    origins: int
    is_disputed: bool
    is_held: bool
    primary_source: str
    report_count: int
    desk_window_at: datetime | None
    ledger: list[dict[str, Any]]
    development_signals: dict[int, dict[str, Any]]


def rate_dispatch(dispatch: Dispatch, citations: Iterable[Citation], facts: Facts) -> Ratings:
    """Rate the headline's claim and each development. `facts` must cover the cited reports."""
    cited: dict[int | None, list[Cited]] = defaultdict(list)
    for citation in citations:
        cited[citation.development_id].append(
            Cited(
                report=citation.report_id,
                stance=citation.counted_stance,
                is_interested=citation.is_interested,
                is_resolved=citation.is_resolved,
                is_proposed=citation.is_contradiction_proposed,
            )
        )
    kind = ClaimKind(dispatch.claim_kind)
    headline = Claim(tuple(cited.pop(None, [])), kind, Rung(dispatch.hold) if dispatch.hold else None)
    steps = {development: Claim(tuple(of_it), kind) for development, of_it in cited.items() if development is not None}
    return Ratings(
        headline=rate(headline, *facts),
        claim=headline,
        developments={development: rate(claim, *facts) for development, claim in steps.items()},
        steps=steps,
    )


def public_signal(dispatch: Dispatch, citations: Sequence[Citation], facts: Facts) -> PublicSignal:
    """Return what readers see of the Signal. Expects citations with `report__source` selected."""
    ratings = rate_dispatch(dispatch, citations, facts)
    rating = ratings.headline
    of_claim: dict[int | None, list[Citation]] = defaultdict(list)
    for citation in citations:
        of_claim[citation.development_id].append(citation)
    lines = public_ledger(of_claim[None], ratings.claim, rating, facts)
    accepted = {
        citation.report_id: citation.report
        for citation in citations
        if citation.report.review == Report.Review.ACCEPTED
    }
    return PublicSignal(
        claim_kind=ratings.claim.kind.value,
        rung=rating.rung,
        origins=rating.origins,
        is_disputed=rating.is_disputed,
        is_held=rating.is_held,
        primary_source=_primary_source(lines),
        report_count=len(accepted),
        desk_window_at=max((report.reviewed_at for report in accepted.values() if report.reviewed_at), default=None),
        ledger=[line.as_json() for line in lines],
        development_signals={
            development: signal_as_json(
                step.rung,
                step.origins,
                step.is_disputed,
                public_ledger(of_claim[development], ratings.steps[development], step, facts),
            )
            for development, step in ratings.developments.items()
        },
    )


def hash_of_inputs(dispatch: Dispatch, citations: Iterable[Citation], facts: Facts) -> str:
    """Return a digest of the rating's inputs: equal inputs under equal rules give equal ratings."""
    reports, sources = facts
    cited = sorted(
        (
            *(each.report_id, each.development_id or 0, each.stance, each.is_interested, each.is_resolved),
            each.is_contradiction_proposed,
        )
        for each in citations
    )
    chains = {each for report, *_ in cited for each in (report, *origin_of(reports[report], reports).through)}
    named = {source for each in chains for source in (reports[each].source, reports[each].credits) if source}
    inputs = [
        RULES_VERSION,
        dispatch.claim_kind,
        dispatch.hold,
        cited,
        [_values(reports[each]) for each in sorted(chains)],
        [_values(sources[each]) for each in sorted(named)],
    ]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


# The fields of each kind of facts that a rating depends on, in order.
_FIELDS = {
    kind: tuple(each.name for each in fields(kind) if each.name not in ("name", "owner"))
    for kind in (ReportFacts, SourceFacts)
}


def _values(facts: ReportFacts | SourceFacts) -> dict[str, Any]:
    """Return the fields of facts. `dataclasses.asdict` copies them deeply, which takes a fifth of a cascade."""
    return {name: getattr(facts, name) for name in _FIELDS[type(facts)]}


def _primary_source(lines: Sequence[LedgerLine]) -> str:
    """Return the name of the first supporting source, preferring one that added an origin."""
    supporting = [line for line in lines if line.stance == Stance.SUPPORTS]
    supporting.sort(key=lambda line: line.why is not None)
    return supporting[0].source if supporting else ""
