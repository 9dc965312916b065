"""What is published of a rating follows from its rung, marks and counts, and from named sources: never from a secret.

Random claims are rated in pairs that differ only in confidential sources: their grade, kind, owner, what they relay,
whether the desk has graded them a record. Wherever rung, marks and number of origins are the same, all is the same.
"""

from dataclasses import replace
from random import Random

import pytest
from claims import document_of, draw_dispatch, draw_report, draw_source
from factories import DESK, dispatch_of, make_report, make_source, publish

from dispatches import desk
from dispatches.desk.rating import rate_dispatch
from dispatches.public.models import Edition
from dispatches.signal.published import public_upgrades
from dispatches.signal.recompute import recompute

PAIRS = 1_500


def change_secrets(random: Random, facts):
    """Return facts with other confidential sources, and other lineages of their reports."""
    reports, sources = dict(facts[0]), dict(facts[1])
    numbers, ids = list(reports), list(sources)
    for source in [each for each in sources.values() if each.is_confidential and random.random() < 0.7]:
        sources[source.id] = replace(draw_source(random, source.id, is_confidential=True), owner="Secret holdings")
        for report in [each for each in reports.values() if each.source == source.id]:
            drawn = draw_report(random, report.id, source.id, numbers, ids)
            reports[report.id] = replace(
                drawn,
                is_accepted=report.is_accepted,
                is_rejected=report.is_rejected,
                is_retracted=report.is_retracted,
            )
    return reports, sources


def what_is_public(signal):
    """Return what a change of secrets may move: rungs, marks and numbers of origins."""
    steps = [(step["rung"], step["origins"], step["is_disputed"]) for step in signal.development_signals.values()]
    return signal.rung, signal.origins, signal.is_disputed, signal.is_held, steps


def test_two_ratings_that_differ_only_in_secrets_are_published_alike():
    random = Random(2026)  # noqa: S311 - a test
    compared = 0
    while compared < PAIRS:
        drawn = draw_dispatch(random, confidential=0.5)
        others = change_secrets(random, drawn.facts)
        one, other = drawn.signal(), drawn.signal(others)
        if drawn.facts == others or what_is_public(one) != what_is_public(other):
            continue
        compared += 1
        assert one == other, (drawn.facts, others)


def test_a_published_rating_follows_from_its_ledger():
    random = Random(2027)  # noqa: S311 - a test
    for _ in range(1_000):
        drawn = draw_dispatch(random, confidential=random.choice([0, 0.5]))
        assert recompute(document_of(drawn.signal())) == [], drawn.facts


def test_what_would_raise_a_signal_is_true_of_it():
    """What is published is among the ways that the desk sees, or is what the rung requires in any case."""
    random = Random(2028)  # noqa: S311 - a test
    for _ in range(1_000):
        drawn = draw_dispatch(random, confidential=0.5)
        rating = rate_dispatch(*drawn).headline
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
