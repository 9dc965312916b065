"""Pieces of pages that follow from an edition alone, kept as they were rendered, by what they follow from.

An edition never changes but when words are taken out of it; sections, whose names stand on its card, seldom do. Both
move `PublicState.withdrawals`, and with it everything kept here is let go.
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
from wire.cache.pagecache import STATE

Fragment = TypeVar("Fragment", str, bytes)


class Fragments:
    """What was rendered, by its keys, `bound` characters in all: strings that go into pages, and bytes to be sent."""

    def __init__(self, bound: int) -> None:
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._bound, self._size, self._withdrawals = bound, 0, -1
        self._turn = Lock()

    def get(self, request: HttpRequest, key: Hashable, render: Callable[[], str]) -> bytes:
        """The fragment of this key as it is sent, rendered if need be."""
        return self.get_many(request, [key], lambda _: {key: render().encode()})[0]

    def get_many(
        self,
        request: HttpRequest,
        keys: Sequence[Hashable],
        render: Callable[[list[Hashable]], Mapping[Hashable, Fragment]],
    ) -> list[Fragment]:
        """The fragments of these keys; those that are not there are rendered together.

        Outside of the page cache the state is not known, and nothing is kept.
        """
        state: PublicState = request.META.get(STATE, NO_STATE)
        kept = self._kept if state.withdrawals == self._withdrawals else {}
        found = {key: fragment for key in keys if (fragment := kept.get(key)) is not None}
        if missing := [key for key in keys if key not in found]:
            rendered = render(missing)
            found |= rendered
            if state is not NO_STATE:
                self._keep(state, rendered)
        return [found[key] for key in keys]

    def forget(self) -> None:
        """Let everything go."""
        with self._turn:
            self._kept.clear()
            self._size, self._withdrawals = 0, -1

    def _keep(self, state: PublicState, fragments: Mapping[Hashable, Fragment]) -> None:
        with self._turn:
            if state.withdrawals > self._withdrawals:
                self._kept.clear()
                self._size, self._withdrawals = 0, state.withdrawals
            if state.withdrawals < self._withdrawals:
                # It may have what has been taken out since.
                return
            for key, fragment in fragments.items():
                self._size += len(fragment) - len(self._kept.pop(key, ""))
                self._kept[key] = fragment
            while self._size > self._bound:
                self._size -= len(self._kept.popitem(last=False)[1])


NO_STATE = PublicState("", withdrawals=-2)
fragments = Fragments(bound=4_000_000)


# Where the marked words of a search stand in the card of what was found.
_HEADLINE, _TLDR = SafeString("<!--headline-->"), SafeString("<!--tldr-->")


def cards_of(request: HttpRequest, edition_ids: Sequence[int], heading: int, time_format: str) -> list[str]:
    """The cards of editions, with headlines of this level; those that have been rendered before cost no query."""
    return _of_editions(
        request,
        ("card", heading, time_format),
        edition_ids,
        lambda each: _render_card(each, isolate(each.headline), isolate(each.tldr), heading, time_format),
    )


def marked_cards_of(request: HttpRequest, hits: Sequence[Hit], heading: int, time_format: str) -> list[str]:
    """The cards of what was found, the words that were looked for marked."""
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
