"""A server process reports what it serves, stops serving when it is cut off, and can write nothing else."""

from contextlib import nullcontext
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import DatabaseError, OperationalError, connections
from factories import DESK, dispatch_of, make_dispatch, publish
from readers import ask

from dispatches import desk
from dispatches.public import announcing, nodes
from dispatches.public.announcing import Announcements
from dispatches.public.models import Node, SiteState
from wire import heartbeat, wsgi
from wire.cache.pagecache import PageCache
from wire.heartbeat import Heartbeat
from wire.shares import Share

NOON = datetime.fromisoformat("2026-06-25T12:00:00+03:00")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def announcements(tmp_path, monkeypatch):
    found = Announcements(tmp_path / "announcements")
    monkeypatch.setattr(announcing, "announcements", lambda: found)
    return found


class Process:
    """A server process whose way to the database can be cut."""

    def __init__(self, announcements):
        self.is_cut_off = False
        other = wsgi.OtherAddresses(WSGIHandler())
        self.cache = PageCache(other, wsgi.PublicPages(), announcements, self.read_state, 1_000_000, Share(10))
        self.heartbeat = Heartbeat(self.cache, "here:1")

    def read_state(self, at):
        if self.is_cut_off:
            raise OperationalError("the database is gone")
        return wsgi.read_state(at)


@pytest.fixture
def process(announcements):
    return Process(announcements)


def reported():
    return dict(Node.objects.values_list("name", "withdrawals"))


def test_an_idle_process_confirms_a_withdrawal(process):
    edition = publish()
    process.heartbeat.look()
    before = reported()["here:1"]
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
    assert reported()["here:1"] == before
    process.heartbeat.look()
    assert reported()["here:1"] == SiteState.objects.get().withdrawals == before + 1


def test_it_writes_only_when_something_changed_or_it_was_silent_for_a_while(process, monkeypatch):
    publish()
    process.heartbeat.look()
    seen = Node.objects.get().seen_at
    process.heartbeat.look()
    assert Node.objects.get().seen_at == seen
    monkeypatch.setattr(nodes, "INTERVAL", 0)
    process.heartbeat.look()
    assert Node.objects.get().seen_at > seen


def test_a_process_that_can_not_read_the_state_confirms_nothing(process, time_machine):
    edition = publish()
    process.heartbeat.look()
    before = reported()
    process.is_cut_off = True
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
    process.heartbeat.look()
    assert reported() == before


def test_a_process_that_is_cut_off_serves_what_it_has_for_a_while_then_says_why_not(process, time_machine, settings):
    time_machine.move_to(NOON)
    edition = publish()
    address = edition.get_absolute_url()
    process.heartbeat.look()
    assert ask(process.cache, address).status == 200
    process.is_cut_off = True
    for seconds in (2, settings.WIRE_STALE_SECONDS - 10):
        time_machine.shift(seconds)
        assert ask(process.cache, address).status == 200
    time_machine.shift(20)
    for path in (address, "/", "/search/?q=x"):
        answer = ask(process.cache, path)
        assert (answer.status, answer["Cache-Control"]) == (503, "no-store")
        assert "can't be read at the moment" in answer.text
    # It is alive, which is what a supervisor asks.
    assert ask(process.cache, "/healthz").status == 200
    process.is_cut_off = False
    time_machine.shift(2)
    assert ask(process.cache, address).status == 200


def test_it_stops_when_the_desk_says_so_even_if_it_read_the_state_later(process, time_machine, settings, monkeypatch):
    time_machine.move_to(NOON)
    address = publish().get_absolute_url()
    process.heartbeat.look()
    until = nodes.serves_until(Node.objects.get())
    monkeypatch.setattr(nodes, "beat", fail)
    time_machine.shift(settings.WIRE_STALE_SECONDS - 10)
    process.heartbeat.look()
    assert ask(process.cache, address).status == 200
    process.is_cut_off = True
    time_machine.move_to(until + timedelta(seconds=1))
    assert ask(process.cache, address).status == 503


def test_it_stops_in_time_between_two_polls(process, time_machine):
    time_machine.move_to(NOON)
    address = publish().get_absolute_url()
    process.heartbeat.look()
    until = nodes.serves_until(Node.objects.get())
    process.is_cut_off = True
    time_machine.move_to(until - timedelta(seconds=0.1))
    assert ask(process.cache, address).status == 200
    time_machine.move_to(until + timedelta(seconds=0.1))
    assert ask(process.cache, address).status == 503


def test_a_process_that_the_desk_has_never_heard_of_stops_at_once(process, time_machine):
    time_machine.move_to(NOON)
    address = publish().get_absolute_url()
    assert ask(process.cache, address).status == 200
    process.is_cut_off = True
    time_machine.shift(2)
    assert ask(process.cache, address).status == 503


