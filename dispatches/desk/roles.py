"""Who may do what at the desk: four roles, each a group with permissions. `migrate` creates them and keeps them so."""

from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet

# What each role may do, by the names of Django's permissions.
_WRITES = {
    "dispatches": [
        *("add_dispatch", "change_dispatch", "view_dispatch", "view_edition", "view_section", "view_story"),
        *("add_development", "change_development", "delete_development", "view_development"),
        *("add_citation", "change_citation", "delete_citation", "view_citation"),
        *("add_comment", "delete_comment", "view_comment", "change_assignment"),
    ],
    "sources": ["add_report", "change_report", "view_report", "view_source"],
}
_EDITS = {
    "dispatches": ["edit_any_dispatch", "publish_dispatch", "add_story", "change_story"],
    "sources": [
        *("review_report", "see_confidential", "add_source", "change_source", "view_owner", "view_holding"),
        *("add_proposal", "change_proposal", "view_proposal", "add_feed", "change_feed", "view_feed"),
    ],
}
_LEADS = {
    "dispatches": ["withdraw_dispatch", "hold_dispatch", "add_section", "change_section"],
    "sources": [
        *("grade_source", "add_owner", "change_owner", "make_intake_key"),
        *("add_holding", "change_holding", "delete_holding"),
    ],
    "auth": ["add_user", "change_user", "view_user"],
}

ROLES: dict[str, list[dict[str, list[str]]]] = {
    "Reporter": [_WRITES],
    "Editor": [_WRITES, _EDITS],
    "Chief": [_WRITES, _EDITS, _LEADS],
    "Operator": [],
}


def permissions_of(role: str) -> set[str]:
    """The permissions of a role, as `User.has_perm` names them."""
    return {
        f"{app}.{codename}" for rights in ROLES[role] for app, codenames in rights.items() for codename in codenames
    }


def may_manage(manager: User, user: User) -> bool:
    """Return True if a user who manages others may change this one: password, name, roles, second factor.

    Superusers may change everyone, and all may change themselves. Others may not change a superuser, nor whoever
    manages users too, nor whoever may do something that they may not: with a new password, they could become that user.
    """
    if manager.is_superuser or manager.pk == user.pk:
        return True
    theirs = _granted_to(user)
    if user.is_superuser or theirs.filter(content_type__app_label="auth", codename="change_user").exists():
        return False
    return not theirs.exclude(pk__in=_granted_to(manager).values("pk")).exists()


def groups_to_give(manager: User) -> QuerySet[Group]:
    """Return the groups that a user may put others into: those that allow nothing that the user may not do."""
    if manager.is_superuser:
        return Group.objects.all()
    beyond = Permission.objects.exclude(pk__in=_granted_to(manager).values("pk"))
    return Group.objects.exclude(permissions__in=beyond)


def _granted_to(user: User) -> QuerySet[Permission]:
    # Not `get_all_permissions`, which is empty for users who are disabled, and could be enabled again.
    granted = Q(pk__in=Permission.objects.filter(group__user=user).values("pk"))
    return Permission.objects.filter(granted | Q(user=user)).order_by()


def sync_roles(sender: Any, using: str, **kwargs: Any) -> None:
    """Make the four groups, and give each exactly its permissions. Called after every `migrate`.

    A right that was removed above leaves existing installations, too.
    """
    for role in ROLES:
        group, _ = Group.objects.using(using).get_or_create(name=role)
        wanted = Q(pk__in=[])
        for name in permissions_of(role):
            app, codename = name.split(".")
            wanted |= Q(content_type__app_label=app, codename=codename)
        group.permissions.set(Permission.objects.using(using).filter(wanted))
