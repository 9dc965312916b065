"""Which editions readers can read, and in what order. Everything public starts from `Edition.objects.live()`."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple, Self

from django.db import models
from django.db.models import F, Q

from dispatches.public import surface

if TYPE_CHECKING:
    from dispatches.public.models import Edition

HISTORY_FIELDS = [
    *("publication_id", "number", "kind", "note", "cause", "live_at", "superseded_at", "headline"),
    *("rung", "is_disputed", "is_corrected", "origins"),
]

CARD_FIELDS = [
    "publication_id",
    "kind",
    "dated",
    "slug",
    "published_at",
    "live_at",
    "moved_at",
    "headline",
    "tldr",
    "development_count",
    "rung",
    "is_disputed",
    "is_corrected",
    "section__name",
    "section__slug",
    "section__beat",
]


class EditionQuerySet(models.QuerySet["Edition"]):
    def live(self, at: datetime | None = None) -> Self:
        """The editions current at a time (default: now), at most one per dispatch. The gate to everything public.

        A withdrawn dispatch is current too, as its tombstone.
        """
        now = at or surface.now()
        return self.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=now), live_at__lte=now)

    def pending(self, at: datetime | None = None) -> Self:
        """The scheduled editions, at most one per dispatch. For the desk: readers learn of none."""
        return self.filter(superseded_at__isnull=True, live_at__gt=at or surface.now())

    def for_wire(self, at: datetime | None = None) -> Self:
        """Live editions for a list of cards, newest dispatch first, without tombstones and bodies."""
        return (
            self.live(at)
            .exclude(kind=self.model.Kind.WITHDRAWAL)
            .select_related("section")
            .only(*CARD_FIELDS)
            .order_by("-published_at", "-publication_id")
        )

    def places(self) -> "models.QuerySet[Edition, tuple[int, date, datetime, int, str]]":
        """The id, address date, cursor fields and slug of each edition, for callers that have the cards cached."""
        return self.select_related(None).values_list("pk", "dated", "published_at", "publication_id", "slug")

    def for_feeds(self, at: datetime | None = None) -> Self:
        """Live editions in full, latest significant change first, including tombstones."""
        return self.live(at).select_related("section").order_by("-revised_at", "-publication_id")

    def for_machines(self, at: datetime | None = None) -> Self:
        """Live editions in full, newest dispatch first, including tombstones."""
        return self.live(at).select_related("section").order_by("-published_at", "-publication_id")

    def dated_within(self, days: "Days") -> Self:
        """Editions with one of these days in their address."""
        return self.filter(dated__range=days[:2], published_at__range=days[2:])

    def before(self, cursor: "Cursor") -> Self:
        """Editions older than the cursor, on the wire."""
        return self._beyond(cursor, "published_at", "publication_id")

    def after(self, cursor: "Cursor") -> Self:
        """Editions newer than the cursor, on the wire."""
        further = Q(published_at__gt=cursor.at) | Q(publication_id__gt=cursor.id)
        return self.filter(further, published_at__gte=cursor.at)

    def issued_before(self, cursor: "Cursor") -> Self:
        """Editions that went live before the cursor."""
        return self._beyond(cursor, "live_at", "publication_id")

    def _beyond(self, cursor: "Cursor", time_field: str, id_field: str) -> Self:
        # Written so that the database starts at the cursor in an index on (time, id).
        further = Q(**{f"{time_field}__lt": cursor.at}) | Q(**{f"{id_field}__lt": cursor.id})
        return self.filter(further, **{f"{time_field}__lte": cursor.at})

    def seen(self, at: datetime | None = None) -> Self:
        """Every edition that readers have seen by a time (default: now), oldest first; no canceled ones."""
        now = at or surface.now()
        return self.filter(
            Q(superseded_at__isnull=True) | Q(superseded_at__gt=F("live_at")), live_at__lte=now
        ).order_by("live_at", "number")

    def corrections(self, at: datetime | None = None) -> Self:
        """All correction notices by a time (default: now), newest first."""
        return self.seen(at).filter(is_notice=True).order_by("-live_at", "-publication_id")

    def signal_changes(self, at: datetime | None = None) -> Self:
        """Every edition that changed the Signal by a time (default: now), newest first."""
        return self.seen(at).filter(moves_signal=True).order_by("-live_at", "-publication_id")

    def histories(self, publication_ids: Iterable[int]) -> "dict[int, list[Edition]]":
        """Every edition of these publications that readers have seen, oldest first, without texts."""
        histories: dict[int, list[Edition]] = {}
        for edition in self.seen().filter(publication__in=publication_ids).only(*HISTORY_FIELDS):
            histories.setdefault(edition.publication_id, []).append(edition)
        return histories

    def current_of(self, publication_ids: Iterable[int]) -> "dict[int, Edition]":
        """Map these publications to their current editions; publications that are not public are left out."""
        wanted = set(publication_ids)
        if not wanted:
            return {}
        current = self.live().filter(publication__in=wanted).only("publication_id", "kind", "dated", "slug")
        return {edition.publication_id: edition for edition in current}


class Days(NamedTuple):
    """A range of URL dates, and the published_at range that covers them."""

    first: date
    last: date
    begin: datetime
    end: datetime

    @classmethod
    def between(cls, first: date, last: date) -> Self:
        # URL dates used the time zone of their time, so the range is only a first filter.
        margin = timedelta(days=2)
        begin, end = (datetime.combine(day, time(), tzinfo=UTC) for day in (first, last))
        return cls(first, last, begin - margin, end + margin)


class Cursor(NamedTuple):
    """A position in a list that is stable while new items arrive: just after one (time, id)."""

    at: datetime
    id: int

    def __str__(self) -> str:
        microseconds = (self.at - _EPOCH) // timedelta(microseconds=1)
        return f"{microseconds}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a cursor. Raises ValueError."""
        if not _CURSOR.fullmatch(text):
            raise ValueError(f"not a place on the wire: {text[:50]!r}")
        microseconds, number = map(int, text.split("_"))
        try:
            return cls(_EPOCH + timedelta(microseconds=microseconds), number)
        except OverflowError as error:
            raise ValueError(f"not a place on the wire: before the calendar begins: {text}") from error


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_CURSOR = re.compile(r"-?[0-9]{1,17}_[0-9]{1,18}")
