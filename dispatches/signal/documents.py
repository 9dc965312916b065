"""Read a published ledger (`<slug>.signal.json`) into the values that the rules work on. Pure.

What readers may not learn is taken as stated: whether a report of a confidential source, or one that leads to such a
source, adds an origin; which sources are graded unreliable or can't be judged; and that something not cited, on the
way to an origin, was retracted, is ours or is unreliable. So is whether a contradiction is proposed or decided, which
rates the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dispatches.signal.published import BY_OTHERS, Reliability
from dispatches.signal.rules import DISPUTING, Cited, ClaimKind, Exclusion, Rung, Stance
from sources.independence import CONFIDENTIAL_LABEL, Basis, Facts, Grade, ReportFacts, SourceFacts, origin_of

VERSION = 2

# Why something that is not cited, on the way to an origin, can exclude a relay.
BY_A_STEP = frozenset({Exclusion.UPSTREAM, Exclusion.OURS, Exclusion.PASSED_ON})


@dataclass(frozen=True, slots=True)
class PublishedReport:
    """A report of a published claim. `relays` is the id of a report or of a source; a stated one has no `source`."""

    id: str
    name: str
    source: str | None
    stance: Stance
    basis: Basis | None
    relays: str | None
    is_proposed: bool
    is_party: bool
    is_retracted: bool
    is_resolved: bool
    origin: int | None
    why: Exclusion | None

    @property
    def is_stated(self) -> bool:
        """Return True if its share is taken as stated."""
        return self.basis is None

    @property
    def may_add(self) -> bool:
        """Return True if it is stated and may add an origin."""
        return self.is_stated and self.stance is Stance.SUPPORTS and self.why in (None, Exclusion.NO_NEW_ORIGIN)

    @property
    def is_named(self) -> bool:
        return self.name != CONFIDENTIAL_LABEL


@dataclass(frozen=True, slots=True)
class PublishedClaim:
    """The headline's claim or that of a development, with its Signal as published."""

    title: str
    kind: ClaimKind
    reports: tuple[PublishedReport, ...]
    groups: Mapping[str, str | None]
    rung: Rung
    origins: int
    is_disputed: bool
    is_held: bool
    reliability: Reliability
    upgrades: tuple[str, ...]


def read_claims(document: Mapping[str, Any]) -> list[PublishedClaim]:
    """Return the claims of a ledger, the headline's first.

    Raises KeyError, TypeError or ValueError if the document is not a ledger, or an id in it leads nowhere.
    """
    if document["version"] != VERSION:
        raise ValueError(f"it is of version {document['version']}; this is version {VERSION}")
    kind, signal = ClaimKind(document["kind"]), document["signal"]
    headline = _read_claim("The headline", kind, document, signal, bool(signal["is_held"]))
    developments = [
        _read_claim(f"The development of {each['at']}", kind, each, each, is_held=False)
        for each in document["developments"]
    ]
    return [headline, *developments]


def _read_claim(
    title: str, kind: ClaimKind, value: Mapping[str, Any], signal: Mapping[str, Any], is_held: bool
) -> PublishedClaim:
    owners = {group["id"] for group in value["groups"]}
    groups = {source["id"]: source["group"] for source in value["sources"]}
    reports = tuple(_read_report(each) for each in value["reports"])
    ids = {report.id for report in reports}
    if len(ids) < len(reports) or ids & groups.keys():
        raise ValueError(f"{title}: two things have one id")
    named = {report.source for report in reports} - {None} - groups.keys()
    relayed = {report.relays for report in reports} - {None} - groups.keys() - ids
    if lost := {*named, *relayed, *({*groups.values()} - {None} - owners)}:
        raise ValueError(f"{title}: nothing has the id {', '.join(sorted(map(str, lost)))}")
    for report in reports:
        if (report.basis is None) != (report.source is None):
            raise ValueError(f"{title}: {report.id} has a basis and no source, or a source and no basis")
        if report.relays is not None and report.basis is not Basis.RELAY:
            raise ValueError(f"{title}: {report.id} relays something, but is no relay")
    return PublishedClaim(
        title=title,
        kind=kind,
        reports=reports,
        groups=groups,
        rung=Rung[str(signal["rung"]).upper()],
        origins=int(signal["origins"]),
        is_disputed=bool(signal["is_disputed"]),
        is_held=is_held,
        reliability=Reliability(int(value["reliability"]["origins"]), bool(value["reliability"]["has_record"])),
        upgrades=tuple(upgrade["code"] for upgrade in value["upgrades"]),
    )


