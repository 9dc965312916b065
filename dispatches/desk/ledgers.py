"""Write the public ledger of a claim: what readers may know of its reports, and of how they hang together."""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Any

from dispatches.models import Citation
from dispatches.public.ledger import LedgerLine, Party
from dispatches.signal.published import account_for, reason_of_itself
from dispatches.signal.rules import Claim, Exclusion, Rating, Stance, rate
from sources.independence import DISTRUSTED, Basis, Facts, origin_of
from sources.models import Report


def public_ledger(citations: Sequence[Citation], claim: Claim, rating: Rating, facts: Facts) -> list[LedgerLine]:
    """Return the public lines of a claim's accepted reports, in the order of citation.

    Reports that are not accepted do not exist for readers. No line may reveal what a confidential source relays, who
    owns it, or its grade. So the lines of reports that involve no confidential source are what they would be if no
    others were cited. The others add the remaining origins, whose number is public: the first of them, because which
    of them did may follow from a grade. Nothing else is published of them.
    """
    accepted = [citation for citation in citations if citation.report.review == Report.Review.ACCEPTED]
    named = {each.report_id for each in accepted if not each.report.source.is_confidential}
    open_reports = {report for report in named if not _leads_to_confidential(report, facts)}
    among_open = rate(replace(claim, cited=tuple(each for each in claim.cited if each.report in open_reports)), *facts)

    added = [verdict.report for verdict in among_open.verdicts if verdict.why is None]
    may_add = [each.report_id for each in accepted if each.report_id not in open_reports and _may_add(each, facts)]
    if not added and not may_add:
        # If every lineage is unknown, they count as one origin together.
        may_add = [each.report for each in among_open.verdicts if each.why is Exclusion.LINEAGE_UNKNOWN]
    adding = {*added, *may_add[: max(rating.origins - len(added), 0)]}
    stated = {
        each.report_id: _reason_of_itself(each, facts, rating.is_disputed)
        for each in accepted
        if each.report_id not in open_reports
    }
    entries = account_for([each.report_id for each in accepted], among_open, adding, stated)
    edges = _Edges([each.report_id for each in accepted], open_reports, facts)
    lines = []
    for citation, (origin, why) in zip(accepted, entries, strict=True):
        line = LedgerLine(
            source=citation.report.source.public_name,
            url=citation.report.url if citation.report_id in named else "",
            stance=citation.counted_stance,
            origin=origin,
            why=why,
        )
        if citation.report_id in open_reports:
            line = replace(line, is_interested=citation.is_interested, **edges.of(citation.report_id))
        lines.append(line)
    return lines


class _Edges:
    """What the open reports of a claim relay, and which owners join their sources."""

    def __init__(self, accepted: Sequence[int], open_reports: Container[int], facts: Facts) -> None:
        self._reports, self._sources = facts
        self._number_of = {report: n for n, report in enumerate(accepted, 1) if report in open_reports}
        self._relayed = {report: self._follow(report) for report in self._number_of}
        # In the order of the lines, so that their numbers do not depend on what is confidential.
        shown: dict[int, None] = {}
        for report, (_, credited, _) in self._relayed.items():
            shown |= dict.fromkeys([self._reports[report].source] + ([credited] if credited is not None else []))
        self._party_of = {source: number for number, source in enumerate(shown, 1)}
        self._sizes = Counter(self._sources[source].group for source in shown)

    def of(self, report: int) -> dict[str, Any]:
        """Return the fields of an open report's line that describe its edges."""
        own = self._reports[report]
        relayed, credited, is_proposed = self._relayed[report]
        return {
            "basis": own.basis,
            "relays": relayed,
            "credits": None if credited is None else self._party(credited),
            "owner": self._owner(own.source),
            "party": self._party_of[own.source],
            "is_proposed": is_proposed,
        }

    def _party(self, source: int) -> Party:
        return Party(self._sources[source].name, self._party_of[source], self._owner(source))

    def _owner(self, source: int) -> str:
        facts = self._sources[source]
        return facts.owner if self._sizes[facts.group] > 1 else ""

    def _follow(self, report: int) -> tuple[int | None, int | None, bool]:
        """Return the number of the line that a report relays, or else the source where its chain ends, if known.

        Reports in between that have no line are passed over. The last value is True if one step is only proposed.
        """
        at, passed, is_proposed = self._reports[report], {report}, False
        while at.basis is Basis.RELAY:
            is_proposed = is_proposed or at.is_proposed
            if at.relays is None:
                return None, at.credits, is_proposed
            if at.relays in passed or at.relays not in self._reports:
                return None, None, is_proposed
            if at.relays in self._number_of:
                return self._number_of[at.relays], None, is_proposed
            passed.add(at.relays)
            at = self._reports[at.relays]
        is_origin = at.id == report or at.basis is Basis.UNKNOWN
        return None, None if is_origin else at.source, is_proposed


def _may_add(citation: Citation, facts: Facts) -> bool:
    """Return True if a report may be shown to add an origin, as far as readers may know."""
    if citation.counted_stance is not Stance.SUPPORTS:
        return False
    return _reason_of_itself(citation, facts, is_disputed=False) is Exclusion.NO_NEW_ORIGIN


def _reason_of_itself(citation: Citation, facts: Facts, is_disputed: bool) -> Exclusion:
    """Return why a report added no origin, as far as its own facts tell.

    For reports of confidential sources, and of those that relay one.
    """
    stance, is_retracted = citation.counted_stance, citation.report.retracted_at is not None
    reason = reason_of_itself(stance, is_retracted, citation.is_resolved, is_disputed)
    source = facts[1][citation.report.source_id]
    if reason is Exclusion.CONTRADICTS and citation.is_contradiction_proposed and not source.is_confidential:
        # Of a confidential report, readers are not told that it is a proposal.
        return Exclusion.PROPOSED_CONTRADICTION
    if reason is Exclusion.NO_NEW_ORIGIN and stance is Stance.SUPPORTS and not source.is_confidential:
        if source.grade in DISTRUSTED:
            return Exclusion.GRADED_OUT
        if source.is_ours:
            return Exclusion.OURS
    return reason


def _leads_to_confidential(report: int, facts: Facts) -> bool:
    """Return True if a report relays a confidential source, directly or through others."""
    reports, sources = facts
    origin = origin_of(reports[report], reports)
    behind = {*(reports[link].source for link in origin.through), origin.source} - {reports[report].source, None}
    return any(sources[source].is_confidential for source in behind if source is not None)
