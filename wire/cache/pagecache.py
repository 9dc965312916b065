"""Finished pages, kept in front of Django: a reader's page costs what sending its bytes costs.

A public page follows from its address and the state of the site alone (`wire/cache/policy.py`), so a page that was made
once is right until the state moves. What has to hold, whatever comes in whatever order (`tests/test_pagecache.py`):

1. An answer is what Django would answer at that moment. A page is kept under the state that was read before it was
   made, and made again if the state moved meanwhile; so nobody gets an old page after a new state is announced.
2. The state is read when something was announced, when a scheduled moment has come, and otherwise once in `ASK_EVERY`
   seconds; a request in between asks nothing and nobody.
3. Only GET and HEAD of public pages, without a cookie and without credentials, are answered from here.
4. However many ask at once, a process makes a page once.
5. What is kept has a bound in bytes, and what a reader adds to an address makes no further page.
6. If the database fails, what is there is served and marked as stale; but nothing from before a withdrawal.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from threading import Condition, RLock
from time import monotonic, time
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.core.handlers.wsgi import get_path_info
from django.db import Error as DatabaseError
from django.urls import Resolver404, ResolverMatch, resolve

from dispatches.public.announcing import Announcements
from dispatches.public.state import PublicState
from wire.cache.responses import Answer, Page, choose_encoding

logger = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# Other machines change the state without an announcement here: so often, in seconds, the database is asked for it.
ASK_EVERY = 1.0
# Answers are found by the request as it came; so many forms of requests are remembered in one state, if they are short.
MOST_FORMS, LONGEST_FORM = 5_000, 500
# What has stood for so many seconds is packed well, for all who will still ask for it.
STANDS_AFTER = 5.0
# While the state moves faster than a page is made, it is made so often before it is sent without being kept.
TRIES = 3

# Where a page that is made finds the state that it is made in, and the view that makes it.
STATE, MATCH = "wire.state", "wire.match"

_KEPT = {"200", "301", "302", "410"}
_STALE = {"Warning": '110 - "Response is Stale"', "Cache-Control": "no-cache"}


class PageCache:
    """A WSGI application before two others: one for public pages, which may take a shorter way, and one for the rest.

    `read_state` says what the state is at a moment; `bound` is in bytes, and with 0 nothing is kept.
    """

    def __init__(
        self,
        application: Application,
        public: Application,
        announced: Announcements,
        read_state: Callable[[datetime], PublicState],
        bound: int,
    ) -> None:
        self._application, self._public, self._announced = application, public, announced
        self._read_state, self._bound = read_state, bound
        self._state, self._is_blind = PublicState(""), False
        # What is announced; what was, when the state was read; when it moves by itself, and when it is to be looked at.
        self._counters, self._changes, self._withdrawals = announced.counters, -1, -1
        self._switch, self._look_at = 0.0, 0.0
        # Answers of this state by the request as it came; pages by their address, also of earlier states; their sizes.
        self._forms: dict[tuple[str | None, ...], Answer] = {}
        self._pages: OrderedDict[tuple[str, ...], Page] = OrderedDict()
        self._size = 0
        self._being_made: dict[tuple[str, ...], list[Page]] = {}
        self._turn = RLock()
        self._is_made = Condition(self._turn)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        get, method = environ.get, environ["REQUEST_METHOD"]
        if method not in {"GET", "HEAD"} or get("HTTP_COOKIE") or get("HTTP_AUTHORIZATION"):
            return self._application(environ, start_response)
        if self._counters[0] != self._changes or time() >= self._look_at:
            self._keep_up()
        form = (
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            get("HTTP_ACCEPT_ENCODING"),
            get("HTTP_HOST"),
            get("HTTP_X_FORWARDED_PROTO"),
            get("HTTP_HX_REQUEST"),
            get("HTTP_HX_HISTORY_RESTORE_REQUEST"),
        )
        answer = self._forms.get(form)
        if answer is None:
            address = _address_of(environ)
            if address is None:
                return self._application(environ, start_response)
            answer = self._answer(environ, address, form)
        status, headers, body, tag, headers_of_304 = answer
        # What was modified when is not compared: a name can go from a page whose last change was long ago.
        if tag and tag in (get("HTTP_IF_NONE_MATCH") or ""):
            start_response("304 Not Modified", headers_of_304)
            return [b""]
        start_response(status, headers)
        return [body if method == "GET" else b""]

    def _answer(self, environ: Environ, address: tuple[str, ...], form: tuple[str | None, ...]) -> Answer:
        """What is sent to those who ask in this form, remembered if it is right for as long as the state stands."""
        page = self._find(environ, address)
        answer = page.answer(choose_encoding((environ.get("HTTP_ACCEPT_ENCODING") or "")[:LONGEST_FORM]))
        self._keep(address, page)
        # Taken before it is looked whether the page is right: if the state moves now, they are let go with this answer.
        forms = self._forms
        if page.is_kept and (page.state is not self._state or self._is_blind):
            return answer._replace(headers=[*(dict(answer.headers) | _STALE).items()])
        is_short = sum(map(len, filter(None, form))) <= LONGEST_FORM
        if page.is_kept and self._bound and is_short and len(forms) < MOST_FORMS:
            forms[form] = answer
        return answer

    # The state

    def _keep_up(self) -> None:
        """Know the state of the site as it is now; if the database fails, as it was, and that it may be another."""
        now = time()
        has_moved = self._announced.changes != self._changes or now >= self._switch
        # Whoever only asks because it is time to does not keep the others waiting.
        if (not has_moved and now < self._look_at) or not self._turn.acquire(blocking=has_moved):
            return
        try:
            # Counted first: whatever is announced from here on is looked for again.
            changes, withdrawals, now = self._announced.changes, self._announced.withdrawals, time()
            if changes == self._changes and now < self._look_at:
                return
            try:
                state = self._read_state(datetime.fromtimestamp(now, UTC))
            except DatabaseError as error:
                if not self._is_blind:
                    logger.error("The database can't be asked for the state of the site: %s", error)
                self._is_blind, self._forms, self._switch = True, {}, float("inf")
            else:
                if state.value != self._state.value:
                    self._state, self._forms = state, {}
                elif self._is_blind:
                    self._forms = {}
                self._is_blind, self._withdrawals = False, withdrawals
                self._switch = state.until.timestamp() if state.until else float("inf")
            # Told last: until then whoever asks waits here.
            self._look_at, self._changes = min(self._switch, now + ASK_EVERY), changes
        finally:
            self._turn.release()

    # Pages

    def pack_one(self) -> bool:
        """Pack a page well that has stood for a while, the latest of those that wait for it; whether there was one."""
        long_ago = monotonic() - STANDS_AFTER
        with self._turn:
            waiting = (
                (address, page)
                for address, page in reversed(self._pages.items())
                if page.could_be_packed_better and page.state is self._state and page.made_at <= long_ago
            )
            address, page = next(waiting, (None, None))
        if address is None or page is None:
            return False
        page.pack_well()
        with self._turn:
            if self._pages.get(address) is page:
                self._keep(address, page)
                self._forms = {}
        return True

    def _find(self, environ: Environ, address: tuple[str, ...]) -> Page:
        """The page at an address, made if need be, by whoever comes first; the others wait."""
        with self._turn:
            while True:
                page = self._pages.get(address)
                if page and (page.state is self._state or self._is_blind) and self._may_be_shown(page):
                    return page
                being_made = self._being_made.get(address)
                if being_made is None:
                    being_made = self._being_made[address] = []
                    break
                while self._being_made.get(address) is being_made:
                    self._is_made.wait()
                # Also of what is not kept, such as a fault, one is made for all who wait for it.
                if being_made and being_made[0].state is self._state:
                    return self._rather_than_a_fault(page, being_made[0])
        try:
            made = self._make(environ, address)
            if page and page.says_the_same(made):
                # The state has moved, and this page has not: what was packed is right as it is.
                page.state, made = made.state, page
            self._keep(address, made)
            being_made.append(made)
        finally:
            with self._turn:
                del self._being_made[address]
                self._is_made.notify_all()
        return self._rather_than_a_fault(page, made)

    def _rather_than_a_fault(self, before: Page | None, made: Page) -> Page:
        return before if before and made.status >= "500" and self._may_be_shown(before) else made

    def _make(self, environ: Environ, address: tuple[str, ...]) -> Page:
        for _ in range(TRIES):
            state = self._state
            status, headers, body = _run(self._public, environ, address[1], state)
            is_kept = (
                status[:3] in _KEPT
                and headers.get("Cache-Control", "").startswith("public")
                and "Set-Cookie" not in headers
                and not self._is_blind
            )
            page = Page(state, status, headers, body, is_kept)
            self._keep_up()
            if state is self._state or not is_kept:
                break
        else:
            page.is_kept = False
        return page

    def _may_be_shown(self, page: Page) -> bool:
        """Whether nothing has been withdrawn since it was made."""
        return page.state.withdrawals == self._state.withdrawals and self._announced.withdrawals == self._withdrawals

    def _keep(self, address: tuple[str, ...], page: Page) -> None:
        """Keep a page at its address, and let those go that were kept first, until there is room."""
        if not page.is_kept or not self._bound:
            return
        with self._turn:
            before = self._pages.pop(address, None)
            self._pages[address] = page
            self._size -= before.counted if before else 0
            packed = sum(len(answer.body) for answer in page.answers.values())
            page.counted = 2_000 + 2 * sum(map(len, address)) + len(page.body) + packed
            self._size += page.counted
            while self._size > self._bound and len(self._pages) > 1:
                self._size -= self._pages.popitem(last=False)[1].counted
                # Whatever was remembered of it goes with it; what is still asked for is found at its address.
                self._forms = {}


def _address_of(environ: Environ) -> tuple[str, ...] | None:
    """What a public page follows from; None if it is none. What else the address has is left out."""
    path, query = get_path_info(environ), environ.get("QUERY_STRING", "")
    # What has been understood is remembered, if it is short: it takes as long as asking the database for a page.
    understand = _understand if len(path) + len(query) <= LONGEST_FORM else _understand.__wrapped__
    try:
        match, query = understand(path, query)
    except (Resolver404, ValueError):
        return None
    if query is None:
        return None
    environ[MATCH] = match
    served_as = (environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_PROTO", ""))
    return (path, query, "fragment" if asks_for_fragment(environ) else "page", *served_as)


def asks_for_fragment(environ: Environ) -> bool:
    """Whether htmx asks for a part of a page; when it restores a page for Back, it needs the whole."""
    return environ.get("HTTP_HX_REQUEST") == "true" and environ.get("HTTP_HX_HISTORY_RESTORE_REQUEST") != "true"


@lru_cache(maxsize=1_000)
def _understand(path: str, query: str) -> tuple[ResolverMatch, str | None]:
    """The view of an address, and of its query what the page follows from; None if it is no public page.

    Raises Resolver404, or ValueError for a query that is none.
    """
    match = resolve(path)
    parameters = getattr(match.func, "parameters", None)
    if parameters is None:
        return match, None
    # WSGI has the bytes of an address as characters (PEP 3333).
    asked = dict(parse_qsl(query.encode("latin-1").decode("utf-8", "replace"), max_num_fields=100))
    return match, urlencode([(name, asked[name]) for name in parameters if asked.get(name)])


_OF_ONE_READER = {"HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE"}


def _run(
    application: Application, environ: Environ, query: str, state: PublicState
) -> tuple[str, dict[str, str], bytes]:
    """What an application answers to the plain form of a request."""
    plain = environ | {"REQUEST_METHOD": "GET", "QUERY_STRING": query, STATE: state}
    for name in _OF_ONE_READER:
        plain.pop(name, None)
    answered: list[Any] = []
    chunks = application(plain, lambda *args: answered.extend(args))
    try:
        body = b"".join(chunks)
    finally:
        if close := getattr(chunks, "close", None):
            close()
    return answered[0], dict(answered[1]), body
