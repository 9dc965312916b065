"""The search page."""

from datetime import datetime
from html import escape

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from dispatches.public import prepared, surface
from dispatches.public.search import MOST, read_corpus, search, suggest
from wire.cache.fragments import fragments, marked_cards_of
from wire.cache.policy import public
from wire.converters import is_number
from wire.errors import NotFound
from wire.views.filters import Filter, offered_signals

PAGE_SIZE = 20
LAST_PAGE = MOST // PAGE_SIZE
# Placeholders for the query and the results in the page around them.
_WORDS, _RESULTS = SafeString("<!--words-->"), SafeString("<!--results-->")


@public("q", "section", "signal", "order", "page")
def find(request: HttpRequest) -> HttpResponse:
    """Search results, by relevance or date, with the wire's filters. Any input is answered."""
    chosen = Filter.read(request.GET)
    words = " ".join(request.GET.get("q", "").replace("\x00", " ").split())[:300]
    order = "newest" if request.GET.get("order") == "newest" else ""
    page = _read_page(request.GET.get("page", "1"))
    results = _render_results(request, chosen, words, order, page) if words else ""

    def render_frame() -> str:
        context = {"words": _WORDS if words else "", "order": order, "filter": chosen, "signals": offered_signals()}
        return render_to_string("wire/search.html", context | {"results": _RESULTS}, request)

    # The page around the results depends on the filter only.
    frame = fragments.get(request, ("search", chosen.on_the_wire(), order, bool(words)), render_frame)
    return HttpResponse(
        frame.replace(_RESULTS.encode(), results.encode()).replace(_WORDS.encode(), escape(words).encode())
    )


def _render_results(request: HttpRequest, chosen: Filter, words: str, order: str, page: int) -> str:
    offset = (page - 1) * PAGE_SIZE
    now = surface.now()
    corpus = read_corpus(_searched_editions(chosen, now), now)
    found = search(words, corpus, newest_first=order == "newest", limit=PAGE_SIZE, offset=offset)
    is_more = found.count > offset + PAGE_SIZE
    suggestions = [] if found.count else [(each, chosen.in_address(q=each)) for each in suggest(words, corpus)]
    return render_to_string(
        "wire/_results.html",
        {
            "filter": chosen,
            "cards": SafeString("".join(marked_cards_of(request, found.hits, 3, "F j, Y, H:i"))),
            "first": offset + 1,
            "count": found.count,
            "most": MOST,
            "suggestions": suggestions,
            "earlier": chosen.in_address(q=words, order=order, page=page - 1 if page > 2 else "") if page > 1 else "",
            "later": chosen.in_address(q=words, order=order, page=page + 1) if is_more else "",
            "everywhere": Filter().in_address(q=words, order=order),
        },
    )


def _searched_editions(chosen: Filter, now: datetime) -> prepared.Part:
    """Return the editions to search: live ones that match the filter."""

    def build(now: datetime, *section: int) -> QuerySet:
        return chosen.live(now, *section).order_by().values_list("id", "publication_id")

    return prepared.part(("searched", chosen.kind), build, *chosen.values(now))


def _read_page(text: str) -> int:
    """Parse the page number of the results. Raises NotFound."""
    if not is_number(text) or not 1 <= int(text) <= LAST_PAGE:
        raise NotFound("There is no such page of results.")
    return int(text)
