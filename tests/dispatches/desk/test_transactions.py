"""Several editors at once: in any order, stored ratings match the stored facts."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from factories import DESK, dispatch_of, make_dispatch, make_report, make_source, publish, version_of
from tqdm import tqdm

from dispatches import desk
from dispatches.desk.transactions import changing_owners
from dispatches.models import Revision
from dispatches.public.models import Edition
from sources.models import Holding, Owner
from tests.dispatches.admin.test_dispatches import form_of
from tests.dispatches.desk.test_rerating import assert_stored_is_what_follows

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs):
    """Run jobs in threads that start at the same time. Returns the exceptions."""
    gate = threading.Barrier(len(jobs))

    def run(job):
        try:
            gate.wait(timeout=60)
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
            with desk.saving(source, actor=DESK):
                source.grade = "D" if source.grade != "D" else "B"
                source.save()

        def hold_together():
            with changing_owners():
                Holding.objects.update_or_create(holder=owners[0], held=owners[1], defaults={"percent": 80})

        def let_go():
            with changing_owners():
                Holding.objects.all().delete()

        errors = at_once(
            regrade,
            hold_together,
            let_go,
            lambda reports=reports: desk.retract_report(report=reports[2], actor=DESK),
            lambda editions=editions, extra=extra: desk.cite(
                dispatch=dispatch_of(editions[0]), report=extra, actor=DESK
            ),
            lambda editions=editions: desk.update(dispatch=dispatch_of(editions[1]), actor=DESK),
        )
        assert errors == []
        assert_stored_is_what_follows()


def test_one_dispatch_is_published_once_however_many_press():
    dispatch = make_dispatch()
    errors = at_once(*[lambda: desk.publish(dispatch=dispatch, actor=DESK)] * 6)
    assert [type(error) for error in errors] == [desk.NotReady] * 5
    assert Edition.objects.count() == 1


def test_one_address_is_given_once_however_many_want_it():
    dispatches = [make_dispatch(slug="wanted") for _ in range(4)]
    errors = at_once(*[lambda d=dispatch: desk.publish(dispatch=d, actor=DESK) for dispatch in dispatches])
    assert [type(error) for error in errors] == [desk.NotReady] * 3
    assert Edition.objects.live().count() == 1


def test_every_save_that_is_acknowledged_is_in_the_history_and_every_other_is_answered_with_both_texts():
    """`make storm` runs this with 50 writers and 200 rounds."""
    writers, rounds = int(os.environ.get("WRITERS", "6")), int(os.environ.get("ROUNDS", "3"))
    dispatch = make_dispatch()
    address = f"/desk/dispatches/dispatch/{dispatch.pk}/change/"
    clients = []
    for number in range(writers):
        client = Client()
        client.force_login(User.objects.create_superuser(f"Writer {number}"))
        clients.append(client)
    acknowledged, refused = [], []

    def write(client, version, words):
        answer = client.post(address, form_of(dispatch, tldr=words, _version=version, _continue="1"))
        if answer.status_code == 302:
            acknowledged.append(words)
        else:
            assert answer.status_code == 200
            assert "Not saved yet; nothing is lost" in answer.text
            assert f">\n{words}</textarea>" in answer.text
            refused.append(words)

    for turn in tqdm(range(rounds), disable=rounds < 10):
        version = version_of(dispatch)
        jobs = [partial(write, client, version, f"Round {turn} of {number}.") for number, client in enumerate(clients)]
        assert at_once(*jobs) == []
        if turn % 10 == 0:
            # One edition per publication, however many press the button.
            Edition.objects.all().delete()
            assert len(at_once(*[lambda: desk.publish(dispatch=dispatch, actor=DESK)] * 5)) == 4
            assert Edition.objects.count() == 1
    kept = {revision.content[""][""]["tldr"] for revision in Revision.objects.iterator()}
    assert set(acknowledged) <= kept
    assert not set(refused) & kept
    assert len(acknowledged) == rounds
    assert len(acknowledged) + len(refused) == writers * rounds


def test_editions_of_one_dispatch_follow_one_another():
    dispatch = dispatch_of(publish())
    assert at_once(*[lambda: desk.update(dispatch=dispatch, actor=DESK)] * 6) == []
    editions = list(Edition.objects.order_by("number"))
    assert [edition.number for edition in editions] == list(range(1, 8))
    for edition, following in pairwise(editions):
        assert edition.superseded_at == following.live_at
