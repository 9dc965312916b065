"""Lists of dispatches: Top Stories, the wire, sections, stories, archive."""

from collections.abc import Callable, Hashable
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.timezone import localdate

from dispatches.public import prepared, reading, surface
from dispatches.public.models import Edition, Section, SiteState
from dispatches.public.querysets import CARD_FIELDS, Cursor, Days, EditionQuerySet
from wire.cache.fragments import cards_of, fragments
from wire.cache.policy import SHORT_LIVED, public, wants_fragment
from wire.documents.addresses import absolute
from wire.documents.jsonld import describe_list
from wire.errors import NotFound
from wire.views.archive import Month, Year, day_after, day_before
from wire.views.filters import Filter, offered_signals

# Dispatches on a page of a list.
PAGE_SIZE = 20
# Candidates for Top Stories, and how many are shown in each group.
TOP_STORIES_POOL = 60
SECONDARY_COUNT, OTHER_COUNT, LATEST_COUNT = 4, 6, 8
# A position above every dispatch.
THE_BEGINNING = Cursor(datetime.fromisoformat("1900-01-01T00:00:00+00:00"), 0)

# Placeholder for the list in its page.
_LISTING = SafeString("<!--listing-->")


@public()
def top_stories(request: HttpRequest) -> HttpResponse:
    """The pinned lead, or the first by rank; the next by rank; and the newest."""
    now = surface.now()
    newest = [pk for (pk,) in prepared.ask("newest", _newest, now)]
    pinned = next((pk for (pk,) in prepared.ask("pinned", _pinned, now)), None)
    # The page depends on these editions only.
    key = (request.path, pinned, *newest)
    return HttpResponse(fragments.get(request, key, lambda: _render_top_stories(request, newest, pinned)))


def _newest(now: datetime) -> QuerySet:
    return Edition.objects.for_wire(now).values_list("pk")[:TOP_STORIES_POOL]


def _pinned(now: datetime) -> QuerySet:
    pinned = SiteState.objects.values("lead")[:1]
    return Edition.objects.for_wire(now).order_by().filter(publication=pinned).values_list("pk")[:1]


def _render_top_stories(request: HttpRequest, newest: list[int], pinned: int | None) -> str:
    found = Edition.objects.order_by().only(*CARD_FIELDS).in_bulk(newest)
    latest = [found[pk] for pk in newest]
    ranked = [edition.pk for edition in reading.top_stories(latest)]
    if pinned:
        ranked = [pinned, *(pk for pk in ranked if pk != pinned)]
    # Every dispatch once: the first by rank, the newest of the rest, and the next by rank.
    top = ranked[: 1 + SECONDARY_COUNT]
    beside = [edition for edition in latest if edition.pk not in top][:LATEST_COUNT]
    shown = {*top, *(edition.pk for edition in beside)}
    others = [pk for pk in ranked if pk not in shown][:OTHER_COUNT]
    # The page's head names the day of the newest dispatch, so dispatches of that day show only their time.
    of_day = {each.pk for each in latest if localdate(each.published_at) == localdate(latest[0].published_at)}
    cards = {
        pk: card
        for time_format, chosen in (
            ("H:i", [pk for pk in (*top, *others) if pk in of_day]),
            ("F j, H:i", [pk for pk in (*top, *others) if pk not in of_day]),
        )
        for pk, card in zip(chosen, cards_of(request, chosen, heading=2, time_format=time_format), strict=True)
    }
    after = latest[0].cursor if latest else THE_BEGINNING
    context = {
        "lead": SafeString("".join(cards[pk] for pk in top[:1])),
        "seconds": SafeString("".join(cards[pk] for pk in top[1:])),
        "others": SafeString("".join(cards[pk] for pk in others)),
        "latest": beside,
        "canonical": absolute(request.path),
        "items": describe_list(
            [found[pk].get_absolute_url() for pk in top if pk in found]
            + [edition.get_absolute_url() for edition in beside]
        ),
        "day": latest[0].published_at if latest else None,
        "of_day": of_day,
        "look": Filter().on_the_wire(after=after),
    }
    return render_to_string("wire/top_stories.html", context, request)


@public("section", "signal", "before")
def the_wire(request: HttpRequest) -> HttpResponse:
    """All dispatches, or those of a section or Signal, newest first."""
    return _wire(request, "wire/wire.html", Filter.read(request.GET))


@public("signal", "before")
def section(request: HttpRequest, slug: str) -> HttpResponse:
    """The dispatches of one section, newest first."""
    found = get_object_or_404(Section, slug=slug)
    return _wire(request, "wire/section.html", Filter.read_within(found, request.GET), section=found)


def _wire(request: HttpRequest, template: str, chosen: Filter, **context: object) -> HttpResponse:
    """A list that is extended while it is read: it polls for new dispatches."""
    before, is_fragment = read_place(request, "before"), wants_fragment(request)
    edition_ids = _ask_for_editions(chosen, before)
    # The page cache has removed parameters that are not read.
    shown = (request.path, request.META["QUERY_STRING"])

    def render_listing() -> str:
        rows = prepared.ask(("places", len(edition_ids)), _places, *edition_ids) if edition_ids else []
        found = {row[0]: row for row in rows}
        places = [found[each] for each in edition_ids]
        newest = Cursor(*places[0][2:4]) if places else THE_BEGINNING
        return _render_listing(request, chosen, places, before, "" if before else chosen.on_the_wire(after=newest))

    def render_frame() -> str:
        choices = {
            "filter": chosen,
            "signals": offered_signals(),
            "before": before,
            "listing": _LISTING,
            "canonical": absolute(request.path + chosen.in_address(before=before)),
        }
        return render_to_string(template, context | choices, request)

    # The list depends on the editions shown, the page around it on the filter; neither on the rest of the site's
    # state.
    def cached(key: Hashable, render: Callable[[], str]) -> bytes:
        # Readers can make up any number of positions, whose lists must not displace other fragments.
        return render().encode() if before else fragments.get(request, key, render)

    listing = cached((*shown, *edition_ids), render_listing)
    if is_fragment:
        return HttpResponse(listing)
    return HttpResponse(cached(("around", *shown), render_frame).replace(_LISTING.encode(), listing))


