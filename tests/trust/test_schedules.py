from datetime import timedelta
from unittest.mock import patch

import pytest

from dispatches.public import surface
from tests.trust.leaks import a_search_that_counts_what_is_scheduled
from tests.trust.schedules import compare_schedules

pytestmark = pytest.mark.django_db


def test_a_scheduled_dispatch_is_nowhere_before_its_time_and_everywhere_at_it():
    tally = compare_schedules(schedules=5, seed=1)
    assert tally.has_held, tally.failures
    assert tally.counts["schedules"] == 5
    assert tally.tried > 400


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("off_by", "found"),
    [(timedelta(seconds=1), "before the moment"), (timedelta(seconds=-1), "is not on")],
    ids=["early", "late"],
)
def test_a_clock_that_is_off_is_found(off_by, found):
    now = surface.now
    with patch.object(surface, "now", lambda: now() + off_by):
        tally = compare_schedules(schedules=1, seed=1)
    assert found in str(tally.failures)


@pytest.mark.one_database
def test_a_search_that_counts_what_is_scheduled_is_found():
    with a_search_that_counts_what_is_scheduled():
        tally = compare_schedules(schedules=2, seed=1)
    assert "/search/" in str(tally.failures)
    assert "before the moment" in str(tally.failures)
