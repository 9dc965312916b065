"""Which reports are really independent: where the information of each entered the world, and who controls that place.

Pure functions over values, with neither database nor Django. `sources/facts.py` reads the values from the tables.
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
    """The desk's standing judgement of a source, by the Admiralty scale: A the best, E the worst, F no judgement."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


# All that a reader ever learns of a confidential source.
CONFIDENTIAL_LABEL = "Internal intake"

TRUSTED = (Grade.A, Grade.B, Grade.C)
DISTRUSTED = (Grade.D, Grade.E)


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the rules need to know of a source.

    `group` names its control group: equal for two sources exactly if one hand controls both.
    `is_record`: it is an official record, a document or a desk witness, and not somebody's word. `is_confidential`
    changes no rating; it limits what is told of one.
    """

    id: int
    group: str
    grade: Grade = Grade.F
    is_record: bool = False
    is_ours: bool = False
    is_confidential: bool = False


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What the rules need to know of a report. A relay points to a report (`relays`) or to a source (`credits`).

    `is_proposed`: nobody at the desk has said that it is a relay; likeness or a credit line proposes it, and the
    proposal is open. It counts as true until an editor clears it.
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


class Origin(NamedTuple):
    """Where a report's information entered the world.

    `source` is None where the lineage is unknown. `through` lists the reports that the information was relayed
    through after this one, in the order in which the chain is followed; empty for a report that is its own origin.
    """

    source: int | None
    through: tuple[int, ...] = ()


def origin_of(report: ReportFacts, reports: Mapping[int, ReportFacts]) -> Origin:
    """Follow the relay chain of a report to its end.

    First-hand and own reporting end at their own source. A relay goes on to the report it carries, or ends at the
    source it credits. A cycle, an unknown basis, or a relay of nobody known: the lineage is unknown.

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
    """Give each owner the owner at the top of its chain of control.

    `controlled_by` are pairs (held, holder), one for each holding that controls. Where several holders would control
    one owner, and where owners control each other in a circle, all of them are one group: when in doubt, sources are
    not independent. The group is named by its smallest id, so that the order of the pairs does not matter.

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
