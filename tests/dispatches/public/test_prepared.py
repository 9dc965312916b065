"""A prepared query gives what the ORM would give."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from factories import publish

from dispatches.public.models import Edition
from dispatches.public.prepared import ask, fetch

pytestmark = pytest.mark.django_db


def test_a_prepared_query_is_built_once_and_run_with_other_values(django_assert_num_queries):
    now = timezone.now()
    editions = [publish(slug=f"story-{n}", at=now - timedelta(hours=n)) for n in range(1, 4)]
    built = []

    def build(moment, number, slug):
        built.append(moment)
        live = Edition.objects.live(moment).exclude(slug=slug).filter(pk__gte=number)
        return live.order_by("-published_at").values_list("pk", "dated", "published_at", "headline")[:2]

    for moment, number, slug in [
        (now, 1, "none"),
        (now, 1, editions[0].slug),
        (now - timedelta(hours=2, minutes=1), 1, ""),
        (now, editions[1].pk, ""),
        (now, 10**9, ""),
        (now, 1, "%s' -- \x01"),
    ]:
        expected = list(build(moment, number, slug))
        with django_assert_num_queries(1):
            assert ask("a test", build, moment, number, slug) == expected
    # Once for each expectation, and twice to find the arguments.
    assert len(built) == 8


@pytest.mark.parametrize(
    "build",
    [
        lambda moment, number: Edition.objects.live(moment - timedelta(days=400)).filter(pk=number),
        lambda moment, number: Edition.objects.live(moment).filter(live_at__gt=moment - timedelta(days=1), pk=number),
        lambda moment, number: Edition.objects.live(moment).filter(pk=number + 1),
        lambda moment, number: Edition.objects.live(moment).filter(pk__in=[number, number * 2]),
        lambda moment, number: Edition.objects.live(moment),
        lambda moment, number: Edition.objects.live(moment)[: number % 7 + 1],
        lambda moment, number: Edition.objects.filter(dated=moment.date(), pk=number),
        lambda moment, number: Edition.objects.filter(headline__contains=f"{number}", live_at=moment),
    ],
    ids=["earlier", "also earlier", "one more", "also twice", "unused", "a limit", "its day", "within a text"],
)
def test_a_query_that_computes_with_its_values_is_refused(build):
    with pytest.raises(ValueError, match="as it is"):
        ask(build, lambda *values: build(*values).values_list("pk"), timezone.now(), 1)


@pytest.mark.django_db(transaction=True)
def test_no_query_runs_in_a_failed_transaction():
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            fetch("SELECT 1", [])


def test_queries_of_different_names_are_different():
    publish(headline="The story")
    assert ask(("headline", 1), lambda: Edition.objects.values_list("headline")[:1]) == [("The story",)]
    assert ask(("number", 1), lambda: Edition.objects.values_list("number")[:1]) == [(1,)]


def test_the_driver_is_asked_as_django_would():
    assert fetch("SELECT '50 %% of %%s', %s", ["x"]) == [("50 % of %s", "x")]
    with pytest.raises(DatabaseError), transaction.atomic():
        fetch("SELECT nothing FROM nowhere", [])
    # If queries are logged, this one is too.
    with CaptureQueriesContext(connection) as seen:
        assert fetch("SELECT '50 %% of %%s', %s", ["x"]) == [("50 % of %s", "x")]
    assert len(seen) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's driver keeps what it has compiled by itself")
def test_postgresql_plans_a_query_once():
    moment = timezone.now()
    for number in range(10):
        ask("planned once", lambda at, pk: Edition.objects.live(at).filter(pk=pk).values_list("pk"), moment, number)
    kept = fetch("SELECT statement FROM pg_prepared_statements WHERE generic_plans + custom_plans > 0", [])
    assert any('"dispatches_edition"."id" = $' in statement for (statement,) in kept)
