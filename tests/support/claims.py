"""Draw random dispatches with their citations and facts, and the ledger that is published of them. No database."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

from dispatches.desk.rating import PublicSignal, public_signal
from dispatches.models import Citation, Contradiction, Dispatch
from dispatches.public.ledger import PublicDevelopment
from dispatches.public.models import Edition
from dispatches.signal.rules import RULES_VERSION, Stance
from sources.independence import CONFIDENTIAL_LABEL, Basis, Facts, Grade, ReportFacts, SourceFacts
from sources.models import Report, Source
from wire.documents.ledger import VERSION, Ids, describe_claim

NOON = datetime(2026, 6, 25, 12, tzinfo=UTC)
BASES = [Basis.OWN_REPORTING] * 4 + [Basis.FIRST_HAND] * 2 + [Basis.RELAY] * 4 + [Basis.UNKNOWN]
STANCES = [Stance.SUPPORTS] * 6 + [Stance.CONTEXT, Stance.CONTRADICTS]


class Drawn(NamedTuple):
    """A dispatch, its citations, and the facts about their reports."""

    dispatch: Dispatch
    citations: list[Citation]
    facts: Facts

    def signal(self, facts: Facts | None = None) -> PublicSignal:
        return public_signal(self.dispatch, self.citations, facts or self.facts)


def draw_source(random: Random, number: int, is_confidential: bool) -> SourceFacts:
    owner = random.choice([None, None, "Holdings 1", "Holdings 2"])
    return SourceFacts(
        id=number,
        group=owner or f"source {number}",
        grade=Grade(random.choice("ABCDEFABF")),
        is_record=random.random() < 0.3,
        is_ours=random.random() < 0.05,
        is_confidential=is_confidential,
        # Two sources may have one name.
        name=CONFIDENTIAL_LABEL if is_confidential else f"The {random.choice('ABCDEFGH')}",
        owner=owner or "",
    )


def draw_report(
    random: Random, number: int, source: int, reports: Sequence[int], sources: Sequence[int]
) -> ReportFacts:
    """Draw a report that may relay any of these `reports` or credit any of these `sources`."""
    basis = random.choice(BASES)
    relays = credited = None
    if basis is Basis.RELAY and random.random() < 0.7:
        relays = random.choice(reports)
    elif basis is Basis.RELAY and random.random() < 0.8:
        credited = random.choice(sources)
    is_proposed = basis is Basis.RELAY and random.random() < 0.3
    return ReportFacts(number, source, basis, relays=relays, credits=credited, is_proposed=is_proposed)


def draw_dispatch(random: Random, confidential: float = 0.3) -> Drawn:
    """Draw a dispatch with up to seven reports, not all of them cited, for its headline and up to two developments."""
    count = random.randint(1, 7)
    numbers, ids = list(range(1, count + 1)), list(range(1, random.randint(1, count + 1) + 1))
    sources = {n: draw_source(random, n, random.random() < confidential) for n in ids}
    reports = {}
    for n in numbers:
        drawn = draw_report(random, n, random.choice(ids), numbers, ids)
        is_rejected = random.random() < 0.05
        is_accepted = not is_rejected and random.random() < 0.93
        is_retracted = random.random() < 0.07
        reports[n] = replace(drawn, is_accepted=is_accepted, is_rejected=is_rejected, is_retracted=is_retracted)
    citations: list[Citation] = []
    for development in [None, 1, 2][: random.randint(1, 3)]:
        cited = random.sample(numbers, random.randint(1, count))
        citations += [_cite(random, reports[n], sources, development, len(citations)) for n in cited]
    hold = random.choice([None, None, None, 1, 2])
    return Drawn(
        Dispatch(pk=1, claim_kind=random.choice(["event", "statement"]), hold=hold), citations, (reports, sources)
    )


def _cite(
    random: Random, facts: ReportFacts, sources: dict[int, SourceFacts], development: int | None, number: int
) -> Citation:
    own = sources[facts.source]
    source = Source(pk=own.id, name=own.name, is_confidential=own.is_confidential)
    review = "accepted" if facts.is_accepted else "rejected" if facts.is_rejected else "pending"
    report = Report(
        pk=facts.id,
        source=source,
        review=review,
        reviewed_at=NOON,
        url=f"https://example.org/{facts.id}",
        retracted_at=NOON if facts.is_retracted else None,
    )
    stance = random.choice(STANCES)
    is_resolved = stance is Stance.CONTRADICTS and random.random() < 0.4
    citation = Citation(
        pk=number,
        report=report,
        development_id=development,
        stance=stance.value,
        is_interested=random.random() < 0.2,
        resolution="Solved." if is_resolved else "",
    )
    states = Contradiction.State
    citation.contradiction = Contradiction(state=states.OPEN if random.random() < 0.15 else states.CLEARED)
    return citation


def document_of(signal: PublicSignal) -> dict[str, Any]:
    """Return what `<slug>.signal.json` says of a Signal."""
    names = {field.name for field in fields(signal)} - {"development_signals"}
    edition, ids = Edition(**{name: getattr(signal, name) for name in names}), Ids()
    steps = [
        PublicDevelopment.from_json({"id": number, "at": NOON.isoformat(), "text": "A step."} | value)
        for number, value in signal.development_signals.items()
    ]
    marks = {"is_disputed": signal.is_disputed, "is_held": signal.is_held}
    return {
        "version": VERSION,
        "rules": RULES_VERSION,
        "kind": signal.claim_kind,
        "signal": {"rung": signal.rung.word, "origins": signal.origins} | marks,
        **describe_claim(edition, ids),
        "developments": [
            {
                "at": f"step {step.id}",
                "rung": step.rung.word,
                "origins": step.origins,
                "is_disputed": step.is_disputed,
                **describe_claim(step, ids),
            }
            for step in steps
        ],
    }
