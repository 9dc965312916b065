"""The pages of a dispatch: current, past editions, history; and its data for machines and other sites."""

from datetime import date, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as format_date

from dispatches.public import surface
from dispatches.public.models import Edition
from dispatches.public.querysets import CARD_FIELDS
from dispatches.public.reading import CurrentEdition, read_current_edition
from dispatches.public.relations import related
from dispatches.public.steps import signal_steps
from wire.cache.fragments import fragments
from wire.cache.policy import public
from wire.converters import is_number
from wire.documents.cards import draw_card
from wire.documents.citation import cite
from wire.documents.jsonld import describe_article
from wire.documents.ledger import describe_ledger
from wire.documents.ninjs import describe_item
from wire.errors import NEVER_PUBLISHED, NotFound
from wire.logs import conceal_address
from wire.times import parse_time, whole_second
from wire.views.charts import draw_steps
from wire.views.comparing import compare_editions


@public("at")
def dispatch(request: HttpRequest, dated: date, slug: str) -> HttpResponseBase:
    """A dispatch as it is now, or as it was at a time (?at=). Former addresses redirect to the current one.

    A withdrawn dispatch answers 410 at each of its addresses, for every time: its text is never shown again.
    """
    current = _current_edition_at(request, dated, slug)
    if has_moved(current, slug):
        return redirect_to(request, "dispatch", current)
    if current.is_withdrawn:
        return render(request, "wire/withdrawn.html", {"edition": _edition_of(current)}, status=410)
    if request.GET.get("at"):
        edition = _as_reported(current, _read_at(request))
        return render(request, "wire/dispatch.html", {"edition": edition, "as_reported": True})
    others, referred = related(current.publication_id, current.story), Edition.objects.current_of(current.references)
    # The page depends on these editions only, not on the rest of the site's state.
    key = ("dispatch", current.pk, *others, *sorted(target.pk for target in referred.values()))
    return HttpResponse(fragments.get(request, key, lambda: _render_dispatch(request, current, others, referred)))


def redirect_to(request: HttpRequest, name: str, to: CurrentEdition | Edition) -> HttpResponseBase:
    """Redirect from a former address of a dispatch to its current one, keeping the query string."""
    address, query = reverse(name, args=[to.dated, to.slug]), request.META.get("QUERY_STRING", "")
    return redirect(f"{address}?{query}" if query else address, permanent=True)


def _render_dispatch(
    request: HttpRequest, current: CurrentEdition, others: list[int], referred: dict[int, Edition]
) -> str:
    edition = _edition_of(current)
    edition.referred = referred
    found = Edition.objects.order_by().only(*CARD_FIELDS).select_related("section").in_bulk(others)
    context = {
        "edition": edition,
        "related": [found[pk] for pk in others],
        "article": describe_article(edition),
        "citation": cite(edition),
    }
    return render_to_string("wire/dispatch.html", context, request)


def preview(request: HttpRequest, edition: Edition) -> HttpResponse:
    """An edition that is not issued yet, as its page will be. The desk calls this (settings.PREVIEW_VIEW)."""
    return render(request, "wire/dispatch.html", {"edition": edition, "is_preview": True})


def _read_at(request: HttpRequest) -> datetime:
    try:
        at = parse_time(request.GET["at"])
    except ValueError as error:
        raise NotFound("The time must look like this: ?at=2026-06-25T23:51") from error
    now = surface.now()
    # An edition's own time is rounded up to a second, which may not have passed yet.
    if at > whole_second(now):
        raise NotFound("That time is in the future.")
    return min(at, now)


def _as_reported(current: CurrentEdition, at: datetime) -> Edition:
    """Return the edition that was live at a time. Raises NotFound if there was none."""
    at_that_time = Edition.objects.live(at).filter(publication=current.publication_id).select_related("section").first()
    if at_that_time is None or at_that_time.is_withdrawn:
        raise _not_published_at(current, at)
    return at_that_time


def _not_published_at(current: CurrentEdition, at: datetime) -> NotFound:
    first = Edition.objects.histories([current.publication_id])[current.publication_id][0]
    asked, published = (format_date(timezone.localtime(each), "F j, Y, H:i") for each in (at, first.live_at))
    return NotFound(
        f"This dispatch had not been published yet on {asked}. "
        f"It was first published on {published} ({settings.WIRE_TIME_ZONE_LABEL}).",
        instead=reverse("dispatch", args=[current.dated, current.slug]),
    )


