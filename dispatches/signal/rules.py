"""The Signal: how many independent origins stand behind a claim, and what follows from their number.

Pure functions over values, with neither database nor Django. The Signal counts independent origins; it does not
establish truth. The tables in this module are the rules *and* the words in which readers are told about them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

from sources.independence import DISTRUSTED, TRUSTED, Basis, Grade, ReportFacts, SourceFacts, origin_of

# Recorded on each edition. It moves whenever a rule below changes what some claim is rated.
RULES_VERSION = "1"


class Rung(IntEnum):
    """The rating of a claim. Higher is stronger; an unrated claim can't be published."""

    UNRATED = 0
    DEVELOPING = 1
    STRONG = 2
    CONFIRMED = 3

    @property
    def word(self) -> str:
        return self.name.capitalize()


RUNG_MEANS = {
    Rung.UNRATED: "No report counts for it yet.",
    Rung.DEVELOPING: "One independent origin so far, or something stands against it.",
    Rung.STRONG: "At least two independent origins, one of them from a source graded reliable.",
    Rung.CONFIRMED: "At least three independent origins, two of them from sources graded reliable; or two reliable "
    "ones, of which one is a first-hand record by a party with no interest in the claim.",
}


class Stance(StrEnum):
    """What a citation does for the claim."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    CONTEXT = "context"


class ClaimKind(StrEnum):
    """“X says …” or “X did …”: a party's own word is first-hand for the one and not for the other."""

    EVENT = "event"
    STATEMENT = "statement"


class Why(StrEnum):
    """Why a cited report added no independent origin. One code for each such report."""

    NOT_REVIEWED = "not-reviewed"
    RETRACTED = "retracted"
    UPSTREAM = "upstream"
    OURS = "ours"
    CONTEXT = "context"
    CONTRADICTS = "contradicts"
    RESOLVED = "resolved"
    LINEAGE_UNKNOWN = "lineage-unknown"
    GRADED_OUT = "graded-out"
    PASSED_ON = "passed-on"
    UNGRADED = "ungraded"
    SAME_SOURCE = "same-source"
    SAME_OWNER = "same-owner"
    RELAYS = "relays"
    PROPOSED = "proposed"
    NO_NEW_ORIGIN = "no-new-origin"


WHY_MEANS = {
    Why.NOT_REVIEWED: "The desk has not accepted it.",
    Why.RETRACTED: "Its source took it back.",
    Why.UPSTREAM: "What it relays does not stand: it was taken back, or the desk did not accept it.",
    Why.OURS: "It goes back to our own publication.",
    Why.CONTEXT: "Background; it does not bear on the claim.",
    Why.CONTRADICTS: "It contradicts the claim.",
    Why.RESOLVED: "It contradicted the claim; the contradiction is resolved.",
    Why.LINEAGE_UNKNOWN: "Where its information comes from is not known.",
    Why.GRADED_OUT: "Its source is graded unreliable.",
    Why.PASSED_ON: "It passed through a source that is graded unreliable.",
    Why.UNGRADED: "Sources that can’t be judged count once, all together.",
    Why.SAME_SOURCE: "The same source is already counted.",
    Why.SAME_OWNER: "A source under the same owner is already counted.",
    Why.RELAYS: "It relays a source that is already counted.",
    Why.PROPOSED: "It seems to copy a source that is already counted; the desk is looking into it.",
    Why.NO_NEW_ORIGIN: "It adds no further independent origin.",
}


class Raise(StrEnum):
    """What would raise a rating: the rule that failed, from the other side."""

    RESOLVE = "resolve"
    RELEASE = "release"
    ORIGIN = "origin"
    RELIABLE = "reliable"
    THIRD_OR_RECORD = "third-or-record"
    SECOND_RELIABLE = "second-reliable"


