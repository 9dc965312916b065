"""What readers get of a dispatch: the edition that is current at an address, and editions read together."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db import models
from django.utils import timezone

from dispatches.public import prepared
from dispatches.public.models import Edition
from dispatches.signal.rules import Rung


class Standing(NamedTuple):
    """What of the current edition of a dispatch says what its page is made from."""

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


def read_standing(dated: date, slug: str) -> Standing | None:
    """Where the dispatch stands now that has, or once had, this address; None for what never was public."""
    rows = prepared.ask("standing", _standing, timezone.now(), dated, slug)
    return Standing(*rows[0]) if rows else None


def _standing(moment: datetime, dated: date, slug: str) -> models.QuerySet:
    known = Edition.objects.seen(moment).order_by().filter(dated=dated, slug=slug).values("publication")[:1]
    return Edition.objects.live(moment).order_by().filter(publication=known).values_list(*Standing._fields)[:1]


def read_together(editions: Iterable[Edition]) -> list[Edition]:
    """Editions, each with its history and what its body refers to: two queries for all of them."""
    together = list(editions)
    histories = Edition.objects.histories([each.publication_id for each in together])
    referred = Edition.objects.current_of([target for each in together for target in each.references])
    for each in together:
        each.history = histories.get(each.publication_id, [])
        each.referred = referred
    return together


def top_stories(editions: Iterable[Edition]) -> list[Edition]:
    """Order editions by what readers should see first: fresh, well founded, and developing.

    Counted in hours: how recently the story moved, six more for each rung above Developing, and half an hour for each
    of up to twelve developments. No clock is read, so that the order changes only when an edition is issued.
    """

    def hours(edition: Edition) -> float:
        fresh = edition.moved_at.timestamp() / 3600
        return fresh + 6 * (edition.rung - Rung.DEVELOPING) + 0.5 * min(edition.development_count, 12)

    return sorted(editions, key=hours, reverse=True)
