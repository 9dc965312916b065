"""Who may call which verb of the desk: users, intake keys and named system actors.

A verb asks for its permission itself, so no caller can forget to. Without an actor, or with one that is not allowed,
it raises PermissionDenied and changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils import timezone

from dispatches.models import Citation, Comment, Dispatch
from sources.models import Feed, IntakeKey, Proposal, Report, Source


@dataclass(frozen=True, slots=True)
class SystemActor:
    """A program that acts in nobody's name. It may call the verbs listed here, and no other."""

    name: str
    verbs: frozenset[str]


Actor = User | IntakeKey | SystemActor

POLLER = SystemActor("poller", frozenset({"receive"}))
HOUSEKEEPING = SystemActor("housekeeping", frozenset({"index_due_editions", "propose_relays_by_source_name"}))
MAINTENANCE = SystemActor(
    "maintenance command",
    HOUSEKEEPING.verbs | {"rerate", "reindex", "rebuild_relations", "rebuild_documents", "prune_index"},
)
RESTORER = SystemActor(
    "restore command",
    frozenset(
        {
            *("close_to_readers", "open_to_readers", "withdraw", "cancel_schedule", "expunge", "expunge_draft"),
            *("expunge_reports", "save_source"),
        }
    ),
)
RETENTION = SystemActor("retention", frozenset({"prune_reports", "prune_revisions", "prune_log"}))
IMPORTER = SystemActor(
    "import command",
    frozenset(
        {
            *("save_source", "save_owner", "save_holding", "save_feed", "save_story", "save_dispatch"),
            *("add_source_named", "record_report", "propose_relays", "propose_credit", "cite"),
            *("add_sources", "add_stories", "record_reports", "add_drafts"),
        }
    ),
)


def user_of(actor: Actor | None) -> User | None:
    """Return the user to record as the author of a change; None for a program."""
    return actor if isinstance(actor, User) else None


# The rows of a model that a user may use in a verb, by model. Anything else is open to whoever has the permission.
Access = Mapping[type[models.Model], Callable[[User], models.QuerySet[Any]]]

TO_CHANGE: Access = {
    Dispatch: lambda user: Dispatch.objects.changeable_by(user),
    Report: lambda user: Report.objects.visible_to(user).kept(),
    Citation: lambda user: Citation.objects.filter(
        dispatch__in=Dispatch.objects.changeable_by(user), report__in=Report.objects.visible_to(user)
    ),
    Proposal: lambda user: Proposal.objects.visible_to(user),
    Source: lambda user: Source.objects.visible_to(user),
    Feed: lambda user: Feed.objects.visible_to(user),
    Comment: lambda user: Comment.objects.visible_to(user).filter(author=user),
}
# For verbs that leave the object as it is: seeing it is enough.
TO_SEE: Access = {**TO_CHANGE, Dispatch: lambda user: Dispatch.objects.visible_to(user)}


def require(
    actor: Actor | None, verb: str, permission: str | None, objects: Iterable[Any] = (), access: Access = TO_CHANGE
) -> None:
    """Raise PermissionDenied unless the actor may call this verb on these objects.

    A user needs the permission, and access to each object; `permission=None` admits system actors only. An intake
    key may only receive, and only for its own source.
    """
    match actor:
        case User():
            is_allowed = permission is not None and actor.has_perm(permission)
            is_allowed = is_allowed and all(_may_use(actor, each, access) for each in objects)
        case IntakeKey():
            is_own = all(each.pk == actor.source_id for each in objects if isinstance(each, Source))
            is_allowed = verb == "receive" and is_own and _is_valid(actor)
        case SystemActor():
            is_allowed = verb in actor.verbs
        case _:
            is_allowed = False
    if not is_allowed:
        raise PermissionDenied(f"{verb} refused")


def require_each(actor: Actor | None, objects: Iterable[models.Model]) -> None:
    """Raise PermissionDenied unless a user may use each of these saved objects of one model. One query."""
    used = {each.pk: each for each in objects}
    if not used or not isinstance(actor, User):
        return
    usable = TO_CHANGE.get(type(next(iter(used.values()))))
    if usable and usable(actor).filter(pk__in=used).count() < len(used):
        raise PermissionDenied("use refused")


def require_to_save(actor: Actor | None, obj: models.Model, *, action: str) -> None:
    """Raise PermissionDenied unless the actor may add, change or delete (`action`) this object in a form."""
    options = obj._meta
    require(actor, f"save_{options.model_name}", f"{options.app_label}.{action}_{options.model_name}")
    if isinstance(actor, User) and obj.pk and not _may_change(actor, obj):
        raise PermissionDenied(f"{action} refused")


def _may_use(user: User, obj: Any, access: Access = TO_CHANGE) -> bool:
    usable = access.get(type(obj))
    return usable is None or obj.pk is None or usable(user).filter(pk=obj.pk).exists()


def _may_change(user: User, obj: Any) -> bool:
    return _may_use(user, obj) and (not isinstance(obj, Report) or may_edit_report(user, obj))


def may_edit_report(user: User, report: Report) -> bool:
    """Return True if a user may edit a report: reviewers any, reporters their own until it is reviewed.

    Nobody edits an expunged one.
    """
    if report.expunged_at:
        return False
    if user.has_perm("sources.review_report"):
        return True
    return report.filed_by_id == user.pk and report.review == Report.Review.PENDING


def _is_valid(key: IntakeKey) -> bool:
    return IntakeKey.objects.valid(timezone.now()).filter(pk=key.pk).exists()
