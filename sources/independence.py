"""Decide which reports are independent: trace each to its origin, and find who controls that origin.

Pure functions over values, without database or Django. `sources/facts.py` reads the values from the tables.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Basis(StrEnum):
    """How a report knows what it says."""

    UNKNOWN = "unknown"
    FIRST_HAND = "first"
    OWN_REPORTING = "own"
    RELAY = "relay"


class Grade(StrEnum):
    """The desk's lasting judgment of a source, on the Admiralty scale: A is best, E is worst, F can't be judged."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


# All that readers ever learn about a confidential source.
CONFIDENTIAL_LABEL = "Internal intake"

TRUSTED = (Grade.A, Grade.B, Grade.C)
DISTRUSTED = (Grade.D, Grade.E)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the rules need to know about a source.

    `group` is its control group: equal for two sources exactly if the same owner controls both. `is_record` marks
    official records, documents and desk witnesses, as opposed to someone's statement. `is_confidential`, the public
    `name`, and `owner`, the name of whoever controls the group, do not affect the rating, only what is published.
    """

    id: int
    group: str
    grade: Grade = Grade.F
    is_record: bool = False
    is_ours: bool = False
    is_confidential: bool = False
    name: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What the rules need to know about a report. A relay points to a report (`relays`) or to a source (`credits`).

    `is_proposed` means that the relay is only an open proposal, based on likeness or a credit line. It counts as true
    until an editor clears it.
    """

    id: int
    source: int
    basis: Basis
    relays: int | None = None
    credits: int | None = None
    is_accepted: bool = True
    is_rejected: bool = False
    is_retracted: bool = False
    is_proposed: bool = False


# Reports and sources by id.
Facts = tuple[Mapping[int, ReportFacts], Mapping[int, SourceFacts]]


class Origin(NamedTuple):
    """Where a report's information entered the world.

    `source` is None if the lineage is unknown. `through` lists the reports that relayed the information after this one,
    following the chain to its end; empty for a report that is its own origin.
    """

    source: int | None
    through: tuple[int, ...] = ()


def origin_of(report: ReportFacts, reports: Mapping[int, ReportFacts]) -> Origin:
    """Follow a report's relay chain to its origin.

    First-hand and own reporting end at their own source. A relay continues at the report it relays, or ends at the
    source it credits. The lineage is unknown after a cycle, an unknown basis, or a relay of nothing known.

    >>> agency = ReportFacts(id=1, source=10, basis=Basis.OWN_REPORTING)
    >>> copy = ReportFacts(id=2, source=20, basis=Basis.RELAY, relays=1)
    >>> origin_of(copy, {1: agency, 2: copy})
    Origin(source=10, through=(1,))
    """
    through: list[int] = []
    seen = {report.id}
    while report.basis is Basis.RELAY:
        if report.relays is None:
            return Origin(report.credits, tuple(through))
        if report.relays in seen or report.relays not in reports:
            return Origin(None, tuple(through))
        report = reports[report.relays]
        seen.add(report.id)
        through.append(report.id)
    return Origin(None if report.basis is Basis.UNKNOWN else report.source, tuple(through))


def control_groups(owners: Collection[int], controlled_by: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Map each owner to its control group.

    `controlled_by` has a pair (held, holder) for each holding that gives control. If an owner has several controlling
    holders, or owners control each other in a circle, they all form one group: in doubt, sources are not independent.
    A group is named by its smallest id, so the order of the pairs does not matter.

    >>> control_groups([1, 2, 3, 4], [(2, 1), (3, 2)])
    {1: 1, 2: 1, 3: 1, 4: 4}
    """
    group = {owner: owner for owner in owners}

    def top(owner: int) -> int:
        while group[owner] != owner:
            group[owner] = group[group[owner]]
            owner = group[owner]
        return owner

    for held, holder in controlled_by:
        first, second = sorted((top(held), top(holder)))
        group[second] = first
    return {owner: top(owner) for owner in owners}
