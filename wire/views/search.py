"""Finding dispatches by their words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dispatches.editions import Edition
from dispatches.search import MOST_COUNTED, count, search, suggest
from wire.caching import public
from wire.errors import NothingHere
from wire.filters import Filter, offered_signals

PAGE_SIZE = 20
LAST_PAGE = MOST_COUNTED // PAGE_SIZE


@public("q", "section", "signal", "order", "page")
def find(request: HttpRequest) -> HttpResponse:
    """What answers to a reader's words, best or newest first, narrowed as on the wire. Anything typed is answered."""
    chosen = Filter.read(request.GET)
    words = " ".join(request.GET.get("q", "").replace("\x00", " ").split())[:300]
    order = "newest" if request.GET.get("order") == "newest" else ""
    page = _read_page(request.GET.get("page", "1"))
    among = chosen.apply(Edition.objects.for_wire())
    offset = (page - 1) * PAGE_SIZE
    hits = search(words, among, newest_first=order == "newest", limit=PAGE_SIZE + 1, offset=offset) if words else []
    is_more = len(hits) > PAGE_SIZE and page < LAST_PAGE
    return render(
        request,
        "wire/search.html",
        {
            "words": words,
            "order": order,
            "filter": chosen,
            "signals": offered_signals(),
            "hits": hits[:PAGE_SIZE],
            "first": offset + 1,
            "count": count(words, among) if is_more or page > 1 else len(hits),
            "most_counted": MOST_COUNTED,
            "suggestions": _suggest(words, chosen) if words and not hits else [],
            "earlier": chosen.in_address(q=words, order=order, page=page - 1 if page > 2 else "") if page > 1 else "",
            "later": chosen.in_address(q=words, order=order, page=page + 1) if is_more else "",
            "everywhere": Filter().in_address(q=words, order=order),
        },
    )


def _suggest(words: str, chosen: Filter) -> list[tuple[str, str]]:
    """What to look for instead: its words, and the end of its address."""
    found = suggest(words, chosen.apply(Edition.objects.for_wire()))
    return [(each, chosen.in_address(q=each)) for each in found]


def _read_page(text: str) -> int:
    """The number of a page of results. Raises NothingHere for what is none."""
    if not text.isdecimal() or not 1 <= int(text[:9]) <= LAST_PAGE:
        raise NothingHere("There is no such page of results.")
    return int(text)
