"""What is published of a rating follows from its rung, marks and counts, and from named sources: never from a secret.

Random claims are rated in pairs that differ only in confidential sources: their grade, kind, owner, what they relay,
whether the desk has graded them a record. Wherever rung, marks and number of origins are the same, all is the same.
"""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from factories import DESK, dispatch_of, make_report, make_source, publish

from dispatches import desk
from dispatches.desk.rating import public_signal, rate_dispatch
from dispatches.models import Citation, Dispatch
from dispatches.public.models import Edition
from dispatches.signal.published import public_upgrades, reliability_required
from dispatches.signal.recompute import recompute
from dispatches.signal.rules import RULES_VERSION, Stance
from sources.independence import Basis, Grade, ReportFacts, SourceFacts
from sources.models import Report, Source

NOON = datetime(2026, 6, 25, 12, tzinfo=UTC)
PAIRS = 4_000


def draw_source(random: Random, number: int, is_confidential: bool) -> SourceFacts:
    return SourceFacts(
        id=number,
        group=random.choice(["g1", "g2", f"own {number}"]),
        grade=random.choice(list(Grade)),
        is_record=random.random() < 0.3,
        is_confidential=is_confidential,
    )


def draw_report(random: Random, number: int, source: int, others: list[int]) -> ReportFacts:
    basis = random.choice([Basis.OWN_REPORTING, Basis.FIRST_HAND, Basis.OWN_REPORTING, Basis.RELAY, Basis.UNKNOWN])
    relays = random.choice(others) if basis is Basis.RELAY and others else None
    return ReportFacts(number, source, basis, relays=relays, is_proposed=relays is not None and random.random() < 0.3)


def draw_claim(random: Random):
    """Return citations and facts."""
    count = random.randint(1, 6)
    sources = {n: draw_source(random, n, is_confidential=random.random() < 0.5) for n in range(count)}
    reports = {}
    for n in range(count):
        reports[n] = replace(draw_report(random, n, n, list(reports)), is_retracted=random.random() < 0.1)
    citations = []
    for n in random.sample(range(count), count):
        stance = random.choice([Stance.SUPPORTS] * 6 + [Stance.CONTEXT, Stance.CONTRADICTS])
        source = Source(pk=n, name=f"Source {n}", is_confidential=sources[n].is_confidential)
        report = Report(
            pk=n,
            source=source,
            review=Report.Review.ACCEPTED,
            reviewed_at=NOON,
            url=f"https://example.org/{n}",
            retracted_at=NOON if reports[n].is_retracted else None,
        )
        citations.append(Citation(pk=n, report=report, stance=stance.value, is_interested=random.random() < 0.2))
    return citations, (reports, sources)


def change_secrets(random: Random, facts):
    """Return facts with other confidential sources, and other lineages of their reports."""
    reports, sources = dict(facts[0]), dict(facts[1])
    for number, source in sources.items():
        if source.is_confidential and random.random() < 0.7:
            sources[number] = draw_source(random, number, is_confidential=True)
            others = [each for each in reports if each < number]
            is_retracted = reports[number].is_retracted
            reports[number] = replace(draw_report(random, number, number, others), is_retracted=is_retracted)
    return reports, sources


def test_two_ratings_that_differ_only_in_secrets_are_published_alike():
    random = Random(2026)  # noqa: S311 - a test
    dispatch = Dispatch(pk=1)
    compared = 0
    while compared < PAIRS:
        citations, facts = draw_claim(random)
        others = change_secrets(random, facts)
        one, other = public_signal(dispatch, citations, facts), public_signal(dispatch, citations, others)
        public = [(each.rung, each.origins, each.is_disputed, each.is_held) for each in (one, other)]
        if facts == others or public[0] != public[1]:
            continue
        compared += 1
        assert one == other, (facts, others)


def test_a_published_rating_follows_from_its_ledger():
    random = Random(2027)  # noqa: S311 - a test
    dispatch = Dispatch(pk=1)
    for _ in range(2_000):
        citations, facts = draw_claim(random)
        signal = public_signal(dispatch, citations, facts)
        ledger = {
            "rules": RULES_VERSION,
            "signal": {
                "rung": signal.rung.word,
                "origins": signal.origins,
                "is_disputed": signal.is_disputed,
                "is_held": signal.is_held,
            },
            "reliability": reliability_required(signal.rung, signal.origins)._asdict(),
            "reports": signal.ledger,
        }
        assert recompute(ledger) == [], (facts, signal)


def test_what_would_raise_a_signal_is_true_of_it():
    """What is published is among the ways that the desk sees, or is what the rung requires in any case."""
    random = Random(2028)  # noqa: S311 - a test
    for _ in range(1_000):
        citations, facts = draw_claim(random)
        rating = rate_dispatch(Dispatch(pk=1), citations, facts).headline
        ways = public_upgrades(rating.rung, rating.origins, rating.is_disputed, rating.is_held)
        assert bool(ways) == bool(rating.upgrades)
        if not rating.is_disputed and len({*ways}) == 1 and rating.origins != 2:
            assert {*ways} <= {*rating.upgrades}


@pytest.mark.django_db
@pytest.mark.parametrize("grade", ["A", "B", "F"])
def test_a_new_grade_that_moves_no_rung_issues_no_edition(grade, client):
    channel = make_source(is_confidential=True, grade="C")
    edition = publish(make_report(channel), make_report(make_source(grade="A")))
    address = edition.get_absolute_url()
    before = [client.get(address).content, client.get(f"{address.rstrip('/')}.signal.json").content]
    channel.grade = grade
    with desk.saving(channel, actor=DESK):
        channel.save()
    assert Edition.objects.count() == 1
    assert dispatch_of(edition).latest_edition().number == 1
    assert [client.get(address).content, client.get(f"{address.rstrip('/')}.signal.json").content] == before
