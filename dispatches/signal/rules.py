"""The rules of the Signal: count the independent origins behind a claim, and rate it.
Pure functions over values, without database or Django. The Signal counts independent origins; it does not establish
truth. The tables in this module are the rules *and* the text in which they are explained to readers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

from sources.independence import DISTRUSTED, TRUSTED, Basis, Grade, ReportFacts, SourceFacts, origin_of

# Recorded on each edition. Increased whenever a change below changes the rating of some claim.
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


RUNG_DESCRIPTIONS = {
    Rung.UNRATED: "No report counts for it yet.",
    Rung.DEVELOPING: "One independent origin so far, or the claim is disputed.",
    Rung.STRONG: "At least two independent origins, one of them graded reliable.",
    Rung.CONFIRMED: "At least three independent origins, two of them graded reliable; or two reliable ones, one of "
    "them a first-hand record from a party with no stake in the claim.",
}


class Stance(StrEnum):
    """What a cited report does for the claim."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    CONTEXT = "context"


class ClaimKind(StrEnum):
    """“X says …” or “X did …”: a party's own word is first-hand only for a claim of the first kind."""

    EVENT = "event"
    STATEMENT = "statement"


class Exclusion(StrEnum):
    """Why a cited report added no independent origin. Each such report has exactly one."""

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
    PROPOSED_CONTRADICTION = "proposed-contradiction"
    NO_NEW_ORIGIN = "no-new-origin"


EXCLUSION_LABELS = {
    Exclusion.NOT_REVIEWED: "The desk has not accepted it.",
    Exclusion.RETRACTED: "Its source retracted it.",
    Exclusion.UPSTREAM: "The report it relays was retracted or not accepted.",
    Exclusion.OURS: "It leads back to our own publication.",
    Exclusion.CONTEXT: "Background only; not evidence for the claim.",
    Exclusion.CONTRADICTS: "It contradicts the claim.",
    Exclusion.RESOLVED: "It contradicted the claim, but the contradiction is resolved.",
    Exclusion.LINEAGE_UNKNOWN: "The origin of its information is unknown.",
    Exclusion.GRADED_OUT: "Its source is graded unreliable.",
    Exclusion.PASSED_ON: "It was relayed by a source graded unreliable.",
    Exclusion.UNGRADED: "All ungraded sources together count as one.",
    Exclusion.SAME_SOURCE: "Its source is already counted.",
    Exclusion.SAME_OWNER: "A source under the same owner is already counted.",
    Exclusion.RELAYS: "It relays a source that is already counted.",
    Exclusion.PROPOSED: "It seems to copy a source that is already counted; the desk is checking.",
    Exclusion.PROPOSED_CONTRADICTION: "It seems to contradict the claim; the desk is checking.",
    Exclusion.NO_NEW_ORIGIN: "It adds no independent origin.",
}

# A report with one of these makes a claim disputed.
DISPUTING = frozenset({Exclusion.CONTRADICTS, Exclusion.PROPOSED_CONTRADICTION})


class Upgrade(StrEnum):
    """What would raise a rating: the opposite of the rule that failed."""

    RESOLVE = "resolve"
    RELEASE = "release"
    ORIGIN = "origin"
    RELIABLE = "reliable"
    THIRD_OR_RECORD = "third-or-record"
    SECOND_RELIABLE = "second-reliable"


UPGRADE_LABELS = {
    Upgrade.RESOLVE: "resolving the contradiction",
    Upgrade.RELEASE: "the desk lifting its cap on the Signal",
    Upgrade.ORIGIN: "another independent origin, if at least one is graded reliable",
    Upgrade.RELIABLE: "an origin graded reliable",
    Upgrade.THIRD_OR_RECORD: "a third independent origin, or a first-hand record from a party with no stake in it; at "
    "least two origins must be graded reliable",
    Upgrade.SECOND_RELIABLE: "a second origin graded reliable",
}


