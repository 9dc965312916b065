"""From the citations of a dispatch to all that an edition says of its Signal, without a confidential word."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dispatches.editions import LedgerLine, LedgerOrigin
from dispatches.models import Citation, Dispatch
from dispatches.signal import RULES_VERSION, Cited, Claim, ClaimKind, Rating, Rung, Stance, Why, rate
from sources.independence import ReportFacts, SourceFacts, origin_of
from sources.models import Report

Facts = tuple[Mapping[int, ReportFacts], Mapping[int, SourceFacts]]


@dataclass(frozen=True, slots=True)
class Ratings:
    """The Signal of a dispatch's headline claim, and of each of its developments by id."""

    headline: Rating
    developments: dict[int, Rating]


@dataclass(frozen=True, slots=True)
class PublicSignal:
    """All that readers see of the Signal of a dispatch; the names are those of the edition's fields.

    `development_signals` give the rung and whether it is disputed for each development that has citations of its own.
    """

    rung: Rung
    origins: int
    is_disputed: bool
    is_held: bool
    primary_source: str
    report_count: int
    desk_window_at: datetime | None
    ledger: dict[str, list[dict[str, Any]]]
    raised_by: list[str]
    development_signals: dict[int, tuple[Rung, bool]]


def rate_dispatch(dispatch: Dispatch, citations: Iterable[Citation], facts: Facts) -> Ratings:
    """Rate the headline's claim and each development from these citations; `facts` must cover their reports."""
    claims: dict[int | None, list[Cited]] = defaultdict(list)
    for citation in citations:
        claims[citation.development_id].append(
            Cited(
                report=citation.report_id,
                stance=Stance(citation.stance),
                is_interested=citation.is_interested,
                is_resolved=bool(citation.resolution),
            )
        )

    def rating(development: int | None, hold: Rung | None = None) -> Rating:
        return rate(Claim(tuple(claims[development]), ClaimKind(dispatch.claim_kind), hold), *facts)

    return Ratings(
        headline=rating(None, Rung(dispatch.hold) if dispatch.hold else None),
        developments={development: rating(development) for development in list(claims) if development is not None},
    )


def public_signal(dispatch: Dispatch, citations: Sequence[Citation], facts: Facts) -> PublicSignal:
    """What readers see of the Signal. The citations come with their reports and these with their sources."""
    ratings = rate_dispatch(dispatch, citations, facts)
    rating = ratings.headline
    lines, origins = public_ledger([citation for citation in citations if citation.development_id is None], rating)
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
        raised_by=list(rating.raised_by),
        development_signals={
            development: (rating.rung, rating.is_disputed) for development, rating in ratings.developments.items()
        },
    )


def hash_of_inputs(dispatch: Dispatch, citations: Iterable[Citation], facts: Facts) -> str:
    """A digest of everything that the rating follows from: equal inputs under equal rules give equal ratings."""
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


# The reasons that tell of a bond between two sources, and those that a confidential source may be given.
_BONDS = frozenset({Why.SAME_SOURCE, Why.SAME_OWNER, Why.RELAYS, Why.PROPOSED})
_OF_ANYBODY = frozenset({Why.CONTEXT, Why.CONTRADICTS, Why.RESOLVED, Why.RETRACTED})


def public_ledger(citations: Sequence[Citation], rating: Rating) -> tuple[list[LedgerLine], list[LedgerOrigin]]:
    """The accepted reports behind the headline's claim, in the order of their citation, and the origins they give.

    What the desk has not accepted does not exist for readers. A confidential source never tells whom it relays, who
    owns it or how it is graded, and a named one tells nothing about it: of reports that share an origin, one that is
    named is shown as that origin if there is one, and the others only as adding none.
    """
    verdicts = {verdict.report: verdict for verdict in rating.verdicts}
    accepted = [citation for citation in citations if citation.report.review == Report.Review.ACCEPTED]
    sharing: dict[str, list[Citation]] = defaultdict(list)
    for citation in accepted:
        verdict = verdicts[citation.report_id]
        if verdict.key and (verdict.why is None or verdict.why in _BONDS):
            sharing[verdict.key].append(citation)

    added: set[int] = set()
    number_of: dict[int, int] = {}
    bound_to_confidential: set[int] = set()
    origins: list[LedgerOrigin] = []
    for key, members in sharing.items():
        counted = [member for member in members if verdicts[member.report_id].why is None]
        if not counted:
            continue
        origins.append(LedgerOrigin(len(origins) + 1, key in rating.reliable, key in rating.records))
        # False sorts first: one that is named, and among those the one that was counted.
        shown = min(members, key=lambda member: (member.report.source.is_confidential, member not in counted))
        added.add(shown.report_id)
        number_of[shown.report_id] = len(origins)
        if any(member.report.source.is_confidential for member in members):
            bound_to_confidential.update(member.report_id for member in members)
        else:
            number_of |= {member.report_id: len(origins) for member in members}
    if not origins and rating.origins:
        # A lineage that is not known still is one origin, if it is all there is.
        [first, *_] = [each for each in accepted if verdicts[each.report_id].why is Why.LINEAGE_UNKNOWN]
        origins.append(LedgerOrigin(1, is_reliable=False, is_record=False))
        added.add(first.report_id)
        number_of[first.report_id] = 1

    def why(citation: Citation) -> Why | None:
        if citation.report_id in added:
            return None
        reason = verdicts[citation.report_id].why
        if citation.report_id in bound_to_confidential:
            return Why.NO_NEW_ORIGIN
        if citation.report.source.is_confidential and reason not in _OF_ANYBODY:
            return Why.NO_NEW_ORIGIN
        return reason

    lines = [
        LedgerLine(
            source=citation.report.source.public_name,
            url="" if citation.report.source.is_confidential else citation.report.url,
            stance=citation.stance,
            origin=number_of.get(citation.report_id),
            why=why(citation),
        )
        for citation in accepted
    ]
    return lines, origins


def _primary_source(lines: Sequence[LedgerLine]) -> str:
    """The first source that supports the claim; rather one that added an origin."""
    supporting = [line for line in lines if line.stance == Stance.SUPPORTS]
    supporting.sort(key=lambda line: line.why is not None)
    return supporting[0].source if supporting else ""
