"""What holds while the desk writes: one lock, one transaction, and whatever follows from a change is rated again.

Whoever changes what readers see, or what a Signal follows from, locks the one row of the site's state first. So such
changes happen one after the other, what a verb has checked still holds when it writes, and a stored Signal is always
the one that follows from the stored facts.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from dispatches.desk import indexing, rerating
from dispatches.desk.expunging import conceal
from dispatches.desk.unpublished import has_unpublished_changes
from dispatches.history import revisions
from dispatches.models import Dispatch
from dispatches.public.announcing import announce_at_commit
from dispatches.public.models import Cause, SiteState
from sources.facts import read_groups
from sources.independence import CONFIDENTIAL_LABEL
from sources.models import Report, Source

P = ParamSpec("P")
T = TypeVar("T")

# Who does it; None for what a program does.
Editor = User | None


@contextmanager
def publication_lock() -> Iterator[None]:
    """Within it nobody else changes what readers see, or what a Signal follows from. All in it is one transaction.

    It may be nested: only the outermost asks the database for the lock.
    """
    with transaction.atomic():
        if _holds_lock.get():
            yield
            return
        SiteState.objects.select_for_update().get_or_create(pk=1)
        token = _holds_lock.set(True)
        try:
            yield
        finally:
            _holds_lock.reset(token)


_holds_lock: ContextVar[bool] = ContextVar("holds the publication lock", default=False)


def with_publication_lock(function: Callable[P, T]) -> Callable[P, T]:
    """Run a function under the publication lock."""

    @wraps(function)
    def locked(*args: P.args, **kwargs: P.kwargs) -> T:
        with publication_lock():
            return function(*args, **kwargs)

    return locked


@contextmanager
def saving(obj: models.Model, *, editor: Editor, how: str = "Saved", local_draft: str = "") -> Iterator[None]:
    """Within it a thing of the desk is saved with all that belongs to it: its history has what it is like after.

    What it was like before is kept too, should something else have written it.
    """
    with publication_lock():
        if obj.pk:
            revisions.keep(obj, editor=None, how="Changed outside of the desk")
        yield
        revisions.keep(obj, editor=editor, how=how, local_draft=local_draft)
        if isinstance(obj, Dispatch):
            obj.has_unpublished_changes = has_unpublished_changes(obj)
            Dispatch.objects.filter(pk=obj.pk).update(has_unpublished_changes=obj.has_unpublished_changes)


@contextmanager
def deleting(obj: models.Model, *, editor: Editor) -> Iterator[None]:
    """Within it a thing of the desk is deleted: its history keeps what it was like."""
    with publication_lock():
        revisions.keep(obj, editor=editor, how="Deleted", always=True)
        yield


# What a Signal follows from. Whatever is changed within one of these, what depends on it is rated anew at the end.


@contextmanager
def changing_reports(*reports: Report, cause: Cause = Cause.REPORT, at: datetime | None = None) -> Iterator[None]:
    """Within it reports may be saved: their basis, what they relay, their review; also new ones."""
    with publication_lock():
        yield
        rerate_now(rerating.citing({report.pk for report in reports}), cause, at)


@contextmanager
def changing_sources(*sources: Source) -> Iterator[None]:
    """Within it sources may be saved: their grade, their owner, how readers know them; also new ones.

    One that becomes confidential is named nowhere any more, neither in what readers have now nor in what they had.
    """
    with publication_lock():
        ids = [source.pk for source in sources if source.pk]
        public = Source.objects.filter(pk__in=ids, is_confidential=False)
        named = {source.pk: {source.public_name, source.name} for source in public}
        yield
        depending = rerating.depending_on_sources({source.pk for source in sources})
        rerate_now(depending, Cause.SOURCE)
        for source in Source.objects.filter(pk__in=named, is_confidential=True):
            names = named[source.pk] | revisions.ever(source, "name", "public_label")
            if conceal(source, names - {CONFIDENTIAL_LABEL}, depending):
                move_state(withdraws=True)


@contextmanager
def changing_owners() -> Iterator[None]:
    """Within it owners and their holdings may be changed: whoever's control group gains or loses a member is rated."""
    with publication_lock():
        before = _members(read_groups())
        yield
        after = _members(read_groups())
        changed = {owner for owner in before.keys() | after.keys() if before.get(owner) != after.get(owner)}
        sources = set(Source.objects.filter(owner__in=changed).values_list("pk", flat=True))
        rerate_now(rerating.depending_on_sources(sources), Cause.SOURCE)


@contextmanager
def editing(dispatch: Dispatch) -> Iterator[None]:
    """Within it a working copy and its citations may be saved; if it is published, its Signal follows."""
    with publication_lock():
        yield
        rerate_now([dispatch.pk], Cause.CITATION)


def _members(groups: dict[int, int]) -> dict[int, frozenset[int]]:
    together: dict[int, set[int]] = {}
    for owner, group in groups.items():
        together.setdefault(group, set()).add(owner)
    return {owner: frozenset(together[group]) for owner, group in groups.items()}


def rerate_now(dispatch_ids: Iterable[int], cause: Cause, at: datetime | None = None) -> int:
    # With the same time, nothing can go live between the two; and what is rated anew keeps its words.
    now = timezone.now()
    indexed = indexing.index_live(now)
    issued = rerating.rerate(dispatch_ids, cause=cause, now=now, at=at)
    if issued or indexed:
        move_state()
    return issued


@contextmanager
def changing_sections() -> Iterator[None]:
    """Within it sections may be changed: their names stand on every page and card that has been made."""
    with publication_lock():
        yield
        move_state(withdraws=True)


def move_state(*, withdraws: bool = False) -> None:
    SiteState.objects.update(revision=F("revision") + 1, withdrawals=F("withdrawals") + int(withdraws))
    announce_at_commit(withdraws=withdraws)
