"""Rate a dispatch from its citations, and turn the rating into what readers may see of it."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from dispatches.models import Citation, Dispatch
from dispatches.public.ledger import LedgerLine
from dispatches.signal.rules import RULES_VERSION, Cited, Claim, ClaimKind, Exclusion, Rating, Rung, Stance, rate
from sources.independence import DISTRUSTED, ReportFacts, SourceFacts, origin_of
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
    ledger: list[dict[str, Any]]
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
    lines = public_ledger(headline, ratings.claim, rating, facts)
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
        ledger=[line.as_json() for line in lines],
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
        [_values(reports[each]) for each in sorted(chains)],
        [_values(sources[each]) for each in sorted(named)],
    ]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


# The fields of each kind of facts, in order.
_FIELDS = {kind: tuple(each.name for each in fields(kind)) for kind in (ReportFacts, SourceFacts)}


def _values(facts: ReportFacts | SourceFacts) -> dict[str, Any]:
    """Return the fields of facts. `dataclasses.asdict` copies them deeply, which takes a fifth of a cascade."""
    return {name: getattr(facts, name) for name in _FIELDS[type(facts)]}


# Exclusions because of another report that is counted already.
_BY_OTHERS = {Exclusion.SAME_SOURCE, Exclusion.SAME_OWNER, Exclusion.RELAYS, Exclusion.PROPOSED}


def public_ledger(citations: Sequence[Citation], claim: Claim, rating: Rating, facts: Facts) -> list[LedgerLine]:
    """Return the public lines of a claim's accepted reports, in the order of citation.

    Reports that are not accepted do not exist for readers. No line may reveal what a confidential source relays, who
    owns it, or its grade. So the lines of reports that involve no confidential source are what they would be if no
    others were cited. The others add the remaining origins, whose number is public: the first of them, because which
    of them did may follow from a grade.
    """
    accepted = [citation for citation in citations if citation.report.review == Report.Review.ACCEPTED]
    named = {each.report_id for each in accepted if not each.report.source.is_confidential}
    open_reports = {report for report in named if not _leads_to_confidential(report, facts)}
    among_open = rate(replace(claim, cited=tuple(each for each in claim.cited if each.report in open_reports)), *facts)
    verdicts = {verdict.report: verdict for verdict in among_open.verdicts}

    added = {report: verdict.key for report, verdict in verdicts.items() if verdict.why is None}
    may_add = [each.report_id for each in accepted if each.report_id not in open_reports and _may_add(each, facts)]
    if not added and not may_add:
        # If every lineage is unknown, they count as one origin together.
        may_add = [report for report, verdict in verdicts.items() if verdict.why is Exclusion.LINEAGE_UNKNOWN]
    adding = {*added, *may_add[: max(rating.origins - len(added), 0)]}

    number_of: dict[int, int] = {}
    for citation in accepted:
        if citation.report_id in adding:
            number_of[citation.report_id] = len(number_of) + 1
    number_of_key = {key: number_of[report] for report, key in added.items()}

    lines: list[LedgerLine] = []
    for citation in accepted:
        report = citation.report_id
        reason, origin = None, number_of.get(report)
        if report not in adding and report in open_reports:
            reason = verdicts[report].why
            if reason in _BY_OTHERS:
                origin = number_of_key.get(verdicts[report].key)
        elif report not in adding:
            reason = _reason_of_itself(citation, facts, rating.is_disputed)
        lines.append(
            LedgerLine(
                source=citation.report.source.public_name,
                url=citation.report.url if report in named else "",
                stance=citation.stance,
                origin=origin,
                why=reason,
            )
        )
    return lines


def _may_add(citation: Citation, facts: Facts) -> bool:
    """Return True if a report may be shown to add an origin, as far as readers may know."""
    if citation.stance != Stance.SUPPORTS:
        return False
    return _reason_of_itself(citation, facts, is_disputed=False) is Exclusion.NO_NEW_ORIGIN


def _reason_of_itself(citation: Citation, facts: Facts, is_disputed: bool) -> Exclusion:
    """Return why a report added no origin, as far as its own facts tell.

    For reports of confidential sources, and of those that relay one.
    """
    if citation.report.retracted_at:
        return Exclusion.RETRACTED
    match citation.stance:
        case Stance.CONTEXT:
            return Exclusion.CONTEXT
        case Stance.CONTRADICTS if citation.resolution:
            return Exclusion.RESOLVED
        case Stance.CONTRADICTS if is_disputed:
            return Exclusion.CONTRADICTS
        case Stance.SUPPORTS if not citation.report.source.is_confidential:
            source = facts[1][citation.report.source_id]
            if source.grade in DISTRUSTED:
                return Exclusion.GRADED_OUT
            if source.is_ours:
                return Exclusion.OURS
    return Exclusion.NO_NEW_ORIGIN


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
