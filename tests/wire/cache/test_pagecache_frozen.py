"""Readers of cached pages never wait for a database that does not answer."""

from contextlib import closing, suppress
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from readers import ask

from dispatches.public.announcing import Announcements
from dispatches.public.state import PublicState
from wire.cache import pagecache
from wire.cache.pagecache import PageCache
from wire.cache.policy import FRESHNESS
from wire.shares import Share


class Frozen:
    """A page cache whose state is read by a thread, from a database that can be frozen."""

    def __init__(self, folder) -> None:
        self.announced = Announcements(folder)
        self.is_frozen, self.answers, self.asked, self.is_over = False, Event(), Event(), False
        self.value, self.rendered = "1-0", 0
        self.cache = PageCache(self.refuse, self.render, self.announced, self.read_state, 1_000_000, Share(2, 2, 0.1))
        self.thread = Thread(target=self.keep_current, daemon=True)
        self.thread.start()
        while self.cache._state.value != self.value:
            sleep(0.01)

    def keep_current(self) -> None:
        with suppress(SystemExit):
            self.cache.keep_current()

    def read_state(self, at):
        if self.is_over:
            raise SystemExit
        if self.is_frozen:
            self.asked.set()
            self.answers.wait()
        return PublicState(self.value, self.announced.withdrawals)

    def render(self, environ, start_response):
        self.rendered += 1
        if self.is_frozen:
            self.answers.wait()
        start_response("200 OK", [("Cache-Control", FRESHNESS), ("Content-Type", "text/html")])
        return [self.value.encode()]

    def refuse(self, environ, start_response):
        start_response("503 Service Unavailable", [])
        return [b""]

    def freeze(self) -> None:
        self.is_frozen = True
        self.asked.wait()

    def close(self) -> None:
        self.is_over, self.is_frozen = True, False
        self.answers.set()
        self.thread.join()


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.setattr(pagecache, "POLL_INTERVAL", 0.01)
    monkeypatch.setattr(pagecache, "PATIENCE", 0.05)
    monkeypatch.setattr(pagecache, "STATE_SECONDS", 0.05)
    monkeypatch.setattr(pagecache, "RENDERING_SECONDS", 0.05)
    with closing(Frozen(tmp_path / "announcements")) as site:
        yield site


def test_cached_pages_are_answered_while_the_database_is_frozen(site):
    assert ask(site.cache, "/wire/").text == "1-0"
    site.freeze()
    # It would wait for ever if it waited for the database.
    for _ in range(50):
        assert ask(site.cache, "/wire/").text == "1-0"
        sleep(0.002)
    assert ask(site.cache, "/wire/")["Cache-Control"] == "no-cache"
    assert site.rendered == 1
    assert site.cache.withdrawals_served in {None, 0}


def test_what_was_announced_before_it_froze_is_waited_for_only_shortly(site):
    ask(site.cache, "/wire/")
    site.freeze()
    site.announced.announce()
    answer = ask(site.cache, "/wire/")
    assert (answer.text, answer["Cache-Control"]) == ("1-0", "no-cache")
    site.value, site.is_frozen = "2-0", False
    site.answers.set()
    end = monotonic() + 30
    while ask(site.cache, "/wire/").text != "2-0":
        assert monotonic() < end


def test_what_was_withdrawn_before_it_froze_is_not_served(site):
    ask(site.cache, "/wire/")
    site.freeze()
    site.announced.announce(withdraws=True)
    threads = [Thread(target=ask, args=[site.cache, "/wire/"], daemon=True) for _ in range(2)]
    for each in threads:
        each.start()
    # Those wait for the page; this one is told so.
    while site.rendered != 2:
        sleep(0.01)
    assert ask(site.cache, "/wire/").status == 503


def test_an_announced_change_is_seen_by_the_next_request(site):
    for number in range(2, 10):
        ask(site.cache, "/wire/")
        site.value = f"{number}-0"
        site.announced.announce()
        assert ask(site.cache, "/wire/").text == site.value
