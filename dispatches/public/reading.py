"""Read the current edition at an address, and editions with what they refer to."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db import models

from dispatches.public import prepared, surface
from dispatches.public.models import Edition, RetiredAddress
from dispatches.signal.rules import Rung


class CurrentEdition(NamedTuple):
    """The fields of a dispatch's current edition that decide how its page is rendered."""

    pk: int
    publication_id: int
    dated: date
    slug: str
    number: int
    kind: str
    story: str
    references: list[int]

    @property
    def is_withdrawn(self) -> bool:
        return self.kind == Edition.Kind.WITHDRAWAL


def read_current_edition(dated: date, slug: str) -> CurrentEdition | None:
    """Return the dispatch that has, or once had, this address; None if it was never public.

    An expunged dispatch is found by its former addresses too, which are kept as digests.
    """
    now = surface.now()
    rows = prepared.ask("standing", _standing, now, dated, slug)
    if not rows:
        digests = RetiredAddress.possible_digests(dated, slug)
        rows = prepared.ask(("retired", len(digests)), _retired, now, *digests)
    return CurrentEdition(*rows[0]) if rows else None


def _standing(now: datetime, dated: date, slug: str) -> models.QuerySet:
    known = Edition.objects.seen(now).order_by().filter(dated=dated, slug=slug).values("publication")[:1]
    return Edition.objects.live(now).order_by().filter(publication=known).values_list(*CurrentEdition._fields)[:1]


def _retired(now: datetime, *digests: str) -> models.QuerySet:
    known = RetiredAddress.objects.filter(digest__in=digests).values("publication")[:1]
    return Edition.objects.live(now).order_by().filter(publication=known).values_list(*CurrentEdition._fields)[:1]


def read_together(editions: Iterable[Edition]) -> list[Edition]:
    """Load editions with their histories and references: two queries in all."""
    together = list(editions)
    histories = Edition.objects.histories([each.publication_id for each in together])
    referred = Edition.objects.current_of([target for each in together for target in each.references])
    for each in together:
        each.history = histories.get(each.publication_id, [])
        each.referred = referred
    return together


def top_stories(editions: Iterable[Edition]) -> list[Edition]:
    """Order editions by what readers should see first: recent, well sourced, and developing.
    Measured in hours: the time of the latest development, plus six for each rung above Developing, plus half an hour
    for each of up to twelve developments. Independent of the clock, so the order changes only when an edition is
    issued.
    """

    def hours(edition: Edition) -> float:
        fresh = edition.moved_at.timestamp() / 3600
        return fresh + 6 * (edition.rung - Rung.DEVELOPING) + 0.5 * min(edition.development_count, 12)

    return sorted(editions, key=hours, reverse=True)
