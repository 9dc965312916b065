"""Cache rendered fragments that depend only on an edition.

Editions never change, except when text is removed from them; section names, shown on cards, rarely do. Both increase
`PublicState.withdrawals`, which empties this cache.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from dispatches.public.bidi import isolate
from dispatches.public.models import Edition
from dispatches.public.pieces import as_html
from dispatches.public.querysets import CARD_FIELDS
from dispatches.public.search import Hit
from dispatches.public.state import PublicState
from wire.cache.requests import STATE

Fragment = TypeVar("Fragment", str, bytes)


class Fragments:
    """A cache of fragments (strings for pages, and bytes to send) that evicts the oldest. `bound` is in characters."""

    def __init__(self, bound: int) -> None:
        self._entries: OrderedDict[Hashable, Any] = OrderedDict()
        self._bound, self._size, self._withdrawals = bound, 0, -1
        self._lock = Lock()

    def get(self, request: HttpRequest, key: Hashable, render: Callable[[], str]) -> bytes:
        """Return the fragment of this key as bytes, rendering it if needed."""
        return self.get_many(request, [key], lambda _: {key: render().encode()})[0]

    def get_many(
        self,
        request: HttpRequest,
        keys: Sequence[Hashable],
        render: Callable[[list[Hashable]], Mapping[Hashable, Fragment]],
    ) -> list[Fragment]:
        """Return the fragments of these keys. Missing ones are rendered together.

        Outside the page cache the state is unknown, and nothing is cached.
        """
        state: PublicState = request.META.get(STATE, NO_STATE)
        entries = self._entries if state.withdrawals == self._withdrawals else {}
        found = {key: fragment for key in keys if (fragment := entries.get(key)) is not None}
        if missing := [key for key in keys if key not in found]:
            rendered = render(missing)
            found |= rendered
            if state is not NO_STATE:
                self._store(state, rendered)
        return [found[key] for key in keys]

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()
            self._size, self._withdrawals = 0, -1

    def _store(self, state: PublicState, fragments: Mapping[Hashable, Fragment]) -> None:
        with self._lock:
            if state.withdrawals > self._withdrawals:
                self._entries.clear()
                self._size, self._withdrawals = 0, state.withdrawals
            if state.withdrawals < self._withdrawals:
                # Rendered before the latest withdrawal, so it may contain what was removed.
                return
            for key, fragment in fragments.items():
                self._size += len(fragment) - len(self._entries.pop(key, ""))
                self._entries[key] = fragment
            while self._size > self._bound:
                self._size -= len(self._entries.popitem(last=False)[1])


NO_STATE = PublicState("", withdrawals=-2)
fragments = Fragments(bound=4_000_000)


# Placeholders in a search result's card for the headline and excerpt with marked words.
_HEADLINE, _TLDR = SafeString("<!--headline-->"), SafeString("<!--tldr-->")


def cards_of(request: HttpRequest, edition_ids: Sequence[int], heading: int, time_format: str) -> list[str]:
    """Return the cards of editions, with headlines of this level. Cached ones cost no query."""
    return _of_editions(
        request,
        ("card", heading, time_format),
        edition_ids,
        lambda each: _render_card(each, isolate(each.headline), isolate(each.tldr), heading, time_format),
    )


def marked_cards_of(request: HttpRequest, hits: Sequence[Hit], heading: int, time_format: str) -> list[str]:
    """Return the cards of search results, with the matching words marked."""
    blanks = _of_editions(
        request,
        ("blank card", heading, time_format),
        [hit.edition for hit in hits],
        lambda each: _render_card(each, _HEADLINE, _TLDR, heading, time_format),
    )
    return [
        blank.replace(_HEADLINE, as_html(hit.marked.headline)).replace(_TLDR, as_html(hit.marked.excerpt))
        for blank, hit in zip(blanks, hits, strict=True)
    ]


def _of_editions(
    request: HttpRequest, kind: Hashable, edition_ids: Sequence[int], render: Callable[[Edition], str]
) -> list[str]:
    def render_missing(keys: list[Hashable]) -> dict[Hashable, str]:
        missing = [each for each in edition_ids if (kind, each) in keys]
        editions = Edition.objects.order_by().select_related("section").only(*CARD_FIELDS).in_bulk(missing)
        return {(kind, pk): render(edition) for pk, edition in editions.items()}

    return fragments.get_many(request, [(kind, each) for each in edition_ids], render_missing)


def _render_card(
    edition: Edition, headline: SafeString, tldr: SafeString, heading: int, time_format: str
) -> SafeString:
    return render_to_string(
        "wire/_card.html",
        {"edition": edition, "headline": headline, "tldr": tldr, "heading": heading, "time_format": time_format},
    )
