"""Pieces of pages that follow from an edition alone, kept as they were rendered, by what they follow from.

An edition never changes but when words are taken out of it; sections, whose names stand on its card, seldom do. Both
move `PublicState.withdrawals`, and with it everything kept here is let go.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from dispatches.editions import CARD_FIELDS, Edition, PublicState
from wire.pagecache import STATE


class Fragments:
    """Rendered strings by their keys, the latest used, `bound` characters in all."""

    def __init__(self, bound: int) -> None:
        self._kept: OrderedDict[Hashable, str] = OrderedDict()
        self._bound, self._size, self._withdrawals = bound, 0, -1
        self._turn = Lock()

    def get(self, request: HttpRequest, key: Hashable, render: Callable[[], str]) -> str:
        """The fragment of this key, rendered if need be."""
        return self.get_many(request, [key], lambda _: {key: render()})[0]

    def get_many(
        self, request: HttpRequest, keys: Sequence[Hashable], render: Callable[[list[Hashable]], Mapping[Hashable, str]]
    ) -> list[str]:
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

    def _keep(self, state: PublicState, fragments: Mapping[Hashable, str]) -> None:
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


def card_of(edition: Edition, heading: int, time_format: str) -> SafeString:
    """A dispatch in a list, as HTML; `heading` is the level of its headline."""
    return render_to_string("wire/_card.html", {"edition": edition, "heading": heading, "time_format": time_format})


def cards_of(request: HttpRequest, edition_ids: Sequence[int], heading: int, time_format: str) -> list[str]:
    """The cards of editions; those that have been rendered before cost no query."""

    def key_of(edition_id: int) -> Hashable:
        return ("card", edition_id, heading, time_format)

    def render(keys: list[Hashable]) -> dict[Hashable, str]:
        missing = [each for each, key in zip(edition_ids, map(key_of, edition_ids), strict=True) if key in keys]
        editions = Edition.objects.select_related("section").only(*CARD_FIELDS).in_bulk(missing)
        return {key_of(pk): card_of(edition, heading, time_format) for pk, edition in editions.items()}

    return fragments.get_many(request, [key_of(each) for each in edition_ids], render)
