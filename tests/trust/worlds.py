"""Two worlds that differ only in what readers may not learn give them the same bytes, headers and order."""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random

import time_machine
from django.db import transaction

from tests.trust.asking import Answer, Question, answers, keeping_connections, new_site, questions
from tests.trust.hidden import KINDS, MAY_MOVE
from tests.trust.tally import Tally
from tests.trust.words import queries
from tests.trust.world import HIDDEN_SLUG, NOON, World

# How many worlds are compared with the same first one. The last of them differs in everything at once.
AT_ONCE = 4
# A pair in which a rung moves is drawn again with another seed, this many times.
DRAWS = 40

Answers = list[tuple[Question, Answer]]


def compare_worlds(pairs: int, seed: int) -> Tally:
    """Compare pairs of worlds. `tried` counts responses.

    Every kind of difference meets every route; a pair of a kind that never did counts as failed.
    """
    tally, met = Tally(), Counter[tuple[str, str]]()
    kinds, number = _kinds(), seed * 1_000_000
    while tally.counts["pairs"] < pairs:
        number += 1
        wanted = [next(kinds) for _ in range(min(AT_ONCE, pairs - tally.counts["pairs"]))]
        compare_some(number, wanted, tally, met)
    tally.counts["kinds of difference"] = len({kind for kind, _ in met})
    tally.counts["routes"] = len({route for _, route in met})
    if pairs >= 20 * len(KINDS):
        missing = len({kind for kind, _ in met}) * len({route for _, route in met}) - len(met)
        tally.note(missing == 0, lambda: f"{missing} kinds of difference were not asked for on some route")
    return tally


def _kinds() -> Iterator[frozenset[str]]:
    """Yield one kind of difference after the other, then all that move no rung by themselves, again and again."""
    while True:
        yield from (frozenset({kind}) for kind in KINDS)
        yield frozenset(KINDS) - MAY_MOVE


def compare_some(
    number: int,
    wanted: list[frozenset[str]],
    tally: Tally,
    met: Counter[tuple[str, str]],
    only: Collection[str] = (),
) -> None:
    """Compare a world with others that differ from it in what is `wanted`, on all routes or `only` on these."""
    with a_world(number, frozenset()) as world:
        signals = {which: world.signals(which) for which in (False, True)}
        first = _ask_everything(world, only)
    for changed in wanted:
        kind, compared, before, expected = _name(changed), number, first, signals
        # What a confidential source's grade and kind decide is public only if a rung moves.
        which_added = not changed <= {"grades", "kinds"}
        for draw in range(DRAWS):
            with a_world(compared, changed) as world:
                is_comparable = not changed & MAY_MOVE or world.signals(which_added) == expected[which_added]
                after = _ask_everything(world, only) if is_comparable else []
            if is_comparable:
                break
            tally.counts["drawn again, because a rung moved"] += 1
            compared, before = number + (draw + 1) * 10_000_019, []
            with a_world(compared, frozenset()) as world:
                expected = {which_added: world.signals(which_added)}
        else:
            raise AssertionError(f"No pair of {kind} moves no rung.")
        if not before:
            with a_world(compared, frozenset()) as world:
                before = _ask_everything(world, only)
        tally.counts["pairs"] += 1
        _compare(before, after, f"{kind}, world {compared}", tally)
        met.update((kind, question.route) for question, _ in after)


def _name(changed: frozenset[str]) -> str:
    return next(iter(changed)) if len(changed) == 1 else "all at once"


@contextmanager
def a_world(seed: int, changed: frozenset[str]) -> Iterator[World]:
    """Build a world in a transaction that is rolled back, and with a clock of its own."""
    with time_machine.travel(NOON, tick=False) as clock, transaction.atomic(), keeping_connections():
        yield World(seed, changed, clock)
        transaction.set_rollback(True)


def _ask_everything(world: World, only: Collection[str]) -> Answers:
    """Ask a world twice: at once, and after some canceled schedules would have gone live."""
    random = Random(world.seed)
    given: Answers = []
    for some in (False, True):
        searched = queries(random)
        asked = questions(random, f"{HIDDEN_SLUG}-{{}}", searched)
        asked = [each for each in asked if not only or each.route in only]
        site = new_site()
        given += answers(site, random.sample(asked, len(asked) // 6) if some else asked).items()
        world.wait(timedelta(hours=3))
    return given


def _compare(first: Answers, other: Answers, where: str, tally: Tally) -> None:
    kind = where.partition(",")[0]
    if not tally.note([each[0] for each in first] == [each[0] for each in other], lambda: f"{where}: other addresses"):
        tally.counts[f"pairs that differ: {kind}"] += 1
        return
    is_described = False
    for (question, answer), (_, another) in zip(first, other, strict=True):
        tally.tried += 1
        tally.held += answer == another
        if answer != another and not is_described:
            # One example of each pair.
            is_described = True
            tally.describe(f"{where}: {question.way} {question.address}: {describe_difference(answer, another)}")
    if is_described:
        tally.counts[f"pairs that differ: {kind}"] += 1


def describe_difference(one: Answer, other: Answer) -> str:
    """Describe the first difference between two responses."""
    if one[0] != other[0]:
        return f"{one[0]}, or {other[0]}"
    a, b = one[2], other[2]
    if a != b:
        at = next((n for n, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), min(len(a), len(b)))
        return f"…{a[max(at - 60, 0) : at + 60]!r}, or …{b[max(at - 60, 0) : at + 60]!r}"
    return f"headers {sorted(set(one[1]) ^ set(other[1]))}" if set(one[1]) != set(other[1]) else "order of headers"