def test_a_process_whose_database_hangs_stops_in_time(process, time_machine, settings, monkeypatch):
    """The one request that asks for the state waits; the others are answered as long as they may be."""
    time_machine.move_to(NOON)
    publish()
    process.heartbeat.look()
    assert ask(process.cache, "/").status == 200
    statuses = []
    # As while another thread reads the state
    with process.cache._reading:
        for seconds in (2, settings.WIRE_STALE_SECONDS):
            time_machine.shift(seconds)
            asking = Thread(target=lambda: statuses.append(ask(process.cache, "/").status))
            asking.start()
            asking.join(10)
    assert statuses == [200, 503]


def test_a_process_whose_database_hangs_confirms_nothing(process, time_machine):
    time_machine.move_to(NOON)
    publish()
    process.heartbeat.look()
    assert process.cache.withdrawals_served is not None
    time_machine.shift(10)
    assert process.cache.withdrawals_served is None


def test_a_process_that_is_cut_off_shows_nothing_of_the_next_change(announcements, time_machine, settings):
    settings.WIRE_STALE_SECONDS = 10_000
    time_machine.move_to(NOON)
    coming = make_dispatch(section=publish().section, headline="The minister resigns")
    desk.schedule(dispatch=coming, actor=DESK, at=NOON + timedelta(hours=1))
    process = Process(announcements)
    process.heartbeat.look()
    assert ask(process.cache, "/wire/").status == 200
    process.is_cut_off = True
    time_machine.move_to(NOON + timedelta(hours=2))
    # Uncached pages are rendered as of the last known state, in which the scheduled edition was not live yet.
    assert "minister" not in ask(process.cache, "/wire/?signal=developing").text
    process.is_cut_off = False
    time_machine.shift(2)
    assert "minister" in ask(process.cache, "/wire/?signal=developing").text


@pytest.mark.parametrize("hangs", [False, True])
def test_no_proxy_may_cache_what_an_old_state_shows(process, time_machine, hangs):
    time_machine.move_to(NOON)
    publish()
    process.heartbeat.look()
    fresh = ask(process.cache, "/")
    process.is_cut_off = True
    time_machine.shift(2)
    with process.cache._reading if hangs else nullcontext():
        asking = Thread(target=lambda: late.append(ask(process.cache, "/")))
        late: list = []
        asking.start()
        asking.join(10)
    assert (late[0].status, late[0].content) == (200, fresh.content)
    assert late[0]["Cache-Control"] == "no-cache"
    assert "max-age=1" in fresh["Cache-Control"]


def test_a_process_that_was_paused_reads_the_state_before_it_answers(announcements, tmp_path):
    """Of several requests at once, one reads the state. The others wait for it."""
    edition = publish()
    process = Process(Announcements(tmp_path / "elsewhere"))
    address = edition.get_absolute_url()
    assert ask(process.cache, address).status == 200
    reading, may_go_on, statuses = Event(), Event(), []

    def read_slowly(at):
        reading.set()
        may_go_on.wait(10)
        return wsgi.read_state(at)

    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
    process.cache._read_state = read_slowly
    process.cache._last_read = process.cache._next_poll = 0
    asking = [Thread(target=lambda: statuses.append(ask(process.cache, address).status)) for _ in range(3)]
    asking[0].start()
    assert reading.wait(10)
    for each in asking[1:]:
        each.start()
    asking[1].join(0.1)
    assert not statuses
    may_go_on.set()
    for each in asking:
        each.join(10)
    assert statuses == [410] * 3


def fail(name, withdrawals):
    raise OperationalError("the disk is full")


def test_an_error_of_any_kind_does_not_end_the_heartbeat(process, monkeypatch, caplog):
    publish()
    beats = []

    def beat(name, withdrawals):
        beats.append(name)
        if len(beats) == 3:
            raise SystemExit
        raise ValueError("something else")

    monkeypatch.setattr(nodes, "beat", beat)
    monkeypatch.setattr(heartbeat, "LOOK", 0)
    with pytest.raises(SystemExit):
        process.heartbeat.run()
    assert len(beats) == 3
    assert caplog.text.count("It will try again") == 1


def test_a_database_that_takes_no_heartbeats_disturbs_no_reader(process, monkeypatch):
    publish()
    monkeypatch.setattr(nodes, "beat", fail)
    process.heartbeat.look()
    assert ask(process.cache, "/").status == 200


def test_a_process_that_ends_leaves(process):
    publish()
    process.heartbeat.look()
    process.heartbeat.stop()
    assert reported() == {}


@pytest.mark.usefixtures("walled")
@pytest.mark.django_db(databases="__all__", transaction=True)
def test_the_heartbeat_s_connection_can_write_heartbeats_and_do_nothing_else():
    publish()
    nodes.beat("here:1", 3)
    nodes.beat("here:1", 4)
    assert reported() == {"here:1": 4}
    for statement in (
        "SELECT headline FROM dispatches_edition",
        "SELECT name FROM sources_source",
        "UPDATE dispatches_sitestate SET withdrawals = 0",
        "DELETE FROM dispatches_relation",
        "DROP TABLE dispatches_node",
        "CREATE TABLE mine (one int)",
    ):
        with pytest.raises(DatabaseError), connections["heartbeat"].cursor() as cursor:
            cursor.execute(statement)
        connections["heartbeat"].close()
    nodes.leave("here:1")
    assert reported() == {}
