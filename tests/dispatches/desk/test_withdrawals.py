"""After a withdrawal, the desk knows from where the page is gone, and names from where not yet."""

import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from factories import DESK, dispatch_of, publish
from serving import say, serve

from dispatches import desk
from dispatches.desk import withdrawals
from dispatches.desk.withdrawals import confirm
from dispatches.public import nodes
from dispatches.public.models import Node, SiteState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def settled(settings):
    settings.WIRE_CACHE_SECONDS = 0


def withdraw():
    edition = publish()
    return desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")


def required():
    return SiteState.objects.get().withdrawals


def ended_pid():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_it_is_gone_when_every_process_has_confirmed():
    tombstone = withdraw()
    for name in ("one:1", "two:2"):
        nodes.beat(name, required())
    confirmation = confirm(tombstone)
    assert (confirmation.confirmed, confirmation.missing, confirmation.is_gone) == (2, [], True)


def test_a_process_that_has_not_confirmed_is_named_with_the_time_until_which_it_could_show_the_page(settings):
    tombstone = withdraw()
    nodes.beat("one:1", required())
    nodes.beat("elsewhere:2", required() - 1)
    confirmation = confirm(tombstone)
    seen = Node.objects.get(name="elsewhere:2").seen_at
    expected = [withdrawals.Missing("elsewhere:2", seen + timedelta(seconds=settings.WIRE_STALE_SECONDS))]
    assert (confirmation.confirmed, confirmation.missing, confirmation.is_gone) == (1, expected, False)


def test_a_process_that_has_been_silent_for_too_long_serves_nothing(settings):
    tombstone = withdraw()
    nodes.beat("elsewhere:2", required() - 1)
    Node.objects.update(seen_at=timezone.now() - timedelta(seconds=settings.WIRE_STALE_SECONDS + 1))
    assert confirm(tombstone).is_gone


def test_a_process_of_this_machine_that_has_ended_serves_nothing():
    tombstone = withdraw()
    nodes.beat(f"{socket.gethostname()}:{ended_pid()}", required() - 1)
    assert confirm(tombstone).is_gone
    nodes.beat(f"{socket.gethostname()}:{os.getpid()}", required() - 1)
    assert not confirm(tombstone).is_gone


def test_a_later_withdrawal_has_to_be_confirmed_again():
    tombstone = withdraw()
    nodes.beat("one:1", required())
    assert confirm(tombstone).is_gone
    assert not confirm(withdraw()).is_gone


def test_caches_that_can_not_be_purged_forget_it_in_time(settings):
    settings.WIRE_CACHE_SECONDS = 60
    tombstone = withdraw()
    confirmation = confirm(tombstone)
    assert confirmation.caches_until == tombstone.live_at + timedelta(seconds=60)
    assert not confirmation.is_gone


class Proxy:
    """A proxy cache that is asked to purge."""

    def __init__(self):
        self.asked = []

    def do_purge(self, handler):
        self.asked.append((handler.headers["Surrogate-Key"], handler.headers["xkey"]))
        say(200)(handler)


@pytest.fixture
def proxy(settings):
    proxy = Proxy()
    with serve({"/": proxy.do_purge}, "PURGE") as address:
        settings.WIRE_PURGE = [address]
        yield proxy


def test_a_proxy_is_purged_once_and_counts_as_confirmed(proxy):
    tombstone = withdraw()
    for _ in range(2):
        assert confirm(tombstone).is_gone
    assert proxy.asked == [("wire", "wire")]
    assert not confirm(tombstone).missing


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_purges_by_itself_and_only_when_it_is_committed(proxy, monkeypatch):
    started = []
    monkeypatch.setattr(withdrawals.Thread, "start", lambda thread: started.append(thread))
    edition = publish()
    with transaction.atomic():
        desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
        assert not started
    assert len(started) == 1
    monkeypatch.undo()
    started[0].start()
    started[0].join(10)
    assert proxy.asked == [("wire", "wire")]


def test_a_proxy_that_does_not_answer_is_named_without_its_password(settings):
    settings.WIRE_PURGE = ["http://user:secret@127.0.0.1:9/purge"]
    tombstone = withdraw()
    assert confirm(tombstone).missing == [withdrawals.Missing("http://127.0.0.1:9/purge", None)]


def test_the_desk_shows_from_where_it_is_gone(desk_client):
    tombstone = withdraw()
    nodes.beat("elsewhere:2", required() - 1)
    form = reverse("admin:dispatches_dispatch_change", args=[dispatch_of(tombstone).pk])
    page = desk_client.get(form).text
    assert "not yet gone everywhere" in page
    assert "elsewhere:2" in page
    nodes.beat("elsewhere:2", required())
    fragment = desk_client.get(reverse("admin:dispatches_dispatch_gone", args=[dispatch_of(tombstone).pk])).text
    assert "gone from this site" in fragment
    assert "hx-get" not in fragment


def test_what_is_not_withdrawn_says_so(desk_client):
    address = reverse("admin:dispatches_dispatch_gone", args=[dispatch_of(publish()).pk])
    assert "It is not withdrawn." in desk_client.get(address).text
