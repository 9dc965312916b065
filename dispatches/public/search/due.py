"""Find live editions that are not indexed yet: scheduled ones that went live since the last update of the index.

Readers' requests write nothing, so the desk's next write indexes them (`dispatches/desk/indexing.py`). Until then each
search reads them, and the database's full-text engine compares them with the query.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from dispatches.public import prepared, surface
from dispatches.public.models import Edition, IndexState, SearchDocument
from dispatches.public.prepared import Part
from dispatches.public.search.documents import PLACES_A_SECOND, Words, first_place, words_from


@dataclass(frozen=True, slots=True)
class Due:
    """A live edition that is not indexed. `place` is the one it will get, or just above it."""

    edition: int
    place: int
    words: Words


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is searched: live editions (their id and publication_id), and the unindexed ones, last published first.

    The indexed document of a dispatch with an unindexed edition is outdated.
    """

    among: Part
    due: Sequence[Due]


def read_corpus(among: Part, at: datetime) -> Corpus:
    """Return what to search among these editions, as of a time."""
    rows = prepared.ask("due", _lately_live, at)
    lately = [(Edition.from_db(surface.database(), _FIELDS, row[:-1]), row[-1]) for row in rows]
    due = [(edition, place) for edition, place in lately if edition.is_live(at) and not edition.is_withdrawn]
    # Places are assigned in this order.
    due.sort(key=lambda each: (each[0].published_at, each[0].publication_id), reverse=True)
    above = PLACES_A_SECOND - 1
    return Corpus(
        among,
        [
            Due(edition.pk, place or first_place(edition.published_at) + above, words_from(edition))
            for edition, place in due
        ],
    )


# In the order of the fields.
_FIELDS = [
    *("id", "publication_id", "kind", "live_at", "superseded_at", "published_at"),
    *("headline", "tldr", "body_html", "references", "developments"),
]


def _lately_live(now: datetime) -> QuerySet:
    # Only by live_at, so that the database reads the end of its index.
    until = IndexState.objects.values("live_until")[:1]
    place = SearchDocument.objects.filter(publication=OuterRef("publication")).values("place")[:1]
    lately = Edition.objects.filter(live_at__gt=Subquery(until), live_at__lte=now).order_by()
    return lately.values_list(*_FIELDS, Subquery(place))