@dataclass(frozen=True, slots=True)
class Cited:
    """A report as cited for a claim. `is_interested` means that its source is a party to the claim.

    `is_proposed` means that it contradicts the claim only by an open proposal, which counts as true.
    """

    report: int
    stance: Stance = Stance.SUPPORTS
    is_interested: bool = False
    is_resolved: bool = False
    is_proposed: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim to rate. `hold` is the highest rung that an editor currently allows, if there is such a cap."""

    cited: tuple[Cited, ...]
    kind: ClaimKind = ClaimKind.EVENT
    hold: Rung | None = None


class Verdict(NamedTuple):
    """The result for one cited report: `why` is None exactly if it added the origin `key`.

    `key` is the control group of its origin, if known, even if the report added nothing.
    """

    report: int
    key: str | None
    why: Exclusion | None


@dataclass(frozen=True, slots=True)
class Rating:
    """The Signal of one claim, with its reasons. `verdicts` are in the order of the citations.

    `ungraded` is the key that counts for all ungraded ones together, if there are any.
    """

    rung: Rung
    origins: int
    is_disputed: bool
    is_held: bool
    verdicts: tuple[Verdict, ...]
    upgrades: tuple[Upgrade, ...]
    ungraded: str | None = None


class _Support(NamedTuple):
    """A supporting report with a known origin that counts."""

    report: int
    source: int
    key: str
    grade: Grade
    is_origin: bool
    is_proposed: bool
    is_record: bool


def rate(claim: Claim, reports: Mapping[int, ReportFacts], sources: Mapping[int, SourceFacts]) -> Rating:
    """Rate a claim.
    `reports` must contain every cited report and every report on their relay chains; `sources` every source of these
    and every source they credit. Raises KeyError if one is missing.
    """
    why: dict[int, Exclusion | None] = {}
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
        # A shortcut: most reports are their own origin.
        links = [reports[step] for step in through] if through else ()
        behind = () if source is own and not links else (*(sources[link.source] for link in links), source or own)

        reason = _why_not(cited, report, own, links, behind)
        if reason in DISPUTING:
            is_disputed = True
        elif reason is None and source is None:
            reason = Exclusion.LINEAGE_UNKNOWN
            has_unknown = True
        elif reason is None and source is not None:
            is_record = source is own and source.is_record and report.basis is Basis.FIRST_HAND
            supports.append(
                _Support(
                    report=cited.report,
                    source=own.id,
                    key=source.group,
                    # The origin's own grade: the grade of a relay neither raises nor lowers it.
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
            why[support.report] = Exclusion.UNGRADED
        else:
            why[support.report] = None

    has_record = any(support.is_record and support.grade in TRUSTED for support in supports)
    earned = rung_of(origins, len(reliable), has_record)
    rung = min(earned, Rung.DEVELOPING) if is_disputed else earned
    is_held = claim.hold is not None and claim.hold < rung
    return Rating(
        rung=claim.hold if is_held and claim.hold is not None else rung,
        origins=origins,
        is_disputed=is_disputed and origins > 0,
        is_held=is_held,
        verdicts=tuple(Verdict(cited.report, keys.get(cited.report), why[cited.report]) for cited in claim.cited),
        upgrades=tuple(_raised_by(earned, origins, len(reliable), is_disputed, is_held)),
        ungraded=unjudged[0] if unjudged else None,
    )


def _why_not(
    cited: Cited,
    report: ReportFacts,
    own: SourceFacts,
    links: Sequence[ReportFacts],
    behind: Sequence[SourceFacts],
) -> Exclusion | None:
    """Return why a report can't support a claim, regardless of the others; None if it can.

    `links` are the reports that its information passed through, `behind` the sources of these and of its origin.
    """
    if not report.is_accepted:
        return Exclusion.NOT_REVIEWED
    if report.is_retracted:
        return Exclusion.RETRACTED
    if links and any(link.is_retracted or link.is_rejected for link in links):
        return Exclusion.UPSTREAM
    if own.is_ours or (behind and any(party.is_ours for party in behind)):
        return Exclusion.OURS
    if cited.stance is Stance.CONTEXT:
        return Exclusion.CONTEXT
    if cited.stance is Stance.CONTRADICTS:
        if cited.is_resolved:
            return Exclusion.RESOLVED
        return Exclusion.PROPOSED_CONTRADICTION if cited.is_proposed else Exclusion.CONTRADICTS
    if own.grade in DISTRUSTED:
        return Exclusion.GRADED_OUT
    if behind and any(party.grade in DISTRUSTED for party in behind):
        return Exclusion.PASSED_ON
    return None


def _best_by_key(supports: Iterable[_Support]) -> dict[str, _Support]:
    """Return the report that represents each key: the best graded, and the origin itself before its relays."""
    best: dict[str, _Support] = {}
    for support in supports:
        other = best.get(support.key)
        if other is None or (support.grade, not support.is_origin) < (other.grade, not other.is_origin):
            best[support.key] = support
    return best


def _why_not_again(support: _Support, counted: _Support) -> Exclusion:
    if support.is_proposed:
        return Exclusion.PROPOSED
    if not support.is_origin:
        return Exclusion.RELAYS
    return Exclusion.SAME_SOURCE if support.source == counted.source else Exclusion.SAME_OWNER


def rung_of(origins: int, reliable: int, has_record: bool) -> Rung:
    if origins == 0:
        return Rung.UNRATED
    if (origins >= 3 and reliable >= 2) or (origins == reliable == 2 and has_record):
        return Rung.CONFIRMED
    if origins >= 2 and reliable >= 1:
        return Rung.STRONG
    return Rung.DEVELOPING


def _raised_by(rung: Rung, origins: int, reliable: int, is_disputed: bool, is_held: bool) -> Iterable[Upgrade]:
    if is_disputed:
        yield Upgrade.RESOLVE
    if is_held:
        yield Upgrade.RELEASE
    if rung is Rung.CONFIRMED:
        return
    if origins < 2:
        yield Upgrade.ORIGIN
    if reliable == 0:
        yield Upgrade.RELIABLE
    if rung is Rung.STRONG:
        yield Upgrade.SECOND_RELIABLE if reliable < 2 else Upgrade.THIRD_OR_RECORD
