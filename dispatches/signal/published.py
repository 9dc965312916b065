"""What is published of a rating. It must not depend on the grades of confidential sources, except through the rung.

Pure. The desk writes ledgers with it (`dispatches/desk/ledgers.py`), and `recompute.py` checks them with it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from dispatches.signal.rules import EXCLUSION_LABELS, Exclusion, Rating, Rung, Stance, Upgrade

# Exclusions because of another report that is counted already.
BY_OTHERS = frozenset(
    {Exclusion.SAME_SOURCE, Exclusion.SAME_OWNER, Exclusion.RELAYS, Exclusion.PROPOSED, Exclusion.UNGRADED}
)


class Entry(NamedTuple):
    """What a ledger says of one report: the number of the origin it adds or leads to, and why it added none."""

    origin: int | None
    why: Exclusion | None

    @property
    def explanation(self) -> str:
        if self.why is None:
            return f"Independent origin {self.origin}."
        return EXCLUSION_LABELS[self.why] + (f" (Origin {self.origin}.)" if self.origin else "")


def account_for(
    reports: Sequence[int], rating: Rating, adding: Collection[int], stated: Mapping[int, Exclusion]
) -> list[Entry]:
    """Return the entries of a claim's reports, in their order.

    Those in `adding` are shown to add an origin, numbered from 1. The others have the reason in `stated`, or else that
    of their verdict in `rating`.
    """
    number_of = {report: number for number, report in enumerate((each for each in reports if each in adding), 1)}
    verdicts = {verdict.report: verdict for verdict in rating.verdicts}
    counted = {verdict.key: number_of[verdict.report] for verdict in rating.verdicts if verdict.why is None}
    # A key that is not counted is ungraded, and so belongs to the one that counts for all of these.
    ungraded = counted.get(rating.ungraded)
    entries = []
    for report in reports:
        if report in number_of:
            entries.append(Entry(number_of[report], None))
        elif report in stated:
            entries.append(Entry(None, stated[report]))
        else:
            _, key, why = verdicts[report]
            entries.append(Entry(counted.get(key, ungraded) if why in BY_OTHERS else None, why))
    return entries


def reason_of_itself(stance: Stance, is_retracted: bool, is_resolved: bool, is_disputed: bool) -> Exclusion:
    """Return why a report added no origin, as far as that follows from itself and from the mark “Disputed”."""
    if is_retracted:
        return Exclusion.RETRACTED
    match stance:
        case Stance.CONTEXT:
            return Exclusion.CONTEXT
        case Stance.CONTRADICTS if is_resolved:
            return Exclusion.RESOLVED
        case Stance.CONTRADICTS if is_disputed:
            return Exclusion.CONTRADICTS
    return Exclusion.NO_NEW_ORIGIN


class Reliability(NamedTuple):
    """How many reliable origins a rung requires at least, and whether one of them must be a first-hand record."""

    origins: int
    has_record: bool


def reliability_required(rung: Rung, origins: int) -> Reliability:
    """Return the reliability that a rung requires with so many origins: all that is published of it."""
    match rung:
        case Rung.CONFIRMED:
            return Reliability(2, has_record=origins == 2)
        case Rung.STRONG:
            return Reliability(1, has_record=False)
    return Reliability(0, has_record=False)


def public_upgrades(rung: Rung, origins: int, is_disputed: bool, is_held: bool) -> list[Upgrade]:
    """Return what would raise a published Signal, as far as it follows from what is published."""
    ways = []
    if is_disputed:
        ways.append(Upgrade.RESOLVE)
    if is_held:
        ways.append(Upgrade.RELEASE)
    if origins < 2:
        ways.append(Upgrade.ORIGIN)
    elif ways:
        # Behind the mark there is another rung, which is not published.
        pass
    elif rung is Rung.DEVELOPING:
        ways.append(Upgrade.RELIABLE)
    elif rung is Rung.STRONG:
        ways.append(Upgrade.THIRD_OR_RECORD if origins == 2 else Upgrade.SECOND_RELIABLE)
    return ways