def _places(*edition_ids: int) -> QuerySet:
    return Edition.objects.filter(pk__in=edition_ids).order_by().places()


def _ask_for_editions(chosen: Filter, before: Cursor | None) -> list[int]:
    """Return the ids of one page of the wire plus one more. The most frequent query; one per kind of list."""

    shown, place = chosen.values(surface.now()), before or ()

    def build(*values: Any) -> QuerySet:
        dispatches = chosen.live(*values[: len(shown)])
        if place:
            dispatches = dispatches.before(Cursor(*values[len(shown) :]))
        return dispatches.values_list("pk")[: PAGE_SIZE + 1]

    rows = prepared.ask(("wire", chosen.kind, bool(place), PAGE_SIZE), build, *shown, *place)
    return [pk for (pk,) in rows]


@public("before")
def story(request: HttpRequest, slug: str) -> HttpResponse:
    """The dispatches of one story, newest first."""
    dispatches = Edition.objects.for_wire().filter(story=slug)
    name = dispatches.values_list("story_name", flat=True).first()
    if name is None:
        raise NotFound("There is no such story.")
    return _archive(request, "wire/story.html", dispatches, name=name or slug, slug=slug)


@public("before")
def year(request: HttpRequest, year: int) -> HttpResponse:
    """The dispatches of a year, and its months."""
    period = Year(year)
    return _archive(request, "wire/year.html", period.dispatches, period=period)


@public("before")
def month(request: HttpRequest, month: date) -> HttpResponse:
    """The dispatches of a month, and its days."""
    period = Month(month)
    return _archive(request, "wire/month.html", period.dispatches, period=period)


@public("before")
def day(request: HttpRequest, dated: date) -> HttpResponse:
    """The dispatches of a day, with links to the closest days that have any."""
    return _archive(
        request,
        "wire/day.html",
        Edition.objects.for_wire().dated_within(Days.between(dated, dated)),
        dated=dated,
        earlier=day_before(dated),
        later=day_after(dated),
    )


def _archive(request: HttpRequest, template: str, dispatches: EditionQuerySet, **context: object) -> HttpResponse:
    """A list of a past period, or one that does not poll for new dispatches."""
    before = read_place(request, "before")
    places = list((dispatches.before(before) if before else dispatches).places()[: PAGE_SIZE + 1])
    listing = _render_listing(request, Filter(), places, before)
    if wants_fragment(request):
        response = HttpResponse(listing)
    else:
        canonical = absolute(request.path + Filter().in_address(before=before))
        response = render(request, template, context | {"before": before, "listing": listing, "canonical": canonical})
    if not places:
        # There are a million days without dispatches. Their pages must not displace others from the page cache.
        response["Cache-Control"] = SHORT_LIVED
    return response


def _render_listing(
    request: HttpRequest, chosen: Filter, places: list[tuple], before: Cursor | None, look: str = ""
) -> str:
    """Render the list itself, with a link to more if there is one dispatch more than fits on a page."""
    cards = cards_of(request, [place[0] for place in places[:PAGE_SIZE]], heading=3, time_format="H:i")
    older = Cursor(*places[PAGE_SIZE - 1][2:4]) if len(places) > PAGE_SIZE else None
    by_day = groupby(zip(places, cards, strict=False), key=lambda each: each[0][1])
    return render_to_string(
        "wire/_listing.html",
        {
            "days": [(day, SafeString("".join(card for _, card in of_day))) for day, of_day in by_day],
            "before": before,
            "older": chosen.in_address(before=older) if older else "",
            "older_id": older,
            "look": look,
            "shown": chosen.dispatches if chosen.words else "",
            "items": describe_list([reverse("dispatch", args=[place[1], place[4]]) for place in places[:PAGE_SIZE]]),
        },
    )


@public("section", "signal", "after")
def new(request: HttpRequest) -> HttpResponse:
    """A notice of how many dispatches are new since a position on the wire; empty for none."""
    after = read_place(request, "after")
    if after is None:
        raise NotFound("The position on the wire is missing.")
    chosen = Filter.read(request.GET)
    count = chosen.live(*chosen.values(surface.now())).after(after)[: PAGE_SIZE + 1].count()
    if not count:
        return HttpResponse()
    context = {"count": min(count, PAGE_SIZE), "is_more": count > PAGE_SIZE, "filter": chosen}
    return render(request, "wire/_new.html", context)


def read_place(request: HttpRequest, name: str) -> Cursor | None:
    """Parse the position in an address, if there is one. Raises NotFound for an invalid one."""
    if not (place := request.GET.get(name)):
        return None
    try:
        return Cursor.parse(place)
    except ValueError as error:
        raise NotFound("There is no such position on the wire.") from error
