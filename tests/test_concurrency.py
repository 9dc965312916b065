"""Several at the desk at once: whatever the order, what is stored is what follows."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.db import connection
from factories import make_dispatch, make_report, make_source, publish
from test_rerating import assert_stored_is_what_follows

from dispatches import desk
from dispatches.editions import Edition
from sources.models import Holding, Owner

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs):
    """Run each job in a thread of its own, all let go at one moment; give back what they raised."""
    gate = threading.Barrier(len(jobs))

    def run(job):
        try:
            gate.wait(timeout=20)
            job()
        except Exception as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [error for error in pool.map(run, jobs) if error]


def test_parallel_changes_leave_the_signal_that_follows_from_all_of_them():
    owners = [Owner.objects.create(name=name) for name in "ABC"]
    sources = [make_source(owner=owner) for owner in owners]
    for _ in range(5):
        reports = [make_report(source) for source in sources]
        editions = [publish(*reports) for _ in range(3)]
        extra = make_report()

        def regrade(source=sources[0]):
            with desk.changing_sources(source):
                source.grade = "D" if source.grade != "D" else "B"
                source.save()

        def hold_together():
            with desk.changing_owners():
                Holding.objects.update_or_create(holder=owners[0], held=owners[1], defaults={"percent": 80})

        def let_go():
            with desk.changing_owners():
                Holding.objects.all().delete()

        errors = at_once(
            regrade,
            hold_together,
            let_go,
            lambda reports=reports: desk.retract_report(report=reports[2]),
            lambda editions=editions, extra=extra: desk.cite(dispatch=editions[0].dispatch, report=extra),
            lambda editions=editions: desk.update(dispatch=editions[1].dispatch, editor=None),
        )
        assert errors == []
        assert_stored_is_what_follows()


def test_one_dispatch_is_published_once_however_many_press():
    dispatch = make_dispatch()
    errors = at_once(*[lambda: desk.publish(dispatch=dispatch, editor=None)] * 6)
    assert [type(error) for error in errors] == [desk.NotReady] * 5
    assert Edition.objects.count() == 1


def test_one_address_is_given_once_however_many_want_it():
    dispatches = [make_dispatch(slug="wanted") for _ in range(4)]
    errors = at_once(*[lambda d=dispatch: desk.publish(dispatch=d, editor=None) for dispatch in dispatches])
    assert [type(error) for error in errors] == [desk.NotReady] * 3
    assert Edition.objects.live().count() == 1


def test_editions_of_one_dispatch_follow_one_another():
    dispatch = publish().dispatch
    assert at_once(*[lambda: desk.update(dispatch=dispatch, editor=None)] * 6) == []
    editions = list(Edition.objects.order_by("number"))
    assert [edition.number for edition in editions] == list(range(1, 8))
    for edition, following in pairwise(editions):
        assert edition.superseded_at == following.live_at
