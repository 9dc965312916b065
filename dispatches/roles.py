"""Who may do what at the desk: four roles, each a group with permissions. The migrations make them."""

from typing import Any

# What each role may do, by the names of Django's permissions.
_WRITES = {
    "dispatches": [
        *("add_dispatch", "change_dispatch", "view_dispatch", "view_edition", "view_section", "view_story"),
        *("add_development", "change_development", "delete_development", "view_development"),
        *("add_citation", "change_citation", "delete_citation", "view_citation"),
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


def make_roles(apps: Any) -> None:
    """Make the four groups and give each its permissions; for a migration, and safe to run again.

    Django makes permissions only after all migrations, so those that are not there yet are made here.
    """
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    type_model = apps.get_model("contenttypes", "ContentType")
    names = {
        (model._meta.app_label, codename): (model._meta.model_name, name)
        for model in apps.get_models()
        for codename, name in [
            *((f"{verb}_{model._meta.model_name}", f"Can {verb} {model._meta.verbose_name}") for verb in VERBS),
            *model._meta.permissions,
        ]
    }
    for role in ROLES:
        group, _ = group_model.objects.get_or_create(name=role)
        for app, codename in (permission.split(".") for permission in sorted(permissions_of(role))):
            if (app, codename) not in names:
                continue  # Of a model that a later migration makes, and this function then again.
            model_name, name = names[app, codename]
            content_type, _ = type_model.objects.get_or_create(app_label=app, model=model_name)
            permission, _ = permission_model.objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": name}
            )
            group.permissions.add(permission)


VERBS = ("add", "change", "delete", "view")
