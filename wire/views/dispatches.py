"""A dispatch: as it is now, as it was, how it changed; and what machines and other sites take of it."""

from datetime import date, datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from dispatches.public.models import Edition
from dispatches.public.querysets import CARD_FIELDS
from dispatches.public.reading import Standing, read_standing
from dispatches.public.relations import related
from dispatches.public.steps import signal_steps
from wire.cache.fragments import fragments
from wire.cache.policy import public
from wire.documents.cards import draw_card
from wire.documents.citation import cite
from wire.documents.jsonld import describe_article
from wire.documents.ledger import describe_ledger
from wire.documents.ninjs import describe_item
from wire.errors import NEVER_PUBLISHED, NothingHere
from wire.moments import read_moment
from wire.views.charts import draw_steps
from wire.views.comparing import compare_editions


@public("at")
def dispatch(request: HttpRequest, dated: date, slug: str) -> HttpResponseBase:
    """A dispatch as it is now, or as readers had it (?at=). An address it has had before leads to the one it has.

    A withdrawn one is gone (410) at every moment: what it said is not shown again.
    """
    standing = _standing_at(dated, slug)
    if standing.slug != slug:
        return _lead(request, "dispatch", standing)
    if standing.is_withdrawn:
        return render(request, "wire/withdrawn.html", {"edition": _edition_of(standing)}, status=410)
    if request.GET.get("at"):
        edition = _as_reported(standing, _read_at(request))
        return render(request, "wire/dispatch.html", {"edition": edition, "as_reported": True})
    others, referred = related(standing.publication_id, standing.story), Edition.objects.current_of(standing.references)
    # The page follows from these editions alone, whatever else becomes of the site.
    key = ("dispatch", standing.pk, *others, *sorted(target.pk for target in referred.values()))
    return HttpResponse(fragments.get(request, key, lambda: _render_dispatch(request, standing, others, referred)))


def _lead(request: HttpRequest, name: str, to: Standing | Edition) -> HttpResponseBase:
    """Lead from an address that a dispatch has had to the one it has, with whatever moment or edition was asked for."""
    address, query = reverse(name, args=[to.dated, to.slug]), request.META.get("QUERY_STRING", "")
    return redirect(f"{address}?{query}" if query else address, permanent=True)


def _render_dispatch(request: HttpRequest, standing: Standing, others: list[int], referred: dict[int, Edition]) -> str:
    edition = _edition_of(standing)
    edition.referred = referred
    found = Edition.objects.order_by().only(*CARD_FIELDS).select_related("section").in_bulk(others)
    context = {
        "edition": edition,
        "related": [found[pk] for pk in others],
        "article": describe_article(edition),
        "citation": cite(edition),
    }
    return render_to_string("wire/dispatch.html", context, request)


def _read_at(request: HttpRequest) -> datetime:
    try:
        at = read_moment(request.GET["at"])
    except ValueError as error:
        raise NothingHere("Say the moment like this: ?at=2026-06-25T23:51") from error
    if at > timezone.now():
        raise NothingHere("That moment has not come yet.")
    return at


def _as_reported(standing: Standing, at: datetime) -> Edition:
    """The edition that readers had at a moment. Raises NothingHere where they had none."""
    at_that_time = (
        Edition.objects.live(at).filter(publication=standing.publication_id).select_related("section").first()
    )
    if at_that_time is None or at_that_time.is_withdrawn:
        raise NothingHere("It could not be read at that moment.")
    return at_that_time


@public("edition")
def newer(request: HttpRequest, dated: date, slug: str) -> HttpResponse:
    """A line that says what has become of a dispatch since an edition (?edition=2) was read; empty, if nothing has."""
    current = _edition_at(dated, slug)
    known = request.GET.get("edition", "")
    if not known.isdecimal() or len(known) > 9:
        raise NothingHere("Say which edition was read.")
    if current.number <= int(known):
        return HttpResponse()
    return render(request, "wire/_newer.html", {"edition": current})


@public("from", "to")
def history(request: HttpRequest, dated: date, slug: str) -> HttpResponseBase:
    """What readers have had of a dispatch: its editions, the steps of its Signal, and how any two of them differ."""
    current = _edition_at(dated, slug)
    if current.slug != slug:
        return _lead(request, "history", current)
    # What a withdrawn dispatch said is not shown again, and a tombstone says nothing to compare.
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
    """The number of the edition with a text that came before one with a text; None if there is none."""
    return max((number for number in numbers if number < edition.number), default=None)


def _read_edition(request: HttpRequest, name: str, numbers: list[int]) -> int | None:
    """The number of an edition in an address, if there is one. Raises NothingHere for one that readers have not had."""
    number = request.GET.get(name, "")
    if not number:
        return None
    if not number.isdecimal() or len(number) > 9 or int(number) not in numbers:
        raise NothingHere("There is no such edition.")
    return int(number)


@public()
def signal_ledger(request: HttpRequest, dated: date, slug: str) -> HttpResponseBase:
    """The public ledger of a dispatch as JSON: enough to recompute its rating with `python -m dispatches.signal`."""
    current = _edition_at(dated, slug)
    if current.slug != slug:
        return _lead(request, "signal-ledger", current)
    return JsonResponse(
        describe_ledger(current),
        status=410 if current.is_withdrawn else 200,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )


@public()
def ninjs(request: HttpRequest, dated: date, slug: str) -> HttpResponseBase:
    """A dispatch as ninjs, the news agencies' JSON; a withdrawn one says so, and nothing else."""
    current = _edition_at(dated, slug)
    if current.slug != slug:
        return _lead(request, "ninjs", current)
    return JsonResponse(
        describe_item(current),
        status=410 if current.is_withdrawn else 200,
        json_dumps_params={"ensure_ascii": False},
    )


@public()
def card(request: HttpRequest, dated: date, slug: str, number: int) -> HttpResponseBase:
    """The picture that other sites show beside a link. An edition's picture never changes, and a new one has its own.

    That of an earlier edition leads to the one of now, so that what was corrected is not passed on.
    """
    current = _edition_at(dated, slug)
    if current.is_withdrawn:
        raise NothingHere("It was withdrawn.")
    if (current.slug, current.number) != (slug, number):
        return redirect("card", current.dated, current.slug, current.number)
    return HttpResponse(draw_card(current), content_type="image/png")


def _standing_at(dated: date, slug: str) -> Standing:
    standing = read_standing(dated, slug)
    if standing is None:
        raise NothingHere(NEVER_PUBLISHED)
    return standing


def _edition_of(standing: Standing) -> Edition:
    return Edition.objects.select_related("section").get(pk=standing.pk)


def _edition_at(dated: date, slug: str) -> Edition:
    """The current edition of the dispatch that has, or once had, this address; what never was public is not found."""
    return _edition_of(_standing_at(dated, slug))
