"""Editions, schedules, withdrawals, requests and the clock in any order: every response is what Django would send."""

import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import brotli
import pytest
import time_machine
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from factories import DESK, make_dispatch, make_report, make_section
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from readers import ask

from dispatches import desk
from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import changing_sections
from dispatches.models import Dispatch
from dispatches.public import announcing
from dispatches.public.announcing import Announcements
from dispatches.public.models import Edition, SignalTally
from dispatches.public.record import _count, _count_on
from dispatches.public.state import read_public_state
from wire import wsgi
from wire.cache import pagecache
from wire.cache.fragments import fragments
from wire.cache.pagecache import PageCache
from wire.shares import Share
from wire.times import format_time
from wire.wsgi import PublicPages

pytestmark = pytest.mark.django_db

START = datetime.fromisoformat("2026-06-25T12:00:00+03:00")
picks = st.integers(0, 10**6)


class Rollback(Exception):
    """Ends a run and rolls back its writes."""


class TheSite(RuleBasedStateMachine):
    """Two server processes, a desk, readers, and a clock."""

    def __init__(self):
        super().__init__()
        self.clock = time_machine.travel(START, tick=False)
        self.now = self.clock.start()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.folder = tempfile.TemporaryDirectory()
        self.announced = Announcements(Path(self.folder.name) / "announcements")
        # The end of a request must not end the transaction.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        wsgi.close_old_connections = lambda: None
        self.replaced, announcing.announcements = announcing.announcements, lambda: self.announced
        self.stands_after, pagecache.RECOMPRESS_AFTER = pagecache.RECOMPRESS_AFTER, 0

    def teardown(self):
        announcing.announcements = self.replaced
        pagecache.RECOMPRESS_AFTER = self.stands_after
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        wsgi.close_old_connections = close_old_connections
        self.atomic.__exit__(Rollback, Rollback(), None)
        self.folder.cleanup()
        self.clock.stop()

    @initialize()
    def begin(self):
        fragments.clear()
        self.django = WSGIHandler()
        self.workers = [
            PageCache(self.django, PublicPages(), self.announced, read_public_state, 400_000, Share(100))
            for _ in range(2)
        ]
        self.section = make_section(name="The Ledger", slug="ledger")
        self.report = make_report(accepted_at=START - timedelta(days=1))
        self.dispatches = []
        self.etags = {}
        for _ in range(2):
            self.the_desk_writes()
            self.the_desk_publishes(len(self.dispatches) - 1)

    def commit(self):
        """Do what happens at a commit; the real transaction never commits."""
        callbacks, connection.run_on_commit = connection.run_on_commit, []
        for _, callback, *_ in callbacks:
            callback()

    def pick(self, number):
        return Dispatch.objects.get(pk=self.dispatches[number % len(self.dispatches)])

    def press(self, verb, **arguments):
        with suppress(NotReady), transaction.atomic():
            verb(**arguments)
        self.commit()
        # Editions need distinct times: each must come after the one before.
        self.now.shift(timedelta(milliseconds=1))

    @rule()
    def the_desk_writes(self):
        number = len(self.dispatches)
        dispatch = make_dispatch(
            self.report, headline=f"Dispatch {number}", slug=f"dispatch-{number}", section=self.section
        )
        self.dispatches.append(dispatch.pk)

    @rule(number=picks)
    def the_desk_publishes(self, number):
        self.press(desk.publish, dispatch=self.pick(number), actor=DESK)

    @rule(minutes=st.integers(1, 90))
    def the_desk_schedules(self, minutes):
        self.the_desk_writes()
        at = timezone.now() + timedelta(minutes=minutes)
        self.press(desk.schedule, dispatch=self.pick(len(self.dispatches) - 1), actor=DESK, at=at)

    @rule(number=picks)
    def the_desk_calls_off(self, number):
        self.press(desk.cancel_schedule, dispatch=self.pick(number), actor=DESK)

    @rule(number=picks, text=st.sampled_from(["One", "Two", "Three"]), slug=st.sampled_from(["", "-moved"]))
    def the_desk_changes(self, number, text, slug):
        dispatch = self.pick(number)
        if dispatch.expunged_at:
            return
        dispatch.headline, dispatch.slug = f"{text} {dispatch.pk}", dispatch.slug.replace("-moved", "") + slug
        dispatch.save()
        self.press(desk.correct, dispatch=dispatch, actor=DESK, note=f"{text} it is.")

    @rule(number=picks)
    def the_desk_withdraws(self, number):
        self.press(desk.withdraw, dispatch=self.pick(number), actor=DESK, note="It was wrong.")

    @rule(number=picks)
    def the_desk_restores(self, number):
        self.press(desk.restore, dispatch=self.pick(number), actor=DESK, note="It was right.")

    @rule(number=picks)
    def the_desk_expunges(self, number):
        self.press(desk.expunge, dispatch=self.pick(number), actor=DESK, note="By order of a court.")

    @rule(number=picks)
    def the_desk_pins(self, number):
        self.press(desk.pin_lead, dispatch=self.pick(number), actor=DESK)

    @rule(name=st.sampled_from(["The Ledger", "The Book"]))
    def a_section_is_renamed(self, name):
        with changing_sections():
            self.section.name = name
            self.section.save()
        self.commit()

    @rule(worker=st.integers(0, 1))
    def what_stands_is_packed_well(self, worker):
        while self.workers[worker].recompress_one():
            pass

    @rule(minutes=st.integers(0, 120))
    def time_passes(self, minutes):
        self.now.shift(timedelta(minutes=minutes))

    @rule()
    def a_scheduled_moment_comes(self):
        following = read_public_state().until
        if following:
            self.now.move_to(following - timedelta(milliseconds=1))
            self.both_workers_show_what_there_is()
            self.now.move_to(following)

    @invariant()
    def both_workers_show_what_there_is(self):
        for address in ("/", *{edition.get_absolute_url() for edition in Edition.objects.seen().order_by("-pk")[:2]}):
            fresh = ask(self.django, address)
            for worker in self.workers:
                answer = ask(worker, address)
                assert (answer.status, answer.content) == (fresh.status, fresh.content), address

    @invariant()
    def the_record_is_what_counting_everything_gives(self):
        counted = +_count(Edition.objects.all(), timezone.now())
        assert +_count_on(SignalTally.objects.first(), timezone.now()) == counted

    @rule(worker=st.integers(0, 1), page=picks, number=picks, knows=st.booleans(), encoding=st.sampled_from(["", "br"]))
    def a_reader_asks(self, worker, page, number, knows, encoding):
        dispatch = self.pick(number)
        edition = dispatch.editions.seen().last() if dispatch.editions.seen().exists() else None
        address = edition.get_absolute_url() if edition else "/wire/2026/06/25/nothing/"
        earlier = format_time(timezone.now() - timedelta(minutes=number % 200))
        addresses = [
            "/",
            "/wire/",
            "/wire/?signal=developing&x=y",
            "/sections/ledger/",
            "/wire/new/?after=0_0",
            "/corrections/",
            "/feeds/wire.atom",
            "/search/?q=dispatch",
            "/wire/2026/06/",
            address,
            f"{address}history/",
            f"{address}newer/?edition=1",
            f"{address}?at={earlier}",
            f"{address[:-1]}.json",
            "/signal/",
        ]
        asked = addresses[page % len(addresses)]
        fresh = ask(self.django, asked)
        known = {"if_none_match": self.etags[asked, encoding]} if knows and (asked, encoding) in self.etags else {}
        answer = ask(self.workers[worker], asked, **{"accept_encoding": encoding} if encoding else {}, **known)
        plain = ask(self.workers[worker], asked)
        assert (plain.status, plain.content) == (fresh.status, fresh.content), asked
        assert plain.headers.get("Location") == fresh.headers.get("Location")
        assert "Warning" not in answer.headers
        if answer.status == 200:
            content = brotli.decompress(answer.content) if "Content-Encoding" in answer.headers else answer.content
            assert content == fresh.content
        if answer.status == 304:
            assert answer["ETag"] == known["if_none_match"]
            assert self.bodies[answer["ETag"]] == fresh.content
        else:
            assert answer.status == fresh.status
        if "ETag" in answer.headers:
            self.etags[asked, encoding] = answer["ETag"]
            self.bodies = {**getattr(self, "bodies", {}), answer["ETag"]: fresh.content}


TheSite.TestCase.settings = settings(
    max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
test_the_site_in_any_order = TheSite.TestCase
