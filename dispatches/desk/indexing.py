"""Keeping what is derived from editions, the search index and the relations, at what readers can read.

An edition that is live when it is issued is indexed at once. A scheduled one must leave no trace until its time comes;
then it is found without the index (`dispatches/public/search/due.py`), and the desk's next write indexes it.

Only `dispatches/desk/` calls this, inside its lock.
"""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from dispatches.models.dispatches import THE_PAST
from dispatches.public.models import Edition, IndexState, Relation, SearchDocument
from dispatches.public.querysets import EditionQuerySet
from dispatches.public.relations import relate, unrelate
from dispatches.public.search.documents import index, unindex


def is_behind(now: datetime) -> bool:
    """Whether something has gone live that is not in the index."""
    return _lately_live(_live_until(), now).exists()


def index_live(now: datetime, issued: Edition | None = None) -> int:
    """Index what has gone live by itself; and what has just been issued, if it is live. Returns how many the first are.

    The latter may be backdated, so that when it went live does not tell that it is not in the index.
    """
    due = {each.pk: each for each in _lately_live(_live_until(), now) if each.is_live(now)}
    by_itself = len(due.keys() - {issued.pk if issued else None})
    if issued and issued.is_live(now) and issued.pk not in due:
        # Not itself: what it refers to now is not to stay with it.
        due[issued.pk] = Edition.objects.get(pk=issued.pk)
    for edition in sorted(due.values(), key=lambda each: (each.published_at, each.publication_id)):
        _index_edition(edition)
    # Never back: what went live until then is there.
    IndexState.objects.filter(live_until__lt=now).update(live_until=now)
    return by_itself


def wait_for(edition: Edition) -> None:
    """Let a scheduled edition be looked for when its time comes, even if the clock has been put back since."""
    before = edition.live_at - timedelta(microseconds=1)
    IndexState.objects.filter(live_until__gt=before).update(live_until=before)


def index_anew(edition: Edition, now: datetime) -> None:
    """Put the words of an edition into the index once more, if it is live."""
    if Edition.objects.live(now).filter(pk=edition.pk).exists():
        unindex(edition.publication_id)
        index(edition)


def relate_anew(edition: Edition, now: datetime) -> None:
    """Work out once more what an edition is related to, if it is live."""
    if Edition.objects.live(now).filter(pk=edition.pk).exists():
        relate(edition)


def drop_what_is_not_live(now: datetime) -> None:
    """Take what readers can't read out of the index and the relations."""
    readable = Edition.objects.live(now).exclude(kind=Edition.Kind.WITHDRAWAL).order_by()
    gone: set[int] = set()
    for model, name in ((SearchDocument, "publication"), (Relation, "publication"), (Relation, "other")):
        is_readable = Exists(readable.filter(publication=OuterRef(name)))
        gone.update(model._default_manager.exclude(is_readable).values_list(name, flat=True))
    for publication_id in gone:
        _drop(publication_id)


def _lately_live(since: datetime, now: datetime) -> EditionQuerySet:
    # By when they went live and nothing else, so that they are read from the end of its index.
    return Edition.objects.filter(live_at__gt=since, live_at__lte=now).order_by()


def _live_until() -> datetime:
    state, _ = IndexState.objects.get_or_create(pk=1, defaults={"live_until": THE_PAST})
    return state.live_until


def _index_edition(edition: Edition) -> None:
    if edition.is_withdrawn:
        _drop(edition.publication_id)
    elif index(edition) or edition.references:
        relate(edition)


def _drop(publication_id: int) -> None:
    """Let nothing find a dispatch any more, nor be related to it by its words."""
    unindex(publication_id)
    unrelate(publication_id)