RAISE_MEANS = {
    Raise.RESOLVE: "The contradiction is resolved.",
    Raise.RELEASE: "The desk, which holds the Signal down, releases it.",
    Raise.ORIGIN: "A further independent origin corroborates it.",
    Raise.RELIABLE: "A source graded reliable corroborates it.",
    Raise.THIRD_OR_RECORD: "A third independent origin, or a first-hand record by a party with no interest in it.",
    Raise.SECOND_RELIABLE: "A second origin graded reliable.",
}


@dataclass(frozen=True, slots=True)
class Cited:
    """One report, as a claim cites it. `is_interested`: its source is a party to the claim."""

    report: int
    stance: Stance = Stance.SUPPORTS
    is_interested: bool = False
    is_resolved: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be rated. `hold`: the highest rung that an editor allows for now, if one does."""

    cited: tuple[Cited, ...]
    kind: ClaimKind = ClaimKind.EVENT
    hold: Rung | None = None


class Verdict(NamedTuple):
    """What became of one cited report: `why` is None exactly if it added the origin `key`.

    `key` is the control group of its origin where that is known, also if the report added nothing.
    """

    report: int
    key: str | None
    why: Why | None

    @property
    def is_eligible(self) -> bool:
        """Whether it supports the claim and its origin is known and counts, whether or not it added it."""
        return self.why is None or self.why in _SHARED


_SHARED = frozenset({Why.SAME_SOURCE, Why.SAME_OWNER, Why.RELAYS, Why.PROPOSED, Why.UNGRADED})


@dataclass(frozen=True, slots=True)
class Rating:
    """The Signal of one claim, with its reasons. `verdicts` stand in the order of the citations.

    `counted` are the keys of the origins; `reliable` those of them graded A to C, and `records` those of the reliable
    ones that have a first-hand record by a party with no interest in the claim.
    """

    rung: Rung
    origins: int
    is_disputed: bool
    is_held: bool
    verdicts: tuple[Verdict, ...]
    raised_by: tuple[Raise, ...]
    counted: frozenset[str]
    reliable: frozenset[str]
    records: frozenset[str]


class _Support(NamedTuple):
    """A report that supports the claim, by its id, and whose origin is known and counts."""

    report: int
    source: int
    key: str
    grade: Grade
    is_origin: bool
    is_proposed: bool
    is_record: bool


def rate(claim: Claim, reports: Mapping[int, ReportFacts], sources: Mapping[int, SourceFacts]) -> Rating:
    """Rate a claim.

    `reports` hold every cited report and every report on their relay chains, `sources` every source that one of
    these comes from or credits; a KeyError says that one is missing.
    """
    why: dict[int, Why | None] = {}
    keys: dict[int, str] = {}
    supports: list[_Support] = []
    has_unknown = is_disputed = False

    for cited in claim.cited:
        report = reports[cited.report]
        own = sources[report.source]
        origin, through = origin_of(report, reports)
        source = own if origin == own.id else None if origin is None else sources[origin]
        if source:
            keys[cited.report] = source.group
        # Most reports are their own origin: there is nothing behind them to look at.
        links = [reports[step] for step in through] if through else ()
        behind = () if source is own and not links else (*(sources[link.source] for link in links), source or own)

        reason = _why_not(cited, report, own, links, behind)
        if reason is Why.CONTRADICTS:
            is_disputed = True
        elif reason is None and source is None:
            reason = Why.LINEAGE_UNKNOWN
            has_unknown = True
        elif reason is None and source is not None:
            is_record = source is own and source.is_record and report.basis is Basis.FIRST_HAND
            supports.append(
                _Support(
                    report=cited.report,
                    source=own.id,
                    key=source.group,
                    # The origin's own grade: how good a relay is can neither raise it nor lower it.
                    grade=source.grade,
                    is_origin=source is own,
                    is_proposed=report.is_proposed or any(link.is_proposed for link in links),
                    is_record=is_record and (claim.kind is ClaimKind.STATEMENT or not cited.is_interested),
                )
            )
        why[cited.report] = reason

    best = _best_by_key(supports)
    reliable = [key for key, support in best.items() if support.grade in TRUSTED]
    unjudged = [key for key in best if key not in reliable]
    counted = {*reliable, *unjudged[:1]}
    origins = len(counted) or int(has_unknown)

    for support in supports:
        first = best[support.key]
        if support is not first:
            why[support.report] = _why_not_again(support, first)
        elif support.key not in counted:
            why[support.report] = Why.UNGRADED
        else:
            why[support.report] = None

    records = frozenset(support.key for support in supports if support.is_record and support.grade in TRUSTED)
    earned = rung_of(origins, len(reliable), bool(records))
    rung = min(earned, Rung.DEVELOPING) if is_disputed else earned
    is_held = claim.hold is not None and claim.hold < rung
    return Rating(
        rung=claim.hold if is_held and claim.hold is not None else rung,
        origins=origins,
        is_disputed=is_disputed and origins > 0,
        is_held=is_held,
        verdicts=tuple(Verdict(cited.report, keys.get(cited.report), why[cited.report]) for cited in claim.cited),
        raised_by=tuple(_raised_by(earned, origins, len(reliable), is_disputed, is_held)),
        counted=frozenset(counted),
        reliable=frozenset(reliable),
        records=records,
    )


def _why_not(
    cited: Cited,
    report: ReportFacts,
    own: SourceFacts,
    links: Sequence[ReportFacts],
    behind: Sequence[SourceFacts],
) -> Why | None:
    """Why a report can't support a claim, whatever the others say; None if it can.

    `links` are the reports that its information came through, `behind` the sources of these and of its origin.
    """
    if not report.is_accepted:
        return Why.NOT_REVIEWED
    if report.is_retracted:
        return Why.RETRACTED
    if links and any(link.is_retracted or link.is_rejected for link in links):
        return Why.UPSTREAM
    if own.is_ours or (behind and any(party.is_ours for party in behind)):
        return Why.OURS
    if cited.stance is Stance.CONTEXT:
        return Why.CONTEXT
    if cited.stance is Stance.CONTRADICTS:
        return Why.RESOLVED if cited.is_resolved else Why.CONTRADICTS
    if own.grade in DISTRUSTED:
        return Why.GRADED_OUT
    if behind and any(party.grade in DISTRUSTED for party in behind):
        return Why.PASSED_ON
    return None


def _best_by_key(supports: Iterable[_Support]) -> dict[str, _Support]:
    """For each key the report that stands for it: the best graded, rather the origin itself than who relays it."""
    best: dict[str, _Support] = {}
    for support in supports:
        other = best.get(support.key)
        if other is None or (support.grade, not support.is_origin) < (other.grade, not other.is_origin):
            best[support.key] = support
    return best


def _why_not_again(support: _Support, counted: _Support) -> Why:
    if support.is_proposed:
        return Why.PROPOSED
    if not support.is_origin:
        return Why.RELAYS
    return Why.SAME_SOURCE if support.source == counted.source else Why.SAME_OWNER


def rung_of(origins: int, reliable: int, has_record: bool) -> Rung:
    if origins == 0:
        return Rung.UNRATED
    if (origins >= 3 and reliable >= 2) or (origins == reliable == 2 and has_record):
        return Rung.CONFIRMED
    if origins >= 2 and reliable >= 1:
        return Rung.STRONG
    return Rung.DEVELOPING


def _raised_by(rung: Rung, origins: int, reliable: int, is_disputed: bool, is_held: bool) -> Iterable[Raise]:
    if is_disputed:
        yield Raise.RESOLVE
    if is_held:
        yield Raise.RELEASE
    if rung is Rung.CONFIRMED:
        return
    if origins < 2:
        yield Raise.ORIGIN
    if reliable == 0:
        yield Raise.RELIABLE
    if rung is Rung.STRONG:
        yield Raise.SECOND_RELIABLE if reliable < 2 else Raise.THIRD_OR_RECORD
