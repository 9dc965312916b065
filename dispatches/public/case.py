"""Say in a line and a sentence why one claim is rated as it is: this case, not the rule."""

from collections.abc import Sequence

from dispatches.public.ledger import LedgerLine, Rated, origin_party
from dispatches.signal.rules import Exclusion, Rung, Stance
from sources.independence import Basis

_REPEATS = {Exclusion.RELAYS, Exclusion.PROPOSED, Exclusion.SAME_SOURCE}
# The most names in a sentence.
NAMED = 3
_SMALL = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def count_of(rated: Rated, lines: Sequence[LedgerLine], against: Sequence[LedgerLine]) -> str:
    """Return how many origins there are: among how many reports, or against how many."""
    origins = plural(rated.origins, "independent origin")
    if rated.is_disputed:
        return f"{origins} for it, {len(against)} against"
    reports = sum(line.stance == Stance.SUPPORTS for line in lines)
    return origins if reports == rated.origins else f"{origins} among {plural(reports, 'report')}"


def sentence_of(
    rated: Rated, lines: Sequence[LedgerLine], counted: Sequence[LedgerLine], against: Sequence[LedgerLine]
) -> str:
    """Return in one or two sentences why this claim is rated as it is."""
    names = _names(lines, counted)
    if rated.is_disputed:
        says = "contradicts" if len(against) == 1 else "contradict"
        if all(line.why is Exclusion.PROPOSED_CONTRADICTION for line in against):
            says = f"seem{'s' if len(against) == 1 else ''} to contradict"
        opponents = _begin(_names(lines, against))
        return f"{opponents} {says} this. Until that is resolved, it can’t rate above Developing."
    if not counted:
        return "No report counts for it at the moment."
    supporting = [line for line in lines if line.stance == Stance.SUPPORTS]
    more = len(supporting) - len(counted)
    if rated.origins == 1:
        return _sentence_of_one(lines, counted[0], supporting, names)
    sentence = f"{_begin(names)} report this independently of each other"
    if rated.is_held:
        return f"{sentence}, but the desk holds the rating down for now."
    if rated.signal is Rung.CONFIRMED and rated.origins == 2:
        sentence += ", and one of them has a first-hand record"
    return f"{sentence}{_words_for_rest(supporting, more)}."


def _sentence_of_one(
    lines: Sequence[LedgerLine], counted: LedgerLine, supporting: Sequence[LedgerLine], name: str
) -> str:
    """Return the sentence for a claim with one origin."""
    if counted.basis is Basis.UNKNOWN:
        several = "How its sources know this is unknown, so they count as one origin."
        return several if len(supporting) > 1 else f"How {name} knows this is unknown."
    if len(supporting) == 1:
        through = f", through {counted.source}" if origin_party(lines, counted) not in {"", counted.source} else ""
        party = ", a party to it," if counted.is_interested else ""
        return f"So far only {name}{party} reports this{through}."
    if all(line.origin for line in supporting):
        return f"{_all(len(supporting))} {_common(supporting, name)}."
    return f"So far only {name} counts as an origin{_words_for_rest(supporting, len(supporting) - 1)}."


def _common(supporting: Sequence[LedgerLine], name: str) -> str:
    """Return what reports with one origin have in common."""
    reasons = {line.why for line in supporting}
    if Exclusion.UNGRADED in reasons:
        return "come from ungraded sources, which together count as one origin"
    if Exclusion.SAME_OWNER in reasons:
        owner = next((line.owner for line in supporting if line.owner), "")
        return f"come from one owner, {owner}" if owner else "come from one owner"
    return f"go back to {name}"


def _words_for_rest(supporting: Sequence[LedgerLine], number: int) -> str:
    """Return what the supporting reports that add no origin do, as the end of a sentence."""
    if not number:
        return ""
    repeats = sum(line.why in _REPEATS and line.origin is not None for line in supporting) == number
    if number == 1:
        return f"; the other report {'only repeats one of them' if repeats else 'adds no origin'}"
    return f"; the other {number} reports {'only repeat them' if repeats else 'add no origin'}"


def name_of(lines: Sequence[LedgerLine], line: LedgerLine) -> str:
    """Return the name of the origin that a report adds: its own source, or the one that it relays."""
    return origin_party(lines, line) or line.source


def _names(lines: Sequence[LedgerLine], named: Sequence[LedgerLine]) -> str:
    """Return the names of origins for a sentence: “A, B and a confidential source”, “A, B and 11 others”."""
    names = [name_of(lines, line) for line in named if line.is_named]
    hidden = sum(not line.is_named for line in named)
    if len(names) + min(hidden, 1) > NAMED:
        others = len(names) + hidden - (NAMED - 1)
        return f"{', '.join(names[: NAMED - 1])} and {others} others"
    if hidden:
        names.append(confidential_sources(hidden))
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def confidential_sources(number: int) -> str:
    if number == 1:
        return "a confidential source"
    return f"{_SMALL[number] if number < len(_SMALL) else number} confidential sources"


def _all(number: int) -> str:
    return "Both reports" if number == 2 else f"All {number} reports"


def _begin(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
