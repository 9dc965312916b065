"""An edition's Signal in words for readers. They tell nothing of a confidential source."""

from dispatches.public.models import Cause, Edition
from dispatches.signal.rules import RAISE_MEANS, RULES_VERSION, RUNG_MEANS, WHY_MEANS, Raise, Rung

# The rules' own words stand here too, for whoever shows pages.
__all__ = [
    "RAISE_MEANS",
    "RULES_VERSION",
    "RUNG_MEANS",
    "WHY_MEANS",
    "Raise",
    "Rung",
    "raised_by_words",
    "reason_for",
    "signal_change",
    "signal_means",
    "signal_reason",
    "signal_words",
]

# What moved the Signal where the desk issued a text at the same time.
WITH_AN_EDITION: dict[str, str] = {
    Edition.Kind.UPDATE: "With an update of the story.",
    Edition.Kind.CORRECTION: "With a correction.",
    Edition.Kind.CLARIFICATION: "With a clarification.",
    Edition.Kind.WITHDRAWAL: "The dispatch was withdrawn.",
    Edition.Kind.RESTORATION: "The dispatch was restored.",
}


def signal_means(edition: Edition) -> str:
    """What its Signal means, in the case that it is in."""
    if edition.is_disputed:
        return "An accepted report contradicts it; while one does, it is Developing at most."
    if edition.signal is Rung.DEVELOPING and edition.origins == 1:
        return "One independent origin so far."
    return RUNG_MEANS[edition.signal]


def raised_by_words(edition: Edition) -> list[str]:
    """What would raise its Signal, a phrase for each thing."""
    return [RAISE_MEANS[Raise(code)] for code in edition.raised_by]


def signal_words(edition: Edition) -> str:
    """Its Signal with the mark that bears on it: “Developing, disputed”."""
    if edition.is_withdrawn:
        return "Withdrawn"
    return f"{edition.signal.word}, disputed" if edition.is_disputed else edition.signal.word


def signal_change(edition: Edition) -> str:
    """What it changed of the Signal, in a sentence."""
    origins = f"from {edition.origins} independent origin{'' if edition.origins == 1 else 's'}"
    if edition.number == 1 or edition.kind == Edition.Kind.FIRST:
        return f"First published as {signal_words(edition)}, {origins}."
    if edition.is_withdrawn:
        return f"It was {Rung(edition.rung_before).word}, and is withdrawn."
    if edition.rung == edition.rung_before:
        return f"Now {'disputed' if edition.is_disputed else 'no longer disputed'}; {edition.signal.word}, {origins}."
    return f"{Rung(edition.rung_before).word} before, now {signal_words(edition)}, {origins}."


def signal_reason(edition: Edition) -> str:
    """Why its Signal is another than before, in words that tell nothing of a source."""
    return Cause(edition.cause).label if edition.cause else WITH_AN_EDITION.get(edition.kind, "")


def reason_for(edition: Edition) -> str:
    """Why it was issued, in words: the desk's note to readers, or what made the Signal change."""
    if edition.note:
        return edition.note
    return Cause(edition.cause).label if edition.cause else ""
