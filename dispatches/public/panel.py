"""The Signal of one claim as readers are shown it: what stands for it, what only repeats that, and what is against it.

The same panel stands on the page, in the frame for other sites and at the desk; feeds, documents and preview images
take their sentence from it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from dispatches.public.case import confidential_sources, count_of, name_of, sentence_of
from dispatches.public.ledger import LedgerLine, Rated, origin_party
from dispatches.public.wording import BASIS_LABELS, EXCLUSION_LABELS, signal_label, upgrade_labels
from dispatches.signal.rules import DISPUTING, Exclusion
from sources.independence import CONFIDENTIAL_LABEL, Basis


@dataclass(frozen=True, slots=True)
class Mention:
    """A source in the panel: its name, a link to its report, and how it knows or why it adds nothing."""

    name: str
    words: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class CountedOrigin:
    """An origin that counts, by its number in the ledger, and the reports that lead to it and add nothing.

    Those of confidential sources are one together: “2–4”.
    """

    numbers: str
    source: Mention
    also: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """The Signal of a claim with its reasons. `count` and `sentence` are about this case, not about the rule.

    `uncounted` are supporting reports that lead to no counted origin; `background` is not evidence at all.
    `silent` is the number of confidential reports that add no origin.
    """

    title: str
    count: str
    sentence: str
    origins: tuple[CountedOrigin, ...]
    against: tuple[Mention, ...]
    uncounted: tuple[Mention, ...]
    background: tuple[Mention, ...]
    silent: int
    upgrades: tuple[str, ...]

    @property
    def line(self) -> str:
        """The rating and the count: “Confirmed: 3 independent origins among 4 reports”."""
        return f"{self.title}: {self.count}"

    @property
    def has_more(self) -> bool:
        return bool(self.upgrades or self.uncounted or self.background)

    @property
    def summary(self) -> str:
        """The count and the sentence, for feeds and documents."""
        return f"{self.count[0].upper()}{self.count[1:]}. {self.sentence}"


@dataclass(frozen=True, slots=True)
class LedgerGroup:
    """A line of the ledger with its number, or several of confidential sources that say the same."""

    number: int
    line: LedgerLine
    words: str


def group_lines(rated: Rated) -> list[LedgerGroup]:
    """Return the ledger in the order of citation. Confidential reports that say the same are one line."""
    groups: dict[tuple[int, Exclusion | None], list[tuple[int, LedgerLine]]] = {}
    for number, line in enumerate(rated.public_ledger, 1):
        is_one_of_many = not line.is_named and line.why in {None, Exclusion.NO_NEW_ORIGIN}
        groups.setdefault((0 if is_one_of_many else number, line.why), []).append((number, line))
    return [LedgerGroup(*group[0], _words_for_group([line for _, line in group])) for group in groups.values()]


def _words_for_group(lines: Sequence[LedgerLine]) -> str:
    if len(lines) == 1:
        return lines[0].explanation
    if lines[0].why is None:
        return f"{len(lines)} reports: independent origins {_ranges(line.origin for line in lines if line.origin)}."
    return f"{len(lines)} reports that add no independent origin."


def panel_of(rated: Rated) -> Panel:
    """Return the panel of an edition or a development."""
    lines = rated.public_ledger
    # A source that denies it twice is one that denies it.
    against = list(
        {
            line.source if line.is_named else number: line for number, line in enumerate(lines) if line.why in DISPUTING
        }.values()
    )
    counted = [line for line in lines if line.why is None]
    numbers = {line.origin for line in counted}
    leading = [line for line in lines if line.why is not None and line.origin in numbers]
    rest = [line for line in lines if line.why is not None and line.why not in DISPUTING and line.origin not in numbers]
    silent = [line for line in rest if not line.is_named and line.why is Exclusion.NO_NEW_ORIGIN]
    return Panel(
        title=signal_label(rated),
        count=count_of(rated, lines, against),
        sentence=sentence_of(rated, lines, counted, against),
        origins=_origins(lines, counted, leading),
        against=tuple(Mention(line.source, _contradicts(line), line.url) for line in against),
        uncounted=tuple(
            Mention(line.source, EXCLUSION_LABELS[line.why], line.url)
            for line in rest
            if line.why and line.why is not Exclusion.CONTEXT and line not in silent
        ),
        background=tuple(Mention(line.source, "", line.url) for line in rest if line.why is Exclusion.CONTEXT),
        silent=len(silent),
        upgrades=tuple(upgrade_labels(rated)),
    )


def _origins(
    lines: Sequence[LedgerLine], counted: Sequence[LedgerLine], leading: Sequence[LedgerLine]
) -> tuple[CountedOrigin, ...]:
    """Return the origins by number. Those of confidential sources that nothing else leads to come last, as one."""
    led = {line.origin for line in leading}
    alone = [line for line in counted if not line.is_named and line.origin not in led]
    origins = [
        CountedOrigin(
            str(line.origin),
            _origin_mention(lines, line),
            tuple(
                Mention(each.source, _leads(lines, each, line), each.url)
                for each in leading
                if each.origin == line.origin
            ),
        )
        for line in counted
        if line not in alone
    ]
    if alone:
        numbers = _ranges(line.origin for line in alone if line.origin)
        origins.append(CountedOrigin(numbers, Mention(CONFIDENTIAL_LABEL, confidential_sources(len(alone)))))
    return tuple(origins)


def _origin_mention(lines: Sequence[LedgerLine], line: LedgerLine) -> Mention:
    """Return the source of an origin. The link is to its own report, never to that of a source that relays it."""
    name = name_of(lines, line)
    return Mention(name, _knows(line, lines), line.url if name == line.source else "")


def _knows(line: LedgerLine, lines: Sequence[LedgerLine] = ()) -> str:
    """Return how a report knows what it says, as far as readers may know."""
    if line.basis is Basis.RELAY:
        return f"through {line.source}, which relays it" if origin_party(lines, line) else ""
    words = BASIS_LABELS[line.basis] if line.basis else ""
    return f"{words}, a party to it" if words and line.is_interested else words


def _contradicts(line: LedgerLine) -> str:
    """Return how a report that contradicts the claim knows that, or that it only seems to contradict it."""
    if line.why is Exclusion.PROPOSED_CONTRADICTION:
        return "seems to contradict it; the desk is checking"
    return _knows(line)


def _leads(lines: Sequence[LedgerLine], line: LedgerLine, origin: LedgerLine) -> str:
    """Return how a report that adds nothing relates to the origin that it leads to."""
    if line.why is Exclusion.SAME_SOURCE:
        return "the same source again"
    if line.why is Exclusion.SAME_OWNER:
        return f"has the same owner, {line.owner}" if line.owner else "has the same owner"
    if line.why is Exclusion.UNGRADED:
        return "ungraded; all ungraded sources count as one"
    verb = "seems to relay" if line.is_proposed else "relays"
    end = "; the desk is checking" if line.is_proposed else ""
    whom, owner = _relayed(lines, line)
    if whom in {"", name_of(lines, origin), origin.source}:
        return f"{verb} it{end}"
    return f"{verb} {whom}{f', which has the same owner, {owner}' if owner else ''}{end}"


def _relayed(lines: Sequence[LedgerLine], line: LedgerLine) -> tuple[str, str]:
    """Return the name of the source that a report relays, and of the owner that joins it with another, or nothing."""
    if line.credits:
        return line.credits.name, line.credits.owner
    if line.relays:
        return lines[line.relays - 1].source, lines[line.relays - 1].owner
    return "", ""


def _ranges(numbers: Iterable[int]) -> str:
    """Write numbers in ascending order as ranges.

    >>> _ranges([2, 3, 4, 7])
    '2–4, 7'
    """
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), lambda each: each[1] - each[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
