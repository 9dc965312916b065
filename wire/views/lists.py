"""The lists of dispatches: the Top Stories, the wire, its sections, its stories, its days."""

from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from dispatches import editions
from dispatches.editions import Cursor, Edition, EditionQuerySet, Section, SiteState
from wire.archive import Month, Year
from wire.caching import public, wants_fragment
from wire.errors import NothingHere
from wire.filters import Filter, offered_signals
from wire.fragments import cards_of, fragments

# How many dispatches a page of a list has.
PAGE_SIZE = 20
# How many recent dispatches compete for the Top Stories, and how many are shown in which place.
TOP_STORIES_POOL = 60
SECONDS, OTHERS, LATEST = 4, 6, 8
# Where a list stands in its frame.
HERE = mark_safe("<!--here-->")
# The place on the wire that everything comes after.
THE_BEGINNING = Cursor(datetime.fromisoformat("1900-01-01T00:00:00+00:00"), 0)


@public()
def top_stories(request: HttpRequest) -> HttpResponse:
    """The lead that the desk has pinned, or else the first by rank; the others by rank; and the newest of all."""
    newest = list(Edition.objects.for_wire()[:TOP_STORIES_POOL])
    ranked = editions.top_stories(newest)
    pinned = SiteState.objects.values_list("lead", flat=True).first()
    lead = next((edition for edition in ranked if edition.dispatch_id == pinned), None)
    if pinned and lead is None:
        lead = Edition.objects.for_wire().filter(dispatch=pinned).first()
    lead = lead or next(iter(ranked), None)
    others = [edition for edition in ranked if edition != lead]
    return render(
        request,
        "wire/top_stories.html",
        {
            "lead": lead,
            "seconds": others[:SECONDS],
            "others": others[SECONDS : SECONDS + OTHERS],
            "latest": newest[:LATEST],
            "new": Filter().on_the_wire(after=newest[0].cursor if newest else THE_BEGINNING),
        },
    )


@public("section", "signal", "before")
def the_wire(request: HttpRequest) -> HttpResponse:
    """All dispatches, or those of a section or a Signal, newest first."""
    return _listing(request, "wire/wire.html", Filter.read(request.GET), Edition.objects.for_wire(), is_live=True)


@public("signal", "before")
def section(request: HttpRequest, slug: str) -> HttpResponse:
    """The dispatches of one section, newest first."""
    found = get_object_or_404(Section, slug=slug)
    chosen = Filter.read_within(found, request.GET)
    return _listing(request, "wire/section.html", chosen, Edition.objects.for_wire(), section=found, is_live=True)


@public("before")
def story(request: HttpRequest, slug: str) -> HttpResponse:
    """The dispatches on one story, newest first."""
    dispatches = Edition.objects.for_wire().filter(story=slug)
    name = dispatches.values_list("story_name", flat=True).first()
    if name is None:
        raise NothingHere("There is no such story.")
    return _listing(request, "wire/story.html", Filter(), dispatches, name=name or slug, slug=slug)


@public("before")
def year(request: HttpRequest, year: int) -> HttpResponse:
    """The dispatches of a year, and its months."""
    period = Year(year)
    return _listing(request, "wire/year.html", Filter(), period.dispatches, period=period)


@public("before")
def month(request: HttpRequest, month: date) -> HttpResponse:
    """The dispatches of a month, and its days."""
    period = Month(month)
    return _listing(request, "wire/month.html", Filter(), period.dispatches, period=period)


@public("before")
def day(request: HttpRequest, dated: date) -> HttpResponse:
    """The dispatches of a day, and the ways to the days before and after that have some."""
    wire = Edition.objects.for_wire()
    return _listing(
        request,
        "wire/day.html",
        Filter(),
        wire.dated_within(dated, dated),
        dated=dated,
        earlier=wire.filter(dated__lt=dated).order_by("-dated").values_list("dated", flat=True).first(),
        later=wire.filter(dated__gt=dated).order_by("dated").values_list("dated", flat=True).first(),
    )


def _listing(
    request: HttpRequest, template: str, chosen: Filter, dispatches: EditionQuerySet, **context: object
) -> HttpResponse:
    """A page of a list; htmx gets the page's part of the list alone."""
    before = read_place(request, "before")
    dispatches = chosen.apply(dispatches)
    places = list((dispatches.before(before) if before else dispatches).places()[: PAGE_SIZE + 1])
    cards = cards_of(request, [place[0] for place in places[:PAGE_SIZE]], heading=3, time_format="H:i")
    cursors = [Cursor(published_at, dispatch_id) for _, _, published_at, dispatch_id in places]
    older = cursors[PAGE_SIZE - 1] if len(places) > PAGE_SIZE else None
    context |= {"filter": chosen, "signals": offered_signals(), "before": before}
    part = {
        "cards": [(place[1], card) for place, card in zip(places, cards, strict=False)],
        "older": chosen.in_address(before=older) if older else "",
        "older_id": older,
        "new": "" if before else chosen.on_the_wire(after=cursors[0] if cursors else THE_BEGINNING),
    }
    listing = render_to_string("wire/_listing.html", context | part, request)
    if wants_fragment(request):
        return HttpResponse(listing)
    if not context.get("is_live"):
        return render(request, template, context | {"listing": listing})
    # What stands around a list of the wire follows from its address alone, and the sections.
    frame = fragments.get(
        request,
        ("frame", request.path, chosen, bool(before)),
        lambda: render_to_string(template, context | {"listing": HERE}, request),
    )
    return HttpResponse(frame.replace(HERE, listing))


@public("section", "signal", "after")
def new(request: HttpRequest) -> HttpResponse:
    """A line that says how many dispatches have come since a place on the wire; empty, if none has."""
    after = read_place(request, "after")
    if after is None:
        raise NothingHere("Say after which place on the wire.")
    chosen = Filter.read(request.GET)
    count = chosen.apply(Edition.objects.for_wire()).after(after)[: PAGE_SIZE + 1].count()
    if not count:
        return HttpResponse()
    context = {"count": min(count, PAGE_SIZE), "is_more": count > PAGE_SIZE, "filter": chosen}
    return render(request, "wire/_new.html", context)


def read_place(request: HttpRequest, name: str) -> Cursor | None:
    """The place in a list that an address names, if it names one. Raises NothingHere for what is none."""
    if not (place := request.GET.get(name)):
        return None
    try:
        return Cursor.parse(place)
    except ValueError as error:
        raise NothingHere("No such place on the wire.") from error
