"""The feeds, and the page that explains them."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import http_date

from dispatches.public.models import Edition, Section
from dispatches.public.querysets import EditionQuerySet
from dispatches.public.reading import read_together
from dispatches.public.wording import Rung
from wire.cache.policy import public
from wire.documents.addresses import absolute
from wire.documents.feeds import FORMATS, Entry, Feed, correction_entries, dispatch_entries, signal_entries
from wire.documents.ninjs import describe_item
from wire.errors import NotFound
from wire.views.filters import Filter
from wire.views.lists import read_place

# The number of entries in a feed, and of items in a page of the ninjs list.
FULL_TEXTS, NOTICES, ITEMS = 30, 60, 50

# The lowest rungs whose Signal changes have a feed.
FOLLOWED = [Rung.DEVELOPING, Rung.STRONG, Rung.CONFIRMED]


@public()
def wire_feed(request: HttpRequest, kind: str) -> HttpResponse:
    """The whole wire, latest significant changes first."""
    return _answer(
        request,
        kind,
        title=settings.WIRE_SITE_NAME,
        description=f"Sourced dispatches from {settings.WIRE_DESK_NAME}, each rated by its independent sources.",
        page=reverse("wire"),
        entries=dispatch_entries(request, Edition.objects.for_feeds()[:FULL_TEXTS]),
    )


@public()
def section_feed(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """One section."""
    section = get_object_or_404(Section, slug=slug)
    return _answer(
        request,
        kind,
        title=f"{section.name} · {settings.WIRE_SITE_NAME}",
        description=f"{section.beat}. {section.description}".strip(),
        page=section.get_absolute_url(),
        entries=dispatch_entries(request, Edition.objects.for_feeds().filter(section=section)[:FULL_TEXTS]),
    )


@public()
def story_feed(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """One story."""
    editions = list(Edition.objects.for_feeds().filter(story=slug)[:FULL_TEXTS])
    if not editions:
        raise NotFound("There is no such story.")
    name = editions[0].story_name or slug
    return _answer(
        request,
        kind,
        title=f"{name} · {settings.WIRE_SITE_NAME}",
        description=f"Every dispatch of the story “{name}”.",
        page=reverse("story", args=[slug]),
        entries=dispatch_entries(request, editions),
    )


@public()
def corrections_feed(request: HttpRequest, kind: str) -> HttpResponse:
    """All correction notices."""
    return _answer(
        request,
        kind,
        title=f"Corrections · {settings.WIRE_SITE_NAME}",
        description="Corrections, clarifications and withdrawals.",
        page=reverse("corrections"),
        entries=correction_entries(_notices(Edition.objects.corrections())),
    )


@public()
def signal_feed(request: HttpRequest, rung: str, kind: str) -> HttpResponse:
    """Every Signal change to or from a rung that is at least this one."""
    chosen = next((each for each in FOLLOWED if each.name.lower() == rung), None)
    if chosen is None:
        raise NotFound("There is no Signal of this name.")
    changes = Edition.objects.signal_changes().filter(Q(rung__gte=chosen) | Q(rung_before__gte=chosen))
    return _answer(
        request,
        kind,
        title=f"Signal changes: {chosen.word} or higher · {settings.WIRE_SITE_NAME}",
        description=f"Each time a dispatch reaches {chosen.word}, moves above it, or falls below it.",
        page=reverse("signal"),
        entries=signal_entries(_notices(changes)),
    )


def _notices(editions: EditionQuerySet) -> list[Edition]:
    return list(editions.select_related("section").defer("body_html", "ledger", "developments")[:NOTICES])


def _answer(
    request: HttpRequest, kind: str, *, title: str, description: str, page: str, entries: Sequence[Entry]
) -> HttpResponse:
    if kind not in FORMATS:
        raise NotFound("There is no such kind of feed.")
    _, media_type, write = FORMATS[kind]
    feed = Feed(title, description, absolute(page), absolute(request.path), entries)
    response = HttpResponse(write(feed), content_type=media_type)
    if feed.updated:
        response["Last-Modified"] = http_date(feed.updated.timestamp())
    if settings.WIRE_WEBSUB_HUB:
        response["Link"] = f'<{settings.WIRE_WEBSUB_HUB}>; rel="hub", <{feed.address}>; rel="self"'
    return response


@public()
def following(request: HttpRequest) -> HttpResponse:
    """What can be followed, and how."""
    sections = [(each.name, reverse("section-feed", args=[each.slug, "x"])[:-2]) for each in Section.objects.all()]
    signals = [(f"Signal changes: {rung.word} or higher", f"/feeds/signal/{rung.name.lower()}") for rung in FOLLOWED]
    return render(
        request,
        "wire/following.html",
        {
            "feeds": [
                ("The Wire", "/feeds/wire"),
                *sections,
                ("Corrections", "/feeds/corrections"),
                *signals,
            ],
            "kinds": [(kind, name) for kind, (name, _, _) in FORMATS.items()],
            "hub": settings.WIRE_WEBSUB_HUB,
        },
    )


@public("section", "signal", "before")
def items(request: HttpRequest) -> JsonResponse:
    """Dispatches as ninjs, newest first, in pages; `next` is the address of the next page, or null."""
    chosen, before = Filter.read(request.GET), read_place(request, "before")
    dispatches = chosen.narrow(Edition.objects.for_machines())
    page = list((dispatches.before(before) if before else dispatches)[: ITEMS + 1])
    following = chosen.in_address(before=page[ITEMS - 1].cursor) if len(page) > ITEMS else None
    return JsonResponse(
        {
            "items": [describe_item(edition) for edition in read_together(page[:ITEMS])],
            "next": absolute(request.path + following) if following else None,
        },
        json_dumps_params={"ensure_ascii": False},
    )
