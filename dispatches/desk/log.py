"""Record every verb in the log, in the verb's own transaction; those that were denied, too.

Only ids, names of verbs and names of users are recorded; see `dispatches/models/log.py`.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, models

from dispatches.desk.actors import Actor, SystemActor
from dispatches.models import Action, Citation, Comment, Dispatch
from dispatches.public.models import Edition
from sources.models import IntakeKey, Proposal, Report, Source

logger = logging.getLogger(__name__)

# The arguments that may hold the object of a verb. The first that is given counts.
OBJECTS = ("dispatch", "citation", "report", "work", "comment", "proposal", "feed", "into", "source")
REASONS = ("note", "reason")

# Denied calls, while the publication lock is held: they are written after it, since its transaction may be rolled back.
_denied: ContextVar[list[Action] | None] = ContextVar("denied calls", default=None)


def record_verb(actor: Actor | None, verb: str, given: Mapping[str, Any], result: object) -> None:
    """Record that a verb was called, unless it has changed nothing."""
    count = _count(result)
    if not count:
        return
    issued = result if isinstance(result, Edition) else getattr(result, "edition", None)
    edition = issued.number if isinstance(issued, Edition) else None
    _write(_entry(actor, verb, _object_of(given, result), given, edition=edition, count=count))


def record(
    actor: Actor | None,
    verb: str,
    obj: models.Model | None = None,
    *,
    detail: str = "",
    command: str = "",
    is_denied: bool = False,
) -> None:
    """Record something that is no verb of the desk: a login, a change of roles."""
    _write(_entry(actor, verb, obj, {}, detail=detail, command=command, is_denied=is_denied))


def record_denial(
    error: PermissionDenied, actor: Actor | None, verb: str, given: Mapping[str, Any], obj: models.Model | None = None
) -> None:
    """Record that an actor may not call a verb. Does so once for each error, however many callers pass it on."""
    if getattr(error, "is_recorded", False):
        return
    error.is_recorded = True  # type: ignore[attr-defined]
    entry = _entry(actor, verb, obj or _object_of(given, None), given, is_denied=True)
    waiting = _denied.get()
    if waiting is None:
        _write_denied([entry])
    else:
        waiting.append(entry)


@contextmanager
def denials_after() -> Iterator[None]:
    """Collect the calls denied inside this block, and record them after its transaction, committed or rolled back."""
    waiting: list[Action] = []
    token = _denied.set(waiting)
    try:
        yield
    finally:
        _denied.reset(token)
        _write_denied(waiting)


def _write_denied(entries: list[Action]) -> None:
    try:
        Action.objects.bulk_create(entries)
    except DatabaseError:
        # The call is denied even if that can't be recorded.
        logger.exception("Denied calls could not be recorded: %s", ", ".join(map(str, entries)))


@dataclass(slots=True)
class _Summary:
    """The entries of a block that are recorded as one: how many, and the first of them about a dispatch, or at all."""

    count: int = 0
    entry: Action | None = None

    def add(self, entry: Action) -> None:
        self.count += 1
        is_better = self.entry is None or (
            entry.of == Dispatch._meta.label_lower and self.entry.of != Dispatch._meta.label_lower
        )
        self.entry = entry if is_better else self.entry


_summary: ContextVar[_Summary | None] = ContextVar("the entries recorded as one", default=None)


@contextmanager
def summarized(verb: str, *, command: str) -> Iterator[None]:
    """Record all verbs called inside this block as one entry, with their number. For maintenance commands."""
    summary = _Summary()
    token = _summary.set(summary)
    try:
        yield
    finally:
        _summary.reset(token)
    if entry := summary.entry:
        entry.verb, entry.command, entry.count = verb, command, summary.count
        _write(entry)


def _write(entry: Action) -> None:
    summary = _summary.get()
    if summary is None or entry.is_denied:
        entry.save(force_insert=True)
    else:
        summary.add(entry)


def _entry(actor: Actor | None, verb: str, obj: models.Model | None, given: Mapping[str, Any], **fields: Any) -> Action:
    kind, actor_id, name = _actor(actor)
    return Action(
        actor_kind=kind,
        actor_id=actor_id,
        actor_name=name,
        verb=verb,
        of=str(obj._meta.label_lower) if obj else "",
        object_id=obj.pk if obj else None,
        has_reason=any(bool(given.get(name)) for name in REASONS),
        **fields,
    )


def _actor(actor: Actor | None) -> tuple[Action.Actor, int | None, str]:
    match actor:
        case User():
            return Action.Actor.USER, actor.pk, actor.username
        case IntakeKey():
            return Action.Actor.KEY, actor.pk, actor.prefix
        case SystemActor():
            return Action.Actor.SYSTEM, None, actor.name
    return Action.Actor.NOBODY, None, ""


def _object_of(given: Mapping[str, Any], result: object) -> models.Model | None:
    """Return the object of a verb: what it has made, else what it was given."""
    made = result[0] if isinstance(result, tuple) and result else result
    if isinstance(made, Dispatch | Report | Source | IntakeKey):
        return made
    found = next((given[name] for name in OBJECTS if isinstance(given.get(name), models.Model)), None)
    if isinstance(found, Comment):
        return found.dispatch or found.report
    if isinstance(found, Citation):
        return found.dispatch
    return found.report if isinstance(found, Proposal) else found


def _count(result: object) -> int:
    """Return how many objects a verb has changed, by what it returns: a number, False for none, or an `is_new`."""
    if isinstance(result, bool | int):
        return int(result)
    if getattr(result, "is_new", True) is False:
        return 0
    new, changed = (getattr(result, name, None) for name in ("new", "changed"))
    return len(new) + len(changed) if isinstance(new, tuple) and isinstance(changed, tuple) else 1
