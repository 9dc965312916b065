"""What every write at the desk has in common: a permission, one lock, one transaction, and the re-rating that follows.

Any change to what readers see, or to what a Signal is computed from, first locks the single row of the site's state.
Such changes therefore run one after another: what a verb has checked still holds when it writes, and a stored Signal
always matches the stored facts.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from dispatches.desk import documents, indexing, log, rerating
from dispatches.desk.actors import TO_CHANGE, Access, Actor, require, require_to_save, user_of
from dispatches.desk.concealing import conceal
from dispatches.desk.proposing import propose_contradictions
from dispatches.desk.readiness import NotReady
from dispatches.desk.removals import record_naming
from dispatches.desk.unpublished import has_unpublished_changes
from dispatches.desk.withdrawals import purge_after_commit
from dispatches.history import revisions
from dispatches.models import Dispatch
from dispatches.public.announcing import announce_at_commit
from dispatches.public.models import Cause, Section, SiteState
from sources.facts import ControlGroup, read_groups
from sources.independence import CONFIDENTIAL_LABEL
from sources.models import Holding, Owner, Report, Source

P = ParamSpec("P")
T = TypeVar("T")

# Every verb by name, with the permission that it asks of a user; None: system actors only.
VERBS: dict[str, str | None] = {}


def verb(permission: str | None, access: Access = TO_CHANGE) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a function a verb: refused without the permission, and run under the publication lock.

    The function takes keyword arguments only, among them `actor`. The objects it is given are checked as well: a user
    must have `access` to each of them. Raises PermissionDenied, and NotReady if one of them was expunged.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        name = function.__name__

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> T:
            actor: Any = kwargs.get("actor")
            try:
                require(actor, name, permission, kwargs.values(), access)
                with publication_lock():
                    _refuse_expunged(kwargs.values())
                    documents.touch(*kwargs.values())
                    result = function(*args, **kwargs)
                    documents.touch(result)
                    log.record_verb(actor, name, kwargs, result)
                    return result
            except PermissionDenied as error:
                log.record_denial(error, actor, name, kwargs)
                raise

        VERBS[name] = permission
        return checked

    return decorate


def _refuse_expunged(objects: Iterable[Any]) -> None:
    """Raise NotReady if one of these is an expunged dispatch or report, however old this copy of it is."""
    for each in objects:
        if not isinstance(each, Dispatch | Report) or each.pk is None:
            continue
        if type(each)._default_manager.filter(pk=each.pk, expunged_at__isnull=False).exists():
            raise NotReady(["It was expunged: nothing is left to work on. Write a new one instead."])


@contextmanager
def publication_lock() -> Iterator[None]:
    """Hold the lock on everything readers see, in one transaction.

    Reentrant: only the outermost block takes the lock in the database.
    """
    if _holds_lock.get():
        with transaction.atomic():
            yield
        return
    with log.denials_after(), transaction.atomic():
        SiteState.objects.select_for_update().get_or_create(pk=1)
        token = _holds_lock.set(True)
        try:
            with documents.updating():
                yield
        finally:
            _holds_lock.reset(token)


_holds_lock: ContextVar[bool] = ContextVar("holds the publication lock", default=False)


# Saving and deleting whole objects, as forms do


@contextmanager
def saving(obj: models.Model, *, actor: Actor | None, how: str = "Saved", local_draft: str = "") -> Iterator[None]:
    """Save an object with its rows inside this block, as a form does.

    Its history is kept, and dependent Signals are re-rated. Raises PermissionDenied, or NotReady if it was expunged.
    """
    action = "change" if obj.pk else "add"
    _require_to_save(actor, obj, action=action)
    with publication_lock():
        _refuse_expunged([obj])
        with recording(obj, actor=actor, how=how, local_draft=local_draft):
            yield
        log.record(actor, f"{action}_{obj._meta.model_name}", obj)


@contextmanager
def deleting(obj: models.Model, *, actor: Actor | None) -> Iterator[None]:
    """Delete an object inside this block. Its history keeps its last content. Raises PermissionDenied."""
    _require_to_save(actor, obj, action="delete")
    with publication_lock():
        revisions.keep(obj, editor=user_of(actor), how="Deleted", always=True)
        log.record(actor, f"delete_{obj._meta.model_name}", obj)
        documents.touch(obj)
        with _rerating_after_change(obj):
            yield


def _require_to_save(actor: Actor | None, obj: models.Model, *, action: str) -> None:
    try:
        require_to_save(actor, obj, action=action)
    except PermissionDenied as error:
        log.record_denial(error, actor, f"{action}_{obj._meta.model_name}", {}, obj)
        raise


@contextmanager
def recording(obj: models.Model, *, actor: Actor | None, how: str, local_draft: str = "") -> Iterator[None]:
    """Save an object inside this block; record its content in its history and re-rate what depends on it.

    The content before is recorded too, in case something other than the desk has written it. Checks no permission:
    for verbs that have.
    """
    with publication_lock():
        if obj.pk:
            revisions.keep(obj, editor=None, how="Changed outside the desk")
        with _rerating_after_change(obj):
            yield
            if isinstance(obj, Dispatch | Report):
                propose_contradictions(obj)
        revisions.keep(obj, editor=user_of(actor), how=how, local_draft=local_draft)
        documents.touch(obj)
        if isinstance(obj, Dispatch):
            obj.has_unpublished_changes = has_unpublished_changes(obj)
            Dispatch.objects.filter(pk=obj.pk).update(has_unpublished_changes=obj.has_unpublished_changes)


def _rerating_after_change(obj: models.Model) -> AbstractContextManager[None]:
    match obj:
        case Report():
            return changing_reports(obj)
        case Source():
            return changing_sources(obj)
        case Owner(pk=None):
            # A new owner has no sources, and holds nothing yet.
            return nullcontext()
        case Owner() | Holding():
            return changing_owners()
        case Dispatch():
            return changing_citations(obj)
        case Section():
            return changing_sections()
    return nullcontext()


# Changing what a Signal is computed from: dependent dispatches are re-rated at the end of each block. These check no
# permission: they are for verbs that have.


@contextmanager
def changing_reports(*reports: Report, cause: Cause = Cause.REPORT, at: datetime | None = None) -> Iterator[None]:
    """Change reports inside this block: their basis, what they relay, their review. They may be new."""
    with publication_lock():
        yield
        rerate_now(rerating.citing({report.pk for report in reports}), cause, at)


@contextmanager
def changing_sources(*sources: Source) -> Iterator[None]:
    """Change sources inside this block: their grade, owner or public name. They may be new.

    If a source becomes confidential, its name is removed from every edition, past ones included.
    """
    with publication_lock():
        ids = [source.pk for source in sources if source.pk]
        public = Source.objects.filter(pk__in=ids, is_confidential=False)
        confidential = Source.objects.filter(pk__in=ids, is_confidential=True)
        unnamed = {*confidential.values_list("pk", flat=True)}
        named = {source.pk: {source.public_name, source.name} for source in public}
        yield
        depending = rerating.depending_on_sources({source.pk for source in sources})
        rerate_now(depending, Cause.SOURCE)
        for source in Source.objects.filter(pk__in=named, is_confidential=True):
            names = named[source.pk] | revisions.ever(source, "name", "public_label")
            record_naming(source, names, is_confidential=True)
            if conceal(source, names - {CONFIDENTIAL_LABEL}, depending):
                advance_state(withdraws=True)
        for source in Source.objects.filter(pk__in=unnamed, is_confidential=False):
            record_naming(source, {source.name}, is_confidential=False)


@contextmanager
def changing_owners() -> Iterator[None]:
    """Change owners and holdings inside this block. Sources whose control group changes, or its name, are re-rated."""
    with publication_lock():
        before = _members(read_groups())
        yield
        after = _members(read_groups())
        changed = {owner for owner in before.keys() | after.keys() if before.get(owner) != after.get(owner)}
        sources = set(Source.objects.filter(owner__in=changed).values_list("pk", flat=True))
        rerate_now(rerating.depending_on_sources(sources), Cause.SOURCE)


@contextmanager
def changing_citations(dispatch: Dispatch) -> Iterator[None]:
    """Change a working copy and its citations inside this block. If it is published, its Signal is re-rated."""
    with publication_lock():
        yield
        rerate_now([dispatch.pk], Cause.CITATION)


@contextmanager
def changing_sections() -> Iterator[None]:
    """Change sections inside this block. Their names are on every cached page and card, so all caches are purged."""
    with publication_lock():
        yield
        advance_state(withdraws=True)


def _members(groups: dict[int, ControlGroup]) -> dict[int, tuple[str, frozenset[int]]]:
    """Return the name of each owner's control group and the owners in it, by owner id."""
    together: dict[int, set[int]] = {}
    for owner, group in groups.items():
        together.setdefault(group.id, set()).add(owner)
    return {owner: (group.owner, frozenset(together[group.id])) for owner, group in groups.items()}


def rerate_now(dispatch_ids: Iterable[int], cause: Cause, at: datetime | None = None) -> int:
    """Re-rate these dispatches and return the number of live editions replaced."""
    # One time for both steps: nothing can go live in between.
    now = timezone.now()
    indexed = indexing.index_live(now)
    issued = rerating.rerate(dispatch_ids, cause=cause, now=now, at=at)
    if issued or indexed:
        advance_state()
    return issued


def advance_state(*, withdraws: bool = False) -> None:
    """Give the site's state its next value, and tell the other processes once the transaction commits."""
    SiteState.objects.update(revision=F("revision") + 1, withdrawals=F("withdrawals") + int(withdraws))
    announce_at_commit(withdraws=withdraws)
    if withdraws:
        purge_after_commit()
