"""Who works on what: take it, hand it over, and comment on it."""

import re
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils import timezone

from dispatches.desk.actors import TO_SEE, Actor, user_of
from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import verb
from dispatches.models import Assignment, Comment, Dispatch
from dispatches.models.teamwork import Work, about
from sources.models import Report

# Where permissions are kept.
BACKEND = "django.contrib.auth.backends.ModelBackend"
# “@” and a username, but not within a mail address.
MENTION = re.compile(r"(?<![\w.+-])@([\w.@+-]*\w)")


@verb("dispatches.change_assignment")
def take(*, work: Work, actor: Actor) -> Assignment:
    """Make a dispatch or a report the actor's own work, whoever had it before. Raises PermissionDenied."""
    user = user_of(actor)
    if user is None or not may_work_on(user, work):
        raise PermissionDenied("take refused")
    return _assign(work, user, actor)


@verb("dispatches.change_assignment")
def hand_over(*, work: Work, to: User, actor: Actor) -> Assignment:
    """Make a dispatch or a report somebody else's work. Raises NotReady if they may not change it."""
    if not to.is_active or not to.is_staff or not may_work_on(to, work):
        raise NotReady([f"{to} can't work on it: they may not change it. Choose somebody else."])
    return _assign(work, to, actor)


@verb("dispatches.change_assignment")
def release(*, work: Work, actor: Actor) -> None:
    """Make a dispatch or a report nobody's work."""
    Assignment.objects.about(work).delete()


@verb("dispatches.add_comment", access=TO_SEE)
def comment(*, work: Work, text: str, actor: Actor) -> Comment:
    """Comment on a dispatch or a report. “@name” in the text notifies a colleague who may see it.

    Raises NotReady without a text, and ValidationError.
    """
    if not text.strip():
        raise NotReady(["Write something first."])
    written = Comment(author=user_of(actor), text=text.strip(), **about(work))
    written.full_clean()
    written.save()
    written.mentioned.set(mentioned_in(written.text, work))
    return written


@verb("dispatches.delete_comment", access=TO_SEE)
def delete_comment(*, comment: Comment, actor: Actor) -> None:
    """Delete one's own comment."""
    comment.delete()


def may_work_on(user: User, work: Work) -> bool:
    """Return True if a user may be given a dispatch to write or a report to review."""
    if isinstance(work, Dispatch):
        return user.has_perm("dispatches.change_dispatch") and work.is_changeable_by(user)
    return user.has_perm("sources.review_report") and Report.objects.visible_to(user).kept().filter(pk=work.pk).exists()


def may_see(user: User, work: Work) -> bool:
    """Return True if a user may see a dispatch or a report, and so what is said about it."""
    if isinstance(work, Dispatch):
        return user.has_perm("dispatches.view_dispatch") and work.is_visible_to(user)
    return user.has_perm("sources.view_report") and Report.objects.visible_to(user).filter(pk=work.pk).exists()


def colleagues(work: Work) -> list[User]:
    """Return the users to whom a dispatch or a report can be handed over, by name."""
    permissions = ["dispatches.edit_any_dispatch"]
    if isinstance(work, Report):
        permissions = ["sources.review_report", *(["sources.see_confidential"] if work.source.is_confidential else [])]
    able = [User.objects.with_perm(each, backend=BACKEND).values("pk") for each in permissions]
    staff = User.objects.filter(*(Q(pk__in=each) for each in able), is_staff=True)
    if isinstance(work, Dispatch) and work.author and may_work_on(work.author, work):
        staff |= User.objects.filter(pk=work.author.pk, is_active=True, is_staff=True)
    return list(staff.order_by("username"))


def mentioned_in(text: str, work: Work) -> list[User]:
    """Return the users named by “@name” who may see this dispatch or report. Case doesn't matter."""
    names = {name.casefold() for name in MENTION.findall(text)}
    staff = User.objects.filter(is_active=True, is_staff=True).order_by("username")
    return [user for user in staff if user.username.casefold() in names and may_see(user, work)]


def _assign(work: Work, user: User, actor: Actor) -> Assignment:
    fields = {"user": user, "assigned_by": user_of(actor), "assigned_at": timezone.now()}
    which: Any = about(work)
    assignment, _ = Assignment.objects.update_or_create(**which, defaults=fields)
    return assignment
