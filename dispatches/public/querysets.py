"""Which editions readers can read, and in what order. Everything public starts from `Edition.objects.live()`."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

if TYPE_CHECKING:
    from dispatches.public.models import Edition

HISTORY_FIELDS = [
    *("publication_id", "number", "kind", "note", "cause", "live_at", "headline"),
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
        """What is current at a moment (now): at most one edition of each dispatch. The gate to everything public.

        A withdrawn dispatch is current too: as its tombstone.
        """
        moment = at or timezone.now()
        return self.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=moment), live_at__lte=moment)

    def for_wire(self, at: datetime | None = None) -> Self:
        """Live editions for a list of cards, newest dispatch first; no tombstones, no bodies."""
        return (
            self.live(at)
            .exclude(kind=self.model.Kind.WITHDRAWAL)
            .select_related("section")
            .only(*CARD_FIELDS)
            .order_by("-published_at", "-publication_id")
        )

    def places(self) -> "models.QuerySet[Edition, tuple[int, date, datetime, int]]":
        """Where editions stand in a list, for whoever has their cards: id, day of the address, and their cursor."""
        return self.select_related(None).values_list("pk", "dated", "published_at", "publication_id")

    def for_feeds(self, at: datetime | None = None) -> Self:
        """Live editions with all they say, what changed last in a way that matters first; tombstones too."""
        return self.live(at).select_related("section").order_by("-revised_at", "-publication_id")

    def for_machines(self, at: datetime | None = None) -> Self:
        """Live editions with all they say, newest dispatch first; tombstones too."""
        return self.live(at).select_related("section").order_by("-published_at", "-publication_id")

    def dated_within(self, days: "Days") -> Self:
        """Those whose addresses have one of these days."""
        return self.filter(dated__range=days[:2], published_at__range=days[2:])

    def before(self, cursor: "Cursor") -> Self:
        """Those further down the wire than the cursor."""
        return self._beyond(cursor, "published_at", "publication_id")

    def after(self, cursor: "Cursor") -> Self:
        """Those further up the wire than the cursor: what has come since."""
        further = Q(published_at__gt=cursor.at) | Q(publication_id__gt=cursor.id)
        return self.filter(further, published_at__gte=cursor.at)

    def issued_before(self, cursor: "Cursor") -> Self:
        """Those that went live before the cursor."""
        return self._beyond(cursor, "live_at", "publication_id")

    def _beyond(self, cursor: "Cursor", moment: str, number: str) -> Self:
        # Written so that an index on (moment, number) is entered at the cursor.
        further = Q(**{f"{moment}__lt": cursor.at}) | Q(**{f"{number}__lt": cursor.id})
        return self.filter(further, **{f"{moment}__lte": cursor.at})

    def seen(self, at: datetime | None = None) -> Self:
        """Every edition that readers have had up to a moment (now), oldest first; never what was called off."""
        moment = at or timezone.now()
        return self.filter(
            Q(superseded_at__isnull=True) | Q(superseded_at__gt=F("live_at")), live_at__lte=moment
        ).order_by("live_at", "number")

    def corrections(self, at: datetime | None = None) -> Self:
        """All that readers have been told was wrong, up to a moment (now), newest first."""
        return self.seen(at).filter(is_notice=True).order_by("-live_at", "-publication_id")

    def signal_changes(self, at: datetime | None = None) -> Self:
        """Every edition with which readers saw another Signal than before, up to a moment (now), newest first."""
        return self.seen(at).filter(moves_signal=True).order_by("-live_at", "-publication_id")

    def histories(self, publication_ids: Iterable[int]) -> "dict[int, list[Edition]]":
        """Every edition that readers have had of these publications so far, oldest first, without their texts."""
        histories: dict[int, list[Edition]] = {}
        for edition in self.seen().filter(publication__in=publication_ids).only(*HISTORY_FIELDS):
            histories.setdefault(edition.publication_id, []).append(edition)
        return histories

    def current_of(self, publication_ids: Iterable[int]) -> "dict[int, Edition]":
        """Where these publications stand now, by publication; what is not public is left out."""
        wanted = set(publication_ids)
        if not wanted:
            return {}
        current = self.live().filter(publication__in=wanted).only("publication_id", "kind", "dated", "slug")
        return {edition.publication_id: edition for edition in current}


class Days(NamedTuple):
    """Days as addresses have them, from first to last, and the moments between which what has them was published."""

    first: date
    last: date
    begin: datetime
    end: datetime

    @classmethod
    def between(cls, first: date, last: date) -> Self:
        # The days of addresses were told by the desk's clock of then, so the moments only narrow the search.
        margin = timedelta(days=2)
        begin, end = (datetime.combine(day, time(), tzinfo=UTC) for day in (first, last))
        return cls(first, last, begin - margin, end + margin)


class Cursor(NamedTuple):
    """A place in a list that stays where it is while new things arrive: just after one moment and number."""

    at: datetime
    id: int

    def __str__(self) -> str:
        microseconds = (self.at - _EPOCH) // timedelta(microseconds=1)
        return f"{microseconds}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a cursor as `str` wrote it. Raises ValueError for anything else."""
        if not _CURSOR.fullmatch(text):
            raise ValueError(f"not a place on the wire: {text[:50]!r}")
        microseconds, number = map(int, text.split("_"))
        try:
            return cls(_EPOCH + timedelta(microseconds=microseconds), number)
        except OverflowError as error:
            raise ValueError(f"not a place on the wire: before the calendar begins: {text}") from error


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_CURSOR = re.compile(r"-?[0-9]{1,17}_[0-9]{1,18}")
