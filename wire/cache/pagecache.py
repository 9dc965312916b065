"""Cache rendered public pages in front of Django, so that a cached page costs little more than sending it.

A public page depends only on its address and the site's state (`wire/cache/policy.py`), so a rendered page is valid
until the state changes. These hold under any interleaving (`tests/wire/cache/test_pagecache.py`):

1. A response is what Django would send at that time. A page is stored under the state read before rendering, and
rendered again if the state has changed meanwhile; nobody gets an old page after a new state was announced.
2. The state is read after an announcement, when a schedule is due, and otherwise every `POLL_INTERVAL` seconds;
requests in between do not query the database. A page whose state was read more than `STATE_SECONDS` ago is marked as
stale, so that no proxy caches it. Proxies may keep a page for a second, so it is gone from them two seconds after it
changed.
3. Only GET and HEAD requests for public pages are answered from the cache. Cookies and credentials do not change them.
4. However many requests arrive at once, a process renders a page once.
5. The cache has a size limit. Nothing that a page ignores creates another copy of it: query parameters, headers, the
port of the host (`wire/cache/requests.py`).
6. If the database fails, cached pages are served marked as stale, but none from before a withdrawal, and only until
`WIRE_STALE_SECONDS` after the last heartbeat: a withdrawal could have happened meanwhile, and until then the desk names
this process.
7. While the site is closed to readers, after a restore, no page is served.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from threading import Condition, Event, Lock, RLock, get_ident
from time import monotonic, time
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError

from dispatches.public.announcing import Announcements
from dispatches.public.state import PublicState
from wire.cache.requests import Environ, PageKey, environ_for, page_key_of
from wire.cache.responses import EncodedResponse, Page, choose_encoding
from wire.cache.store import MAX_KEY_LENGTH, PageStore, RequestIndex, RequestKey
from wire.outages import READERS, Outage, outages
from wire.shares import Share, ShareFull

logger = logging.getLogger(__name__)

StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# How often (seconds) to poll the database for changes made on other machines.
POLL_INTERVAL = 0.5
# For how long (seconds) pages of a state are good enough for other caches. A process that was paused, so that its state
# is older, does not answer before it has read it again, unless the database takes longer than PATIENCE to answer.
STATE_SECONDS, PATIENCE = 1.0, 1.0
# Pages cached for this many seconds are recompressed for later requests.
RECOMPRESS_AFTER = 5.0
# For how long (seconds) a request waits for another one that renders the page.
RENDERING_SECONDS = 5.0
# Render attempts if the state changes during rendering; after that, the page is sent uncached.
MAX_RENDERS = 3

# Keys of the WSGI environment: there was no thread to render the page; the state could not be read for too long; the
# site is closed to readers.
IS_FULL, IS_CUT_OFF, IS_CLOSED = "wire.is_full", "wire.is_cut_off", "wire.is_closed"

_CACHEABLE = {"200", "301", "302", "410"}
_STALE_HEADERS = {"Warning": '110 - "Response is Stale"', "Cache-Control": "no-cache"}


class PageCache:
    """A WSGI application in front of two others: `public` for public pages, `application` for the rest.

    `read_state` returns the site's state at a time. `bound` is in bytes; 0 turns caching off. `share` limits the
    threads that render pages or wait for one; if it is full, `application` gets the request, with IS_FULL set.
    """

    def __init__(
        self,
        application: Application,
        public: Application,
        announced: Announcements,
        read_state: Callable[[datetime], PublicState],
        bound: int,
        share: Share,
    ) -> None:
        self._application, self._public, self._announced = application, public, announced
        self._read_state, self._bound, self._share = read_state, bound, share
        self._state, self._is_database_down = PublicState(""), False
        # The announced counters, their values when the state was read, and when the next schedule and poll are due.
        self._counters, self._changes, self._withdrawals = announced.counters, -1, -1
        self._next_change, self._next_poll = 0.0, 0.0
        # When the state was last read, for how long pages may be served without, and whether that time is over.
        self._last_read, self._stale_seconds, self._is_cut_off = time(), settings.WIRE_STALE_SECONDS, False
        # When the desk last heard of this process; None if it has no heartbeat.
        self.reported_at: float | None = None
        # Whether the state is too old for other caches, and since when it is being read.
        self._is_late, self._reading_since = False, 0.0
        # The database's time when the state was read, and this machine's.
        self._clock: tuple[datetime | None, float] = (None, 0.0)
        # Responses in the current state by raw request; pages, including those of earlier states.
        self._by_request_key, self._pages = RequestIndex(), PageStore(bound)
        self._rendering: dict[PageKey, list[Page]] = {}
        # Whoever reads the state holds the first lock, for as long as the database takes.
        self._reading = Lock()
        self._lock = RLock()
        self._rendered = Condition(self._lock)
        # The thread that reads the state, if there is one; who waits for it, and who wakes it.
        self._keeper: int | None = None
        self._has_read, self._is_wanted = Condition(), Event()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        get, method = environ.get, environ["REQUEST_METHOD"]
        if method not in {"GET", "HEAD"}:
            return self._application(environ, start_response)
        if self._counters[0] != self._changes or time() >= self._next_poll:
            self._refresh_state()
        if (self._is_cut_off or self._state.is_closed) and page_key_of(environ) is not None:
            reason = IS_CLOSED if self._state.is_closed else IS_CUT_OFF
            return self._application(environ | {reason: True}, start_response)
        request_key = (
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            get("HTTP_ACCEPT_ENCODING"),
            get("HTTP_HOST"),
            get("HTTP_X_FORWARDED_PROTO"),
            get("HTTP_HX_REQUEST"),
            get("HTTP_HX_HISTORY_RESTORE_REQUEST"),
        )
        answer = self._by_request_key.get(request_key)
        if answer is None:
            page_key = page_key_of(environ)
            if page_key is None:
                return self._application(environ, start_response)
            try:
                answer = self._encoded_response(environ, page_key, request_key)
            except ShareFull:
                return self._application(environ | {IS_FULL: True}, start_response)
        status, headers, body, tag, not_modified_headers = answer
        if self._is_late:
            headers, not_modified_headers = _mark_as_stale(headers), _mark_as_stale(not_modified_headers)
        # If-Modified-Since is ignored: a name may be removed from a page without changing its date.
        if tag and tag in (get("HTTP_IF_NONE_MATCH") or ""):
            start_response("304 Not Modified", not_modified_headers)
            return [b""]
        start_response(status, headers)
        return [body if method == "GET" else b""]

    def _encoded_response(self, environ: Environ, page_key: PageKey, request_key: RequestKey) -> EncodedResponse:
        """Return the response for this request; cache it by the raw request if it is valid for the current state."""
        try:
            page = self._get_page(environ, page_key)
        except ShareFull:
            # The former version of the page, unless something was withdrawn since.
            former = self._pages.get(page_key)
            if former is None or not self._may_serve(former):
                raise
            page = former
        answer = page.answer(choose_encoding((environ.get("HTTP_ACCEPT_ENCODING") or "")[:MAX_KEY_LENGTH]))
        with self._lock:
            self._store(page_key, page)
            if page.is_cacheable and (page.state is not self._state or self._is_database_down):
                return answer._replace(headers=_mark_as_stale(answer.headers))
            if self._pages.get(page_key) is page:
                self._by_request_key.add(request_key, page_key, answer)
        return answer

    # The state

    def _refresh_state(self) -> None:
        """Read the current state if it may have changed. If the database fails, keep the old one."""
        now = time()
        has_moved = self._announced.changes != self._changes or now >= self._next_change
        self._is_late = now - self._last_read > STATE_SECONDS
        self._is_cut_off = self._is_late and now >= self._stale_until()
        if not has_moved and now < self._next_poll:
            return
        if self._keeper not in {None, get_ident()}:
            # If only its time has come, and it is being read, the database is slow: nobody waits for that.
            is_due = self._is_late and not self._is_database_down and not self._reading.locked()
            if has_moved or is_due:
                self._await_keeper(now)
            return
        # A request that merely polls does not make others wait, unless the state is old.
        if not self._reading.acquire(blocking=has_moved):
            patience = self._reading_since + PATIENCE - now if self._is_late else 0
            if patience <= 0 or not self._reading.acquire(timeout=patience):
                return
        try:
            # Read the counters first, so that announcements from here on are noticed.
            changes, withdrawals, now = self._announced.changes, self._announced.withdrawals, time()
            if changes == self._changes and now < self._next_poll:
                return
            self._reading_since = now
            try:
                state = self._read_state(datetime.fromtimestamp(now, UTC))
            except DatabaseError as error:
                outages.begin(READERS, Outage.GONE, error)
                with self._lock:
                    self._is_database_down, self._by_request_key, self._next_change = True, RequestIndex(), float("inf")
                # The error may have taken long. Look again at the latest when pages may not be served any more.
                now = time()
                next_poll = min([now + POLL_INTERVAL, *(each for each in [self._stale_until()] if each > now)])
            else:
                with self._lock:
                    self._take(state, withdrawals, now)
                next_poll = min(self._next_change, now + POLL_INTERVAL)
            # Set last: until then, other requests wait here for the new state.
            self._next_poll, self._changes = next_poll, changes
        finally:
            self._reading.release()
            with self._has_read:
                self._has_read.notify_all()

    def keep_current(self) -> None:
        """Read the state whenever it may have changed, for ever: no request waits for a frozen database."""
        self._keeper = get_ident()
        while True:
            try:
                self.refresh()
            except Exception:
                logger.exception("The state of the site can't be read. It will be tried again.")
                self._next_poll = time() + POLL_INTERVAL
            self._is_wanted.wait(max(min(self._next_poll, self._next_change) - time(), 0))
            self._is_wanted.clear()

    def _await_keeper(self, now: float) -> None:
        """Wait for the state to be read, but not for a database that has not answered for PATIENCE."""
        patience = (self._reading_since if self._reading.locked() else now) + PATIENCE - now
        self._is_wanted.set()
        with self._has_read:
            is_current = self._has_read.wait_for(self._is_known, max(patience, 0))
        if is_current:
            return
        self._is_late = True
        if self._announced.withdrawals != self._withdrawals:
            with self._lock:
                self._by_request_key = RequestIndex()

    def _is_known(self) -> bool:
        """Return True if the state is that of now, or the database has failed to tell."""
        now = time()
        return self._announced.changes == self._changes and now < min(self._next_change, self._next_poll)

    def _stale_until(self) -> float:
        """Return until when pages may be served if the state can't be read."""
        return (self._last_read if self.reported_at is None else self.reported_at) + self._stale_seconds

    def _take(self, state: PublicState, withdrawals: int, now: float) -> None:
        """Use a state that was read `now`, after this many withdrawals were announced."""
        self._last_read, self._is_cut_off, self._is_late = now, False, False
        # Set before the state: a page must not be rendered as of a time before its state.
        self._clock = state.read_at, now
        if state.value != self._state.value:
            self._state, self._by_request_key = state, RequestIndex()
        elif self._is_database_down:
            self._by_request_key = RequestIndex()
        self._is_database_down, self._withdrawals = False, withdrawals
        outages.end(READERS, Outage.GONE)
        self._next_change = _local_time(state, now)

    def refresh(self) -> None:
        """Read the current state if it may have changed or was not read for a while."""
        if self._announced.changes != self._changes or time() >= self._next_poll:
            self._refresh_state()

    @property
    def withdrawals_served(self) -> int | None:
        """Up to which withdrawal nothing old is served; None if the database was not asked lately."""
        is_known = self._announced.changes == self._changes and not self._is_database_down
        return self._state.withdrawals if is_known and time() - self._last_read < 3 * POLL_INTERVAL else None

    # Pages

    def recompress_one(self) -> bool:
        """Recompress the most recent page that is due for it. Returns False if there is none."""
        long_ago = monotonic() - RECOMPRESS_AFTER
        with self._lock:
            waiting = (
                (page_key, page)
                for page_key, page in self._pages.latest()
                if page.needs_recompression and page.state is self._state and page.rendered_at <= long_ago
            )
            page_key, page = next(waiting, (None, None))
        if page_key is None or page is None:
            return False
        page.recompress()
        with self._lock:
            if self._pages.get(page_key) is page:
                self._store(page_key, page)
                self._by_request_key.remove_page(page_key)
        return True

    def _get_page(self, environ: Environ, page_key: PageKey) -> Page:
        """Return the page of this key. The first request renders it if needed; others wait for the result.

        Raises ShareFull if too many do either.
        """
        page = self._pages.get(page_key)
        if page and self._is_current(page):
            return page
        with self._share:
            return self._render_or_wait(environ, page_key)

    def _is_current(self, page: Page) -> bool:
        """Return True if a page is to be served: as of this state, or because the database can't be asked."""
        can_ask = not (self._is_database_down or (self._is_late and self._keeper))
        return (page.state is self._state or not can_ask) and self._may_serve(page)

    def _render_or_wait(self, environ: Environ, page_key: PageKey) -> Page:
        with self._lock:
            while True:
                page = self._pages.get(page_key)
                if page and self._is_current(page):
                    return page
                rendering = self._rendering.get(page_key)
                if rendering is None:
                    rendering = self._rendering[page_key] = []
                    break
                latest = monotonic() + RENDERING_SECONDS
                while self._rendering.get(page_key) is rendering:
                    if not self._rendered.wait(latest - monotonic()):
                        # Whoever renders it waits for a database that does not answer.
                        raise ShareFull
                # Waiting requests share uncacheable responses (errors) too.
                if rendering and rendering[0].state is self._state:
                    return self._stale_if_error(page, rendering[0])
        try:
            rendered = self._render(environ, page_key)
            if page and page.is_identical(rendered):
                # The state changed but the page did not, so its compressed forms are still valid.
                page.state, rendered = rendered.state, page
            self._store(page_key, rendered)
            rendering.append(rendered)
        finally:
            with self._lock:
                del self._rendering[page_key]
                self._rendered.notify_all()
        return self._stale_if_error(page, rendered)

    def _stale_if_error(self, before: Page | None, rendered: Page) -> Page:
        return before if before and rendered.status >= "500" and self._may_serve(before) else rendered

    def _render(self, environ: Environ, page_key: PageKey) -> Page:
        for _ in range(MAX_RENDERS):
            state = self._state
            status, headers, body = _call(self._public, environ_for(page_key, environ, state, self._as_of(state)))
            is_cacheable = (
                status[:3] in _CACHEABLE
                and headers.get("Cache-Control", "").startswith("public")
                and "Set-Cookie" not in headers
                and not self._is_database_down
            )
            page = Page(state, status, headers, body, is_cacheable)
            if self._is_database_down and status[:3] in _CACHEABLE:
                # The page was just read, so the database answers again: no need to wait for the next poll.
                self._next_poll = 0.0
            self._refresh_state()
            if state is self._state or not is_cacheable:
                break
        else:
            page.is_cacheable = False
        return page

    def _as_of(self, state: PublicState) -> datetime | None:
        """Return the database's time, as far as a page of this state may show it: never that of the next change."""
        read_at, locally = self._clock
        if read_at is None:
            return None
        at = read_at + timedelta(seconds=max(time() - locally, 0))
        return min(at, state.until - timedelta(microseconds=1)) if state.until else at

    def _may_serve(self, page: Page) -> bool:
        """Return True if nothing was withdrawn since the page was rendered."""
        return page.state.withdrawals == self._state.withdrawals and self._announced.withdrawals == self._withdrawals

    def _store(self, page_key: PageKey, page: Page) -> None:
        """Store a page, and forget the requests for the pages that were evicted for it."""
        if not page.is_cacheable or not self._bound:
            return
        with self._lock:
            for evicted in self._pages.put(page_key, page):
                self._by_request_key.remove_page(evicted)


def _mark_as_stale(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    named = dict(headers)
    return headers if "no-store" in named.get("Cache-Control", "") else [*(named | _STALE_HEADERS).items()]


def _local_time(state: PublicState, now: float) -> float:
    """Return when the state changes by itself, by the clock of this machine. It was read `now`."""
    if state.until is None:
        return float("inf")
    return now + (state.until - state.read_at).total_seconds() if state.read_at else state.until.timestamp()


def _call(application: Application, environ: Environ) -> tuple[str, dict[str, str], bytes]:
    """Call an application, and return its whole response: status, headers and body."""
    answered: list[Any] = []
    chunks = application(environ, lambda *args: answered.extend(args))
    try:
        body = b"".join(chunks)
    finally:
        if close := getattr(chunks, "close", None):
            close()
    return answered[0], dict(answered[1]), body
