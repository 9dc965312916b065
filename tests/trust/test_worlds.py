import pytest

from tests.trust.hidden import KINDS
from tests.trust.leaks import find_leaks
from tests.trust.worlds import compare_worlds

pytestmark = pytest.mark.django_db


def test_worlds_that_differ_in_what_is_hidden_look_the_same():
    tally = compare_worlds(pairs=4, seed=1)
    assert tally.has_held, tally.failures
    assert tally.counts["pairs"] == 4
    assert tally.tried > 1_000


@pytest.mark.one_database
def test_a_planted_leak_of_each_kind_is_found():
    tally = find_leaks(seed=5)
    assert tally.has_held, tally.failures
    assert tally.tried > len(KINDS)
