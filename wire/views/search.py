"""Finding dispatches by their words."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from dispatches.editions import Edition
from dispatches.search import MOST, search, suggest
from wire.caching import public
from wire.errors import NothingHere
from wire.filters import Filter, offered_signals
from wire.fragments import marked_cards_of

PAGE_SIZE = 20
LAST_PAGE = MOST // PAGE_SIZE


@public("q", "section", "signal", "order", "page")
def find(request: HttpRequest) -> HttpResponse:
    """What answers to a reader's words, best or newest first, narrowed as on the wire. Anything typed is answered."""
    chosen = Filter.read(request.GET)
    words = " ".join(request.GET.get("q", "").replace("\x00", " ").split())[:300]
    order = "newest" if request.GET.get("order") == "newest" else ""
    page = _read_page(request.GET.get("page", "1"))
    offset = (page - 1) * PAGE_SIZE
    among = chosen.apply(Edition.objects.for_wire())
    found = search(words, among, newest_first=order == "newest", limit=PAGE_SIZE, offset=offset)
    is_more = found.count > offset + PAGE_SIZE
    return render(
        request,
        "wire/search.html",
        {
            "words": words,
            "order": order,
            "filter": chosen,
            "signals": offered_signals(),
            "cards": SafeString("".join(marked_cards_of(request, found.hits, 3, "F j, Y, H:i"))),
            "first": offset + 1,
            "count": found.count,
            "most": MOST,
            "suggestions": _suggest(words, chosen) if words and not found.count else [],
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
