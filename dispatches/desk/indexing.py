"""Keep the search index and the relations between dispatches in line with what readers can read.

An edition that is live when issued is indexed immediately. A scheduled one leaves no trace before its time; from then
on search finds it without the index (`dispatches/public/search/due.py`), until the desk's next write indexes it.

Only `dispatches/desk/` calls this, under the publication lock.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from dispatches.models.dispatches import THE_PAST
from dispatches.public.models import Edition, IndexState, Relation, SearchDocument, SearchWord
from dispatches.public.querysets import EditionQuerySet
from dispatches.public.relations import relate, unrelate
from dispatches.public.search import full_text
from dispatches.public.search.documents import index, unindex


def is_behind(now: datetime) -> bool:
    """Return True if an edition has gone live that is not in the index."""
    return _live_between(_live_until(), now).exists()


def index_live(now: datetime, issued: Edition | None = None) -> int:
    """Index scheduled editions that have gone live, and the edition just `issued`, if it is live.

    Returns the number of the former. The issued one is passed in because it may be backdated, to before the time up
    to which everything live is indexed.
    """
    due = {each.pk: each for each in _live_between(_live_until(), now) if each.is_live(now)}
    gone_live = len(due.keys() - {issued.pk if issued else None})
    if issued and issued.is_live(now) and issued.pk not in due:
        # A fresh instance: indexing caches related objects on it.
        due[issued.pk] = Edition.objects.get(pk=issued.pk)
    for edition in sorted(due.values(), key=lambda each: (each.published_at, each.publication_id)):
        _index_edition(edition)
    # Only ever forward: everything that went live until then is indexed.
    IndexState.objects.filter(live_until__lt=now).update(live_until=now)
    return gone_live


def index_when_live(edition: Edition) -> None:
    """Have a scheduled edition indexed once it is live, even if the clock is set back meanwhile."""
    before = edition.live_at - timedelta(microseconds=1)
    IndexState.objects.filter(live_until__gt=before).update(live_until=before)


def reindex(edition: Edition, now: datetime) -> None:
    """Index the text of an edition again, if it is live."""
    if Edition.objects.live(now).filter(pk=edition.pk).exists():
        unindex(edition.publication_id)
        index(edition)


def purge(changed: Iterable[Edition], now: datetime) -> None:
    """Reindex these editions, changed because they referred to an expunged dispatch, and compact the index."""
    for edition in changed:
        reindex(edition, now)
    SearchWord.objects.filter(documents=0).delete()
    full_text().purge()


def rebuild_relations(edition: Edition, now: datetime) -> None:
    """Recompute which dispatches are related to an edition, if it is live."""
    if Edition.objects.live(now).filter(pk=edition.pk).exists():
        relate(edition)


def remove_unreadable(now: datetime) -> None:
    """Remove what readers can't read from the index and the relations."""
    readable = Edition.objects.live(now).exclude(kind=Edition.Kind.WITHDRAWAL).order_by()
    unreadable: set[int] = set()
    for model, name in ((SearchDocument, "publication"), (Relation, "publication"), (Relation, "other")):
        is_readable = Exists(readable.filter(publication=OuterRef(name)))
        unreadable.update(model._default_manager.exclude(is_readable).values_list(name, flat=True))
    for publication_id in unreadable:
        _remove(publication_id)


def _live_between(since: datetime, now: datetime) -> EditionQuerySet:
    # Only by live_at, so that the database reads the end of its index.
    return Edition.objects.filter(live_at__gt=since, live_at__lte=now).order_by()


def _live_until() -> datetime:
    state, _ = IndexState.objects.get_or_create(pk=1, defaults={"live_until": THE_PAST})
    return state.live_until


def _index_edition(edition: Edition) -> None:
    if edition.is_withdrawn:
        _remove(edition.publication_id)
    elif index(edition) or edition.references:
        relate(edition)


def _remove(publication_id: int) -> None:
    """Remove a dispatch from the index, and its relations."""
    unindex(publication_id)
    unrelate(publication_id)