def _read_report(value: Mapping[str, Any]) -> PublishedReport:
    return PublishedReport(
        id=value["id"],
        name=value["name"],
        source=value["source"],
        stance=Stance(value["stance"]),
        basis=None if value["basis"] is None else Basis(value["basis"]),
        relays=value["relays"],
        is_proposed=bool(value["is_proposed"]),
        is_party=bool(value["is_party"]),
        is_retracted=bool(value["is_retracted"]),
        is_resolved=bool(value["is_resolved"]),
        origin=value["origin"],
        why=None if value["why"] is None else Exclusion(value["why"]),
    )


def values_of(claim: PublishedClaim, has_record: bool) -> tuple[tuple[Cited, ...], Facts]:
    """Return the citations of a claim and the facts that its edges give. Reports are numbered from 1.

    A report whose share is stated gets what gives it that share, or is left out. Which origins are official records is
    not published: if `has_record`, all may be.
    """
    numbers = {report.id: number for number, report in enumerate(claim.reports, 1)}
    ids = {source: number for number, source in enumerate(claim.groups, 1)}
    cited: list[Cited] = []
    reports: dict[int, ReportFacts] = {}
    sources: dict[int, SourceFacts] = {}
    ours: set[int] = set()
    for number, report in enumerate(claim.reports, 1):
        if report.source is None:
            if report.why is None or report.why in DISPUTING:
                reports[number] = ReportFacts(number, -number, Basis.FIRST_HAND)
                sources[-number] = SourceFacts(-number, f"stated {number}", Grade.A, is_record=has_record)
                cited.append(Cited(number, Stance.SUPPORTS if report.why is None else Stance.CONTRADICTS))
            continue
        relays, credited = numbers.get(report.relays or ""), ids.get(report.relays or "")
        if report.why in BY_A_STEP and report.basis is Basis.RELAY:
            # A report in between that is not cited.
            is_retracted, is_ours = report.why is Exclusion.UPSTREAM, report.why is Exclusion.OURS
            grade = Grade.E if report.why is Exclusion.PASSED_ON else Grade.A
            reports[-number] = ReportFacts(-number, -number, Basis.RELAY, relays, credited, is_retracted=is_retracted)
            sources[-number] = SourceFacts(-number, f"step {number}", grade, is_ours=is_ours)
            relays, credited = -number, None
        elif report.why is Exclusion.OURS:
            ours.add(ids[report.source])
        reports[number] = ReportFacts(
            id=number,
            source=ids[report.source],
            basis=report.basis or Basis.UNKNOWN,
            relays=relays,
            credits=credited,
            is_retracted=report.is_retracted,
            is_proposed=report.is_proposed,
        )
        is_proposed = report.why is Exclusion.PROPOSED_CONTRADICTION
        cited.append(Cited(number, report.stance, report.is_party, report.is_resolved, is_proposed))
    grades = _grades(claim, reports)
    for source, number in ids.items():
        group = claim.groups[source]
        sources[number] = SourceFacts(
            id=number,
            group=f"group {group}" if group else f"source {source}",
            grade=grades.get(number, Grade.A),
            is_record=has_record,
            is_ours=number in ours,
        )
    return tuple(cited), (reports, sources)


def _grades(claim: PublishedClaim, reports: Mapping[int, ReportFacts]) -> dict[int, Grade]:
    """Return grades of sources that give what is stated of them. Grades themselves are not published.

    An origin that counts is reliable unless others are counted with it as ungraded; a source that is under the same
    owner as a counted one is graded worse than that. Nothing else that is published depends on a grade.
    """
    ungraded = {report.origin for report in claim.reports if report.why is Exclusion.UNGRADED}
    grades: dict[int, Grade] = {}
    unreliable = set()
    for number, report in enumerate(claim.reports, 1):
        if report.is_stated or report.stance is not Stance.SUPPORTS:
            continue
        if report.why is Exclusion.GRADED_OUT:
            unreliable.add(reports[number].source)
        if report.why is not None and report.why not in BY_OTHERS:
            continue
        origin = origin_of(reports[number], reports).source
        if origin is not None:
            grade = Grade.F if report.origin in ungraded else Grade.A if report.why is None else Grade.B
            grades[origin] = min(grade, grades.get(origin, Grade.F))
    return grades | dict.fromkeys(unreliable, Grade.E)
