"""Rate a dispatch from its citations, and turn the rating into what readers may see of it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from dispatches.models import Citation, Dispatch
from dispatches.public.ledger import REASONS_OF_CONFIDENTIAL, LedgerLine, LedgerOrigin
from dispatches.signal.rules import RULES_VERSION, Cited, Claim, ClaimKind, Exclusion, Rating, Rung, Stance, rate
from sources.independence import ReportFacts, SourceFacts, origin_of
from sources.models import Report

Facts = tuple[Mapping[int, ReportFacts], Mapping[int, SourceFacts]]


@dataclass(frozen=True, slots=True)
class Ratings:
    """The rating of the headline's claim, the claim itself, and the ratings of developments by id."""

    headline: Rating
    claim: Claim
    developments: dict[int, Rating]


@dataclass(frozen=True, slots=True)
class PublicSignal:
    """Everything readers see of a dispatch's Signal. Fields are named like those of Edition.

    `development_signals` maps the id of each development with citations of its own to (rung, is_disputed).
    """

    rung: Rung
    origins: int
    is_disputed: bool
    is_held: bool
    primary_source: str
    report_count: int
    desk_window_at: datetime | None
    ledger: dict[str, list[dict[str, Any]]]
    upgrades: list[str]
    development_signals: dict[int, tuple[Rung, bool]]


def rate_dispatch(dispatch: Dispatch, citations: Iterable[Citation], facts: Facts) -> Ratings:
    """Rate the headline's claim and each development. `facts` must cover the cited reports."""
    cited: dict[int | None, list[Cited]] = defaultdict(list)
    for citation in citations:
        cited[citation.development_id].append(
            Cited(
                report=citation.report_id,
                stance=Stance(citation.stance),
                is_interested=citation.is_interested,
                is_resolved=bool(citation.resolution),
            )
        )
    kind = ClaimKind(dispatch.claim_kind)
    headline = Claim(tuple(cited.pop(None, [])), kind, Rung(dispatch.hold) if dispatch.hold else None)
    return Ratings(
        headline=rate(headline, *facts),
        claim=headline,
        developments={
            development: rate(Claim(tuple(of_it), kind), *facts)
            for development, of_it in cited.items()
            if development is not None
        },
    )


def public_signal(dispatch: Dispatch, citations: Sequence[Citation], facts: Facts) -> PublicSignal:
    """Return what readers see of the Signal. Expects citations with `report__source` selected."""
    ratings = rate_dispatch(dispatch, citations, facts)
    rating = ratings.headline
    headline = [citation for citation in citations if citation.development_id is None]
    lines, origins = public_ledger(headline, ratings.claim, rating, facts)
    accepted = {
        citation.report_id: citation.report
        for citation in citations
        if citation.report.review == Report.Review.ACCEPTED
    }
    return PublicSignal(
        rung=rating.rung,
        origins=rating.origins,
        is_disputed=rating.is_disputed,
        is_held=rating.is_held,
        primary_source=_primary_source(lines),
        report_count=len(accepted),
        desk_window_at=max((report.reviewed_at for report in accepted.values() if report.reviewed_at), default=None),
        ledger={"lines": [line.as_json() for line in lines], "origins": [origin.as_json() for origin in origins]},
        upgrades=list(rating.upgrades),
        development_signals={
            development: (rating.rung, rating.is_disputed) for development, rating in ratings.developments.items()
        },
    )


def hash_of_inputs(dispatch: Dispatch, citations: Iterable[Citation], facts: Facts) -> str:
    """Return a digest of the rating's inputs: equal inputs under equal rules give equal ratings."""
    reports, sources = facts
    cited = sorted(
        (each.report_id, each.development_id or 0, each.stance, each.is_interested, bool(each.resolution))
        for each in citations
    )
    chains = {each for report, *_ in cited for each in (report, *origin_of(reports[report], reports).through)}
    named = {source for each in chains for source in (reports[each].source, reports[each].credits) if source}
    inputs = [
        RULES_VERSION,
        dispatch.claim_kind,
        dispatch.hold,
        cited,
        [asdict(reports[each]) for each in sorted(chains)],
        [asdict(sources[each]) for each in sorted(named)],
    ]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


