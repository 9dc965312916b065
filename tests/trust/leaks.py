"""Leaks that are planted, to see that the proof about paired worlds finds each kind of them."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone

from dispatches.desk import indexing
from dispatches.models import Citation, Comment, Development, Dispatch
from dispatches.public.models import Edition
from sources.independence import CONFIDENTIAL_LABEL
from sources.models import Proposal, Report, Source
from tests.trust.asking import Answer, ask, new_site
from tests.trust.hidden import KINDS, MAY_MOVE
from tests.trust.tally import Tally
from tests.trust.world import World
from tests.trust.worlds import a_world, compare_some
from wire import wsgi
from wire.cache.pagecache import Application
from wire.cache.requests import MATCH
from wire.cache.responses import Page
from wire.views import lists

# Not every pair of worlds shows every leak: a grade may be the same in both. Compare up to this many.
TRIES = 6


def _of_sources(*names: str) -> Callable[[], QuerySet]:
    return lambda: Source.objects.filter(is_confidential=True).order_by("pk").values_list(*names)


def _of_reports(*names: str) -> Callable[[], QuerySet]:
    return lambda: Report.objects.order_by("said_at", "pk").values_list(*names)


# For each kind of difference, a query for the hidden values that a planted leak shows.
SECRETS: dict[str, Callable[[], QuerySet]] = {
    "names": _of_sources("name"),
    "kinds": _of_sources("kind"),
    "owners": _of_sources("owner"),
    "grades": _of_sources("grade"),
    "notes": _of_sources("notes"),
    "labels": _of_sources("public_label"),
    "aliases": _of_sources("folded_aliases"),
    "texts": _of_reports("title", "text", "url", "byline"),
    "who": _of_reports("source"),
    "relays": _of_reports("basis", "relays", "credits"),
    "people": _of_reports("filed_by", "reviewed_by"),
    "ids": lambda: Dispatch.objects.order_by("pk").values_list("headline"),
    "drafts": lambda: Dispatch.objects.filter(submitted_at__isnull=False).values_list("headline"),
    "edits": lambda: Dispatch.objects.filter(has_unpublished_changes=True).values_list("slug"),
    "schedules": lambda: Edition.objects.filter(live_at__gt=timezone.now()).values_list("headline"),
    "canceled": lambda: Edition.objects.filter(superseded_at=F("live_at")).values_list("headline"),
    "pending": lambda: Report.objects.exclude(review="accepted").values_list("review"),
    "others": lambda: Source.objects.order_by().values_list("grade"),
    "proposals": lambda: Proposal.objects.values_list("state"),
    "changes": _of_sources("name", "notes"),
    "set aside": lambda: Dispatch.objects.filter(set_aside_at__isnull=False).values_list("desk_note"),
    "teamwork": lambda: Comment.objects.values_list("text"),
    "lines": lambda: Development.objects.order_by("pk").values_list("text"),
    "expunged drafts": lambda: Dispatch.objects.filter(expunged_at__isnull=False).values_list("set_aside_at"),
}


def showing(kind: str, route: str, place: str) -> Callable[[], Application]:
    """Make public pages that show what is hidden, on one route: in its bytes, or in the values or order of headers."""

    def pages() -> Application:
        real = wsgi.PublicPages()

        def leaking(environ: dict, start_response: Callable) -> list[bytes]:
            answered: list = []
            body = b"".join(real(environ, lambda *given: answered.extend(given)))
            status, headers = answered
            if environ[MATCH].url_name == route:
                secret = str(list(SECRETS[kind]()))
                match place:
                    case "bytes":
                        body += secret.encode()
                    case "header":
                        headers.append(("X-Secret", secret.encode().hex()))
                    case "order":
                        headers.sort(key=lambda header: hash((header[0], secret)))
            start_response(status, headers)
            return [body]

        return leaking

    return pages


# Where a secret is shown: on routes that have an address in every world, and in a part of the response.
ROUTES = ["top-stories", "wire", "search", "wire-feed", "items", "signal", "corrections", "sitemap-pages", "robots"]
PLACES = ["bytes", "header", "order"]


@contextmanager
def a_ledger_that_shows_grades() -> Iterator[None]:
    shown = property(lambda source: f"{CONFIDENTIAL_LABEL} {source.grade}" if source.is_confidential else source.name)
    with patch.object(Source, "public_name", shown):
        yield


@contextmanager
def a_page_that_shows_drafts() -> Iterator[None]:
    render = lists._render_top_stories

    def with_drafts(*given: object) -> str:
        return render(*given) + str(list(Dispatch.objects.filter(publication=None).values_list("headline")))

    with patch.object(lists, "_render_top_stories", with_drafts):
        yield


@contextmanager
def a_search_that_counts_what_is_scheduled() -> Iterator[None]:
    with patch.object(indexing, "index_when_live", indexing._index_edition):
        yield


@contextmanager
def a_tag_that_depends_on_an_id() -> Iterator[None]:
    encode = Page._encode

    def tagged(page: Page, encoding: str, body: bytes) -> object:
        answer = encode(page, encoding, body)
        first = Dispatch.objects.order_by("slug").values_list("pk").first()
        headers = [(name, f"{value}{first}" if name == "ETag" else value) for name, value in answer.headers]
        return answer._replace(headers=headers)

    with patch.object(Page, "_encode", tagged):
        yield


@contextmanager
def an_order_by_internal_ids() -> Iterator[None]:
    cited = type(Citation.objects.all())
    for_rating = cited.for_rating
    with patch.object(cited, "for_rating", lambda rows: for_rating(rows).order_by("report_id")):
        yield


# Leaks as they might come about, each with the kind of difference that shows it.
MISTAKES: dict[Callable[[], AbstractContextManager], str] = {
    a_ledger_that_shows_grades: "grades",
    a_page_that_shows_drafts: "drafts",
    a_search_that_counts_what_is_scheduled: "schedules",
    a_tag_that_depends_on_an_id: "ids",
    an_order_by_internal_ids: "ids",
}


def find_shown(seed: int, tally: Tally) -> None:
    """Show each kind of secret on some route, in some place, and see that the worlds that differ in it look different.

    The pages that do not show it must look the same in these worlds.
    """
    planted = {kind: (ROUTES[number % len(ROUTES)], PLACES[number % len(PLACES)]) for number, kind in enumerate(KINDS)}
    missing = dict.fromkeys(KINDS)
    for number in range(seed, seed + TRIES):
        with a_world(number, frozenset()) as world:
            signals = world.signals()
            first = {kind: _ask_with_and_without(world, kind, *planted[kind]) for kind in missing}
        for kind in list(missing):
            with a_world(number, frozenset({kind})) as world:
                if kind in MAY_MOVE and world.signals() != signals:
                    continue
                (shown, hidden), before = _ask_with_and_without(world, kind, *planted[kind]), first[kind]
            if shown != before[0] and hidden == before[1]:
                del missing[kind]
    for kind in KINDS:
        tally.note(kind not in missing, lambda: f"not found: {kind} shown on {planted[kind]}")  # noqa: B023


def _ask_with_and_without(world: World, kind: str, route: str, place: str) -> tuple[Answer, Answer]:
    address = reverse(route, args=["atom"] if route.endswith("-feed") else [])
    return ask(new_site(showing(kind, route, place)()), address), ask(new_site(), address)


def is_found(kind: str, seed: int, leak: AbstractContextManager, only: set[str]) -> bool:
    """Return True if comparing worlds that differ in `kind` finds this leak. Only these routes are asked."""
    tally = Tally()
    with leak:
        for number in range(TRIES):
            compare_some(seed + number, [frozenset({kind})], tally, Counter(), only)
            if tally.held < tally.tried:
                return True
    return False


def find_leaks(seed: int) -> Tally:
    """Plant a leak of each kind, each on another route and in another place, and see that it is found."""
    tally = Tally()
    find_shown(seed, tally)
    for leak, kind in MISTAKES.items():
        found = is_found(kind, seed, leak(), {"top-stories", "search", "signal-ledger"})
        tally.note(found, lambda: f"not found: {leak.__name__}")  # noqa: B023
    return tally
