"""Say what came of an import: on how many origins its dispatches rest, and what would give them more."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from dispatches import desk
from dispatches.signal.rules import Cited, Claim, Exclusion, Stance, rate
from sources.facts import read_facts
from sources.independence import Grade
from sources.models import Proposal


@dataclass
class Tally:
    """What the dispatches of an import rest on, as if the desk had accepted their reports."""

    origins: Counter[int] = field(default_factory=Counter)
    why: Counter[Exclusion] = field(default_factory=Counter)
    proposals: int = 0
    ungraded: set[int] = field(default_factory=set)

    def add(self, drafts: Sequence[desk.Draft]) -> None:
        """Count these dispatches. A few queries for all."""
        ids = {report.pk for draft in drafts for report in draft.reports}
        if not ids:
            return
        facts, sources = read_facts(ids)
        accepted = {pk: replace(each, is_accepted=True) if pk in ids else each for pk, each in facts.items()}
        for draft in drafts:
            cited = tuple(Cited(report=report.pk, stance=Stance.SUPPORTS) for report in draft.reports)
            rating = rate(Claim(cited), accepted, sources)
            self.origins[rating.origins] += 1
            self.why.update(verdict.why for verdict in rating.verdicts if verdict.why)
        self.ungraded |= {each.id for each in sources.values() if each.grade is Grade.F}
        self.proposals += Proposal.objects.open().filter(report__in=ids).count()

    def lines(self) -> Iterator[str]:
        """Yield sentences for whoever ran the import."""
        if not self.origins:
            return
        parts = []
        for number in sorted(self.origins):
            what = "no origin that counts" if number == 0 else "1 origin" if number == 1 else f"{number} origins"
            parts.append(f"{self.origins[number]:,} on {what}")
        yield f"Of the new dispatches, once their reports are accepted, these rest: {', '.join(parts)}."
        if self.proposals:
            yield f"To decide at the desk, under “Proposed relays”: {self.proposals:,}."
        if number := self.why[Exclusion.LINEAGE_UNKNOWN]:
            yield (
                f"{_adding_nothing(number)} how the report knows is unknown, or it credits several agencies. "
                "“--basis own” assumes own reporting for sources that do not say."
            )
        if number := self.why[Exclusion.UNGRADED]:
            yield (
                f"{_adding_nothing(number)} all {len(self.ungraded):,} ungraded sources of these dispatches count as "
                "one. Grade them at the desk, or with import_sources."
            )
        if number := self.why[Exclusion.RELAYS] + self.why[Exclusion.PROPOSED]:
            yield f"{_adding_nothing(number)} the report relays an origin that counts already."
        if number := self.why[Exclusion.SAME_SOURCE] + self.why[Exclusion.SAME_OWNER]:
            yield f"{_adding_nothing(number)} the source or its owner counts already."


def _adding_nothing(number: int) -> str:
    return f"{number:,} {'citation adds' if number == 1 else 'citations add'} no origin, because"