# Exclusions because of another report that is counted already.
_BY_OTHERS = {Exclusion.SAME_SOURCE, Exclusion.SAME_OWNER, Exclusion.RELAYS, Exclusion.PROPOSED}
# Exclusions that depend only on a named report's own facts, not on what it relays.
_OF_ITSELF = REASONS_OF_CONFIDENTIAL | {Exclusion.GRADED_OUT}


def public_ledger(
    citations: Sequence[Citation], claim: Claim, rating: Rating, facts: Facts
) -> tuple[list[LedgerLine], list[LedgerOrigin]]:
    """Return the public lines of a claim's accepted reports, in the order of citation, and its origins.

    Reports that are not accepted do not exist for readers. Neither a confidential source's line nor any other may
    reveal what it relays, who owns it, or its grade. So a named report's line is what it would be if no confidential
    report were cited; and where reports share an origin, a named one is shown to add it, if there is one.
    """
    accepted = [citation for citation in citations if citation.report.review == Report.Review.ACCEPTED]
    named = {each.report_id for each in accepted if not each.report.source.is_confidential}
    verdicts = {verdict.report: verdict for verdict in rating.verdicts}
    among_named = rate(replace(claim, cited=tuple(each for each in claim.cited if each.report in named)), *facts)
    why = {verdict.report: verdict.why for verdict in among_named.verdicts}

    # Origins are first attributed to named reports that add one by themselves, then to any others, named ones first.
    added = {verdict.report: verdict.key for verdict in among_named.verdicts if verdict.why is None}
    for citation in sorted(accepted, key=lambda each: each.report_id not in named):
        verdict = verdicts[citation.report_id]
        is_new = verdict.key in rating.counted and verdict.key not in added.values() and verdict.is_eligible
        if is_new and len(added) < rating.origins:
            added[citation.report_id] = verdict.key
    if not added and rating.origins:
        # If every lineage is unknown, they count as one origin together.
        unknown = [each.report_id for each in accepted if verdicts[each.report_id].why is Exclusion.LINEAGE_UNKNOWN]
        added[min(unknown, key=lambda report: report not in named)] = None

    lines: list[LedgerLine] = []
    origins: list[LedgerOrigin] = []
    number_of: dict[str | None, int] = {}
    for citation in accepted:
        if citation.report_id in added:
            key = added[citation.report_id]
            number_of[key] = len(origins) + 1
            origins.append(LedgerOrigin(len(origins) + 1, key in rating.reliable, key in rating.records))
    for citation in accepted:
        report = citation.report_id
        reason = None if report in added else why.get(report, verdicts[report].why) or Exclusion.NO_NEW_ORIGIN
        allowed: Collection[Exclusion] = list(Exclusion)
        if report not in named:
            allowed = REASONS_OF_CONFIDENTIAL
        elif _leads_to_confidential(report, facts):
            allowed = _OF_ITSELF
        if reason and reason not in allowed:
            reason = Exclusion.NO_NEW_ORIGIN
        # Only a named line that was excluded because of another report shows which origin it leads to.
        shows_origin = report in added or reason in {
            Exclusion.SAME_SOURCE,
            Exclusion.SAME_OWNER,
            Exclusion.RELAYS,
            Exclusion.PROPOSED,
        }
        lines.append(
            LedgerLine(
                source=citation.report.source.public_name,
                url=citation.report.url if report in named else "",
                stance=citation.stance,
                origin=number_of.get(added.get(report, verdicts[report].key)) if shows_origin else None,
                why=reason,
            )
        )
    return lines, origins


def _leads_to_confidential(report: int, facts: Facts) -> bool:
    """Return True if a report relays a confidential source, directly or through others."""
    reports, sources = facts
    origin = origin_of(reports[report], reports)
    behind = {*(reports[link].source for link in origin.through), origin.source} - {reports[report].source, None}
    return any(sources[source].is_confidential for source in behind if source is not None)


def _primary_source(lines: Sequence[LedgerLine]) -> str:
    """Return the name of the first supporting source, preferring one that added an origin."""
    supporting = [line for line in lines if line.stance == Stance.SUPPORTS]
    supporting.sort(key=lambda line: line.why is not None)
    return supporting[0].source if supporting else ""
