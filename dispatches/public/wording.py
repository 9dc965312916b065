"""Describe an edition's Signal to readers. Nothing here reveals anything about a confidential source."""

from collections.abc import Sequence

from dispatches.public.ledger import LedgerLine, Rated
from dispatches.public.models import Cause, Edition
from dispatches.signal.published import public_upgrades, reliability_required
from dispatches.signal.rules import (
    EXCLUSION_LABELS,
    RULES_VERSION,
    RUNG_DESCRIPTIONS,
    UPGRADE_LABELS,
    Rung,
    Upgrade,
)
from sources.independence import Basis

# The rules' own labels are re-exported for whoever renders pages.
__all__ = [
    "BASIS_LABELS",
    "EXCLUSION_LABELS",
    "RULES_VERSION",
    "RUNG_DESCRIPTIONS",
    "UPGRADE_LABELS",
    "Rung",
    "Upgrade",
    "edges_label",
    "reason_for",
    "reliability_required",
    "signal_change",
    "signal_label",
    "signal_reason",
    "upgrade_labels",
    "upgrades_of",
]

BASIS_LABELS = {
    Basis.FIRST_HAND: "first-hand",
    Basis.OWN_REPORTING: "own reporting",
    Basis.UNKNOWN: "how it knows is unknown",
}

# What changed the Signal if the desk issued a text at the same time.
WITH_AN_EDITION: dict[str, str] = {
    Edition.Kind.UPDATE: "With an update of the story.",
    Edition.Kind.CORRECTION: "With a correction.",
    Edition.Kind.CLARIFICATION: "With a clarification.",
    Edition.Kind.WITHDRAWAL: "The dispatch was withdrawn.",
    Edition.Kind.RESTORATION: "The dispatch was restored.",
}


def upgrade_labels(rated: Rated) -> list[str]:
    """Return what would raise its Signal, one phrase for each way."""
    return [UPGRADE_LABELS[upgrade] for upgrade in upgrades_of(rated)]


def upgrades_of(rated: Rated) -> list[Upgrade]:
    """Return what would raise its Signal, as far as readers may know."""
    return public_upgrades(rated.signal, rated.origins, rated.is_disputed, rated.is_held)


def edges_label(lines: Sequence[LedgerLine], line: LedgerLine) -> str:
    """Return how a report knows and whose owner its source shares, as far as its line tells: “relays The Agency”."""
    words = []
    if line.basis is Basis.RELAY:
        whom = lines[line.relays - 1].source if line.relays else line.credits.name if line.credits else ""
        words.append(f"{'seems to relay' if line.is_proposed else 'relays'} {whom or 'an unknown source'}")
    elif line.basis is not None:
        words.append(BASIS_LABELS[line.basis])
    if line.is_interested:
        words.append("a party to the claim")
    if line.owner:
        words.append(f"owner: {line.owner}")
    return ", ".join(words)


def signal_label(rated: Rated) -> str:
    """Return its Signal with a mark if there is one: “Developing, disputed”."""
    if rated.is_withdrawn:
        return "Withdrawn"
    return f"{rated.signal.word}, disputed" if rated.is_disputed else rated.signal.word


def signal_change(edition: Edition) -> str:
    """Return how it changed the Signal, as a sentence."""
    origins = f"from {edition.origins} independent origin{'' if edition.origins == 1 else 's'}"
    if edition.number == 1 or edition.kind == Edition.Kind.FIRST:
        return f"First published as {signal_label(edition)}, {origins}."
    if edition.is_withdrawn:
        return f"Withdrawn; it was {Rung(edition.rung_before).word}."
    if edition.rung == edition.rung_before:
        return f"Now {'disputed' if edition.is_disputed else 'no longer disputed'}; {edition.signal.word}, {origins}."
    return f"{Rung(edition.rung_before).word} before, now {signal_label(edition)}, {origins}."


def signal_reason(edition: Edition) -> str:
    """Return why its Signal changed, without revealing anything about a source."""
    return Cause(edition.cause).label if edition.cause else WITH_AN_EDITION.get(edition.kind, "")


def reason_for(edition: Edition) -> str:
    """Return why it was issued: the desk's note to readers, or the cause of the Signal's change."""
    if edition.note:
        return edition.note
    return Cause(edition.cause).label if edition.cause else ""
