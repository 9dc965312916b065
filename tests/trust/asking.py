"""Ask a world everything a reader can ask: every public address, in every way."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from random import Random
from typing import NamedTuple
from unittest.mock import patch
from urllib.parse import urlencode

from django.conf import settings
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections
from django.urls import reverse
from django.utils import timezone
from public_addresses import public_addresses
from readers import environ_of

from dispatches.public.announcing import announcements
from wire import wsgi
from wire.cache.fragments import fragments
from wire.cache.pagecache import Application, PageCache
from wire.documents.addresses import absolute
from wire.shares import Share
from wire.times import format_time

WAYS = {
    "GET": {},
    "HEAD": {"method": "HEAD"},
    "POST": {"method": "POST"},
    "OPTIONS": {"method": "OPTIONS"},
    "GET by htmx": {"hx_request": "true"},
    "GET with cookies": {"cookie": "sessionid=x", "authorization": "Basic x"},
}
# Documents and images, which htmx never asks for and which take long to make.
NEVER_BY_HTMX = {
    *("card", "ninjs", "oembed", "items"),
    *("wire-feed", "section-feed", "story-feed", "corrections-feed", "signal-feed"),
}
Answer = tuple[str, list[tuple[str, str]], bytes]


class Question(NamedTuple):
    """A request: the name of its route, its address, and one of WAYS."""

    route: str
    address: str
    way: str


@cache
def others() -> Application:
    return wsgi.OtherAddresses(WSGIHandler())


@contextmanager
def keeping_connections() -> Iterator[None]:
    """Let requests leave the database connection open, on whose transaction the world is."""
    ends = (signals.request_started, signals.request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    try:
        with patch.object(wsgi, "close_old_connections"):
            yield
    finally:
        for signal in ends:
            signal.connect(close_old_connections)


def new_site(pages: Application | None = None) -> PageCache:
    """Return the site with an empty cache, which reads the state again; with other public pages, if given."""
    fragments.clear()
    bound = settings.WIRE_PAGE_CACHE_MB * 1_000_000
    share = Share(active=4, waiting=16)
    return PageCache(others(), pages or wsgi.PublicPages(), announcements(), wsgi.read_state, bound, share)


def ask(site: Application, address: str, method: str = "GET", **headers: str) -> Answer:
    """Return the whole response: its status, its headers in their order, and its bytes."""
    answered: list = []
    chunks = site(environ_of(address, method, **headers), lambda *given: answered.extend(given))
    content = b"".join(chunks)
    if close := getattr(chunks, "close", None):
        close()
    return answered[0], answered[1], content


def addresses(random: Random, hidden_slug: str, queries: list[str]) -> Iterator[tuple[str, str]]:
    """Yield addresses with the names of their routes: all examples, searches, and some that may not exist."""
    for route, examples in public_addresses().items():
        # Images take long to draw, and show nothing that a page does not.
        yield from ((route, each) for each in (examples[:1] if route == "card" else examples))
    for query in queries:
        further = random.choice([{}, {"order": "newest"}, {"section": "the-square"}, {"signal": "developing"}])
        yield "search", "/search/?" + urlencode({"q": query} | further)
    today, soon = timezone.localdate(), timezone.localdate() + timedelta(days=random.randint(1, 40))
    for dated in (today, soon):
        names = [hidden_slug.format(random.randint(1, 4)), "d-3"]
        for slug in names:
            for route in ("dispatch", "history", "ninjs", "signal-ledger", "embed"):
                yield route, reverse(route, args=[dated, slug])
    yield "newer", reverse("newer", args=[today, names[0]]) + "?edition=0"
    yield "card", reverse("card", args=[today, names[0], 1])
    yield "oembed", f"{reverse('oembed')}?{urlencode({'url': absolute(reverse('dispatch', args=[today, names[0]]))})}"
    yield "dispatch", reverse("dispatch", args=[today, "d-0"]) + f"?at={format_time(timezone.now())}"
    for route in ("day", "month", "year"):
        yield route, reverse(route, args=[soon.year if route == "year" else soon.replace(day=1)])
    yield "sitemap", reverse("sitemap", args=[soon.year * 100 + soon.month])
    yield "wire", f"/wire/?before={int(timezone.now().timestamp())}_0"
    yield "no route", "/no/such/page/"
    yield "desk", f"/desk/dispatches/dispatch/{random.randint(1, 9)}/change/"


def questions(random: Random, hidden_slug: str, queries: list[str]) -> list[Question]:
    found = dict.fromkeys(addresses(random, hidden_slug, queries))
    return [
        Question(route, address, way)
        for route, address in found
        for way in WAYS
        if way != "GET by htmx" or route not in NEVER_BY_HTMX
    ]


def answers(site: Application, asked: list[Question]) -> dict[Question, Answer]:
    return {each: ask(site, each.address, **WAYS[each.way]) for each in asked}
