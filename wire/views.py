"""The public pages. Everything on them is read from editions and sections."""

from datetime import date

from django.core.paginator import InvalidPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template import loader
from django.views.decorators.http import require_safe

from dispatches import editions
from dispatches.editions import Cursor, Edition, EditionQuerySet, Section, SiteState
from dispatches.examples import work_examples
from dispatches.record import read_record
from dispatches.signal import RAISE_MEANS, RULES_VERSION, RUNG_MEANS, WHY_MEANS, Rung
from wire.caching import public, wants_fragment
from wire.charts import draw_bars, draw_steps
from wire.context import site
from wire.ledger import describe_ledger

# How many dispatches a page of a list has.
PAGE_SIZE = 20
CORRECTIONS_PER_PAGE = 30
# How many recent dispatches compete for the Top Stories, and how many are shown in which place.
TOP_STORIES_POOL = 60
SECONDS, OTHERS, LATEST = 4, 6, 8


@public
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
        },
    )


@public
def the_wire(request: HttpRequest) -> HttpResponse:
    """All dispatches, newest first."""
    return _listing(request, Edition.objects.for_wire(), "wire/wire.html", {})


@public
def section(request: HttpRequest, slug: str) -> HttpResponse:
    """The dispatches of one section, newest first."""
    chosen = get_object_or_404(Section, slug=slug)
    return _listing(
        request, Edition.objects.for_wire().filter(section=chosen), "wire/section.html", {"section": chosen}
    )


def _listing(
    request: HttpRequest, dispatches: EditionQuerySet, template: str, context: dict[str, object]
) -> HttpResponse:
    """A page of a list; htmx gets the page's part of the list alone."""
    before = None
    if place := request.GET.get("before"):
        try:
            before = Cursor.parse(place)
        except ValueError as error:
            raise Http404("No such place on the wire.") from error
        dispatches = dispatches.before(before)
    page = list(dispatches[: PAGE_SIZE + 1])
    older = page[PAGE_SIZE - 1].cursor if len(page) > PAGE_SIZE else None
    return render(
        request,
        "wire/_listing.html" if wants_fragment(request) else template,
        context | {"editions": page[:PAGE_SIZE], "before": before, "older": older},
    )


@public
def corrections(request: HttpRequest) -> HttpResponse:
    """Every correction, clarification, withdrawal and restoration that readers have been given, newest first."""
    pages = Paginator(Edition.objects.corrections().defer("body_html", "ledger", "developments"), CORRECTIONS_PER_PAGE)
    try:
        page = pages.page(request.GET.get("page", "1"))
    except InvalidPage as error:
        raise Http404("There is no such page of corrections.") from error
    return render(request, "wire/corrections.html", {"page": page})


@public
def dispatch(request: HttpRequest, dated: date, slug: str) -> HttpResponseBase:
    """A dispatch as it is now. An address it has had before leads to the one it has; a withdrawn one is gone (410)."""
    edition = _edition_at(dated, slug)
    if edition.slug != slug:
        return redirect(edition, permanent=True)
    if edition.is_withdrawn:
        return render(request, "wire/withdrawn.html", {"edition": edition}, status=410)
    return render(request, "wire/dispatch.html", {"edition": edition})


@public
def history(request: HttpRequest, dated: date, slug: str) -> HttpResponseBase:
    """What readers have been given of a dispatch so far: its editions and the steps of its Signal."""
    edition = _edition_at(dated, slug)
    if edition.slug != slug:
        return redirect("history", edition.dated, edition.slug, permanent=True)
    return render(request, "wire/history.html", {"edition": edition, "chart": draw_steps(edition.signal_steps)})


@public
def signal_ledger(request: HttpRequest, dated: date, slug: str) -> HttpResponseBase:
    """The public ledger of a dispatch as JSON: enough to recompute its rating with `python -m dispatches.signal`."""
    edition = _edition_at(dated, slug)
    if edition.slug != slug:
        return redirect("signal-ledger", edition.dated, edition.slug, permanent=True)
    return JsonResponse(
        describe_ledger(edition),
        status=410 if edition.is_withdrawn else 200,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )


def _edition_at(dated: date, slug: str) -> Edition:
    """The current edition of the dispatch that has, or once had, this address; what never was public is not found."""
    known = Edition.objects.seen().filter(dated=dated, slug=slug).values_list("dispatch", flat=True)[:1]
    return get_object_or_404(Edition.objects.live().select_related("section"), dispatch__in=list(known))


@public
def signal(request: HttpRequest) -> HttpResponse:
    """What the Signal means, in the words of the rules that compute it; and its record."""
    return render(
        request,
        "wire/signal.html",
        {
            "rungs": [(rung, means) for rung, means in RUNG_MEANS.items() if rung is not Rung.UNRATED],
            "reasons": WHY_MEANS.values(),
            "raises": RAISE_MEANS.values(),
            "examples": work_examples(),
            "bars": draw_bars(read_record()),
            "rules_version": RULES_VERSION,
        },
    )


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: the process answers."""
    response = HttpResponse("ok\n", content_type="text/plain")
    response["Cache-Control"] = "no-store"
    return response


# Errors. Readers get words and a way on; nothing of what went wrong inside.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(
        400,
        "That request could not be read",
        "The address or the form had something in it that this site does not understand. Go back and try again.",
    )


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    return _error(
        403,
        "That is not open to you",
        "You may need to log in again, or this page may belong to the desk. If you were sending a form, go back, "
        "copy what you typed, reload the page and send it once more.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(
        404,
        "There is nothing at this address",
        "The address may be mistyped, or the dispatch was never published. What was published keeps its address.",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    return _error(
        500,
        "Something went wrong on our side",
        "Please try again in a minute. What is published is not lost.",
    )


def _error(status: int, title: str, text: str) -> HttpResponse:
    # Only the installation's own words: an error page must not need the database that may be what failed.
    context = site() | {"status": status, "title": title, "text": text}
    response = HttpResponse(loader.render_to_string("error.html", context), status=status)
    response["Cache-Control"] = "no-store"
    return response