@public("edition")
def newer(request: HttpRequest, dated: date, slug: str) -> HttpResponse:
    """A notice of what happened to a dispatch since edition ?edition=2; empty if nothing did."""
    current = edition_at(request, dated, slug)
    known = request.GET.get("edition", "")
    if not is_number(known):
        raise NotFound("The edition must be a number.")
    if current.number <= int(known):
        return HttpResponse()
    return render(request, "wire/_newer.html", {"edition": current})


@public("from", "to")
def history(request: HttpRequest, dated: date, slug: str) -> HttpResponseBase:
    """The history of a dispatch: its editions, its Signal over time, and the differences between any two editions."""
    current = edition_at(request, dated, slug)
    if has_moved(current, slug):
        return redirect_to(request, "history", current)
    # A withdrawn dispatch's text is never shown again, and tombstones have no text to compare.
    texts = [] if current.is_withdrawn else [edition for edition in current.history if not edition.is_withdrawn]
    numbers = [edition.number for edition in texts]
    before, after = (_read_edition(request, name, numbers) for name in ("from", "to"))
    comparison = None
    if len(numbers) > 1:
        comparison = compare_editions(current, before or numbers[-2], after or numbers[-1])
    return render(
        request,
        "wire/history.html",
        {
            "edition": current,
            "chart": draw_steps(signal_steps(current)),
            "texts": texts,
            "editions": [(each, _before(each, numbers)) for each in reversed(current.history)],
            "comparison": comparison,
        },
    )


def _before(edition: Edition, numbers: list[int]) -> int | None:
    """Return the number of the previous edition that has a text, for one that has; else None."""
    return max((number for number in numbers if number < edition.number), default=None)


def _read_edition(request: HttpRequest, name: str, numbers: list[int]) -> int | None:
    """Return the edition number in the query string, if any. Raises NotFound if it is not one of these."""
    number = request.GET.get(name, "")
    if not number:
        return None
    if not is_number(number) or int(number) not in numbers:
        raise NotFound("There is no such edition.", instead=request.path)
    return int(number)


@public()
def signal_ledger(request: HttpRequest, dated: date, slug: str) -> HttpResponseBase:
    """The public ledger of a dispatch as JSON, from which `python -m dispatches.signal` recomputes its rating."""
    current = edition_at(request, dated, slug)
    if has_moved(current, slug):
        return redirect_to(request, "signal-ledger", current)
    return JsonResponse(
        describe_ledger(current),
        status=410 if current.is_withdrawn else 200,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )


@public()
def ninjs(request: HttpRequest, dated: date, slug: str) -> HttpResponseBase:
    """A dispatch as ninjs, the news agencies' JSON format. For a withdrawn one, only that it was withdrawn."""
    current = edition_at(request, dated, slug)
    if has_moved(current, slug):
        return redirect_to(request, "ninjs", current)
    return JsonResponse(
        describe_item(current),
        status=410 if current.is_withdrawn else 200,
        json_dumps_params={"ensure_ascii": False},
    )


@public()
def card(request: HttpRequest, dated: date, slug: str, number: int) -> HttpResponseBase:
    """The preview image of an edition, which never changes; each edition has its own.

    A former edition's image redirects to the current one, so that other sites do not keep showing corrected text.
    """
    current = edition_at(request, dated, slug)
    if current.is_withdrawn:
        raise NotFound("It was withdrawn.")
    if number > current.number:
        raise NotFound("There is no such edition.")
    if (current.slug, current.number) != (slug, number):
        return redirect("card", current.dated, current.slug, current.number)
    return HttpResponse(draw_card(current), content_type="image/png")


def has_moved(current: CurrentEdition | Edition, slug: str) -> bool:
    """Return True if a former address redirects. Those of a withdrawn dispatch do not: expunging replaces its slug."""
    return current.slug != slug and not current.is_withdrawn


def _current_edition_at(request: HttpRequest, dated: date, slug: str) -> CurrentEdition:
    current = read_current_edition(dated, slug)
    if current is None:
        raise NotFound(NEVER_PUBLISHED)
    if current.is_withdrawn and current.slug != slug:
        conceal_address(request)
    return current


def _edition_of(current: CurrentEdition) -> Edition:
    return Edition.objects.select_related("section").get(pk=current.pk)


def edition_at(request: HttpRequest, dated: date, slug: str) -> Edition:
    """Return the current edition of the dispatch that has, or once had, this address. Raises NotFound."""
    return _edition_of(_current_edition_at(request, dated, slug))
