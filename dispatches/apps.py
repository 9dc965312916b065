from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import post_migrate, pre_migrate


class DispatchesConfig(AppConfig):
    name = "dispatches"
    verbose_name = "Dispatches: the desk"
    default = True

    def ready(self) -> None:
        # Models can't be imported before.
        from dispatches.desk.roles import ROLES, sync_roles

        if unknown := settings.WIRE_SECOND_FACTOR - {*ROLES, "Superuser"}:
            raise ImproperlyConfigured(
                f"WIRE_SECOND_FACTOR names {', '.join(sorted(unknown))}. "
                f"It must be roles, separated by commas: {', '.join(ROLES)} or Superuser."
            )
        pre_migrate.connect(refuse_another_version, sender=self)
        post_migrate.connect(sync_roles, sender=self)


class DeskConfig(admin.AdminConfig):
    """Django's admin, with the newsroom as its site."""

    default = False
    default_site = "dispatches.newsroom.Newsroom"


def refuse_another_version(using: str, **kwargs: Any) -> None:
    """Refuse to migrate a database of another version of The Wire. Raises CommandError with instructions."""
    connection = connections[using]
    loader = MigrationLoader(connection)
    unknown = {each for each in loader.applied_migrations if each[0] in ("sources", "dispatches")} - {
        *loader.disk_migrations
    }
    if unknown:
        raise CommandError(
            f"This database ({connection.settings_dict['NAME']}) was created by another version of The Wire: it has "
            "migrations that this version does not know. Use that version, or move the database away and start with "
            "an empty one."
        )
