"""Measure how well reports that contradict a claim are found: `python -m bench.contradictions FILE`.

The file has real claims, each with the headlines that journalists sorted by what they do for it:

    # The claim, then its verdict after a tab: true, false or unverified (optional)
    for<TAB>A headline that reports it as true
    observing<TAB>A headline that takes no side
    against<TAB>A headline that says it is not so

The data is not part of the project. What a claim would be rated is computed as if an editor had cited every headline as
support, each from a reliable source of its own, and had decided nothing.
"""

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from dispatches.signal.rules import Cited, Claim, Rung, Stance, rate
from sources.independence import Basis, Grade, ReportFacts, SourceFacts
from sources.lineage.denials import find_denial

# The stance as one letter is enough.
STANCES = {each[0]: each for each in ("for", "observing", "against")}


@dataclass
class Case:
    """A claim, the journalists' verdict on it, and the headlines with their stance."""

    claim: str
    verdict: str
    headlines: list[tuple[str, str]] = field(default_factory=list)

    def rung(self, *, has_proposals: bool) -> Rung:
        """Return the rating if every headline is cited as support."""
        cited = []
        for number, (_, headline) in enumerate(self.headlines):
            is_proposed = has_proposals and find_denial(headline, "", self.claim) is not None
            stance = Stance.CONTRADICTS if is_proposed else Stance.SUPPORTS
            cited.append(Cited(number, stance, is_proposed=is_proposed))
        numbers = range(len(self.headlines))
        reports = {each: ReportFacts(each, each, Basis.OWN_REPORTING) for each in numbers}
        sources = {each: SourceFacts(each, f"source {each}", Grade.B) for each in numbers}
        return rate(Claim(tuple(cited)), reports, sources).rung


def read_cases(lines: Iterable[str]) -> list[Case]:
    cases: list[Case] = []
    for line in lines:
        if line.startswith("#"):
            claim, _, verdict = line[1:].strip().partition("\t")
            cases.append(Case(claim, verdict))
        elif line.strip():
            stance, headline = line.strip().split(None, 1)
            cases[-1].headlines.append((STANCES[stance[0]], headline))
    return cases


def measure(cases: list[Case], *, shows_errors: bool = False) -> list[str]:
    """Return lines of text: precision and recall, and how claims would be rated."""
    found: Counter[tuple[bool, bool]] = Counter()
    kinds: Counter[tuple[str, bool]] = Counter()
    errors = []
    for case in cases:
        for stance, headline in case.headlines:
            denial, is_against = find_denial(headline, "", case.claim), stance == "against"
            found[denial is not None, is_against] += 1
            if denial:
                kinds[denial.kind, is_against] += 1
            if (denial is not None) != is_against:
                errors.append(f"{stance:9} {denial.cue if denial else '-':12} {headline}  [{case.claim}]")
    right, wrong, missed = found[True, True], found[True, False], found[False, True]
    lines = [
        f"{len(cases)} claims, {sum(found.values())} headlines, {right + missed} of them against",
        f"precision {right / max(1, right + wrong):.2f} ({right} of {right + wrong})",
        f"recall {right / max(1, right + missed):.2f} ({right} of {right + missed})",
        *(
            f"  {kind}: {kinds[kind, True]} right, {kinds[kind, False]} wrong"
            for kind in sorted({kind for kind, _ in kinds})
        ),
    ]
    for verdict in ("false", "true", "unverified"):
        of_it = [case for case in cases if case.verdict == verdict]
        if of_it:
            before, after = (
                sum(case.rung(has_proposals=has_proposals) is Rung.CONFIRMED for case in of_it)
                for has_proposals in (False, True)
            )
            lines.append(f"{len(of_it)} {verdict} claims: Confirmed {before} without proposals, {after} with them")
    return lines + (errors if shows_errors else [])


def main(arguments: list[str]) -> None:
    if not arguments:
        print("Usage: python -m bench.contradictions FILE [--errors]")
        return
    with Path(arguments[0]).open(encoding="utf-8") as file:
        print("\n".join(measure(read_cases(file), shows_errors="--errors" in arguments)))


if __name__ == "__main__":
    main(sys.argv[1:])
