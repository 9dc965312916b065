from typing import Any

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.core.management import CommandError
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import post_migrate, pre_migrate


class DispatchesConfig(AppConfig):
    name = "dispatches"
    verbose_name = "Dispatches: the desk"
    default = True

    def ready(self) -> None:
        # Models can be imported only now.
        from dispatches.desk.roles import sync_roles

        pre_migrate.connect(refuse_another_version, sender=self)
        post_migrate.connect(sync_roles, sender=self)


class DeskConfig(admin.AdminConfig):
    """The admin, begun with the newsroom."""

    default = False
    default_site = "dispatches.newsroom.Newsroom"


def refuse_another_version(using: str, **kwargs: Any) -> None:
    """Leave a database alone that another version of The Wire has made. Raises CommandError, which says what to do."""
    connection = connections[using]
    loader = MigrationLoader(connection)
    unknown = {each for each in loader.applied_migrations if each[0] in ("sources", "dispatches")} - {
        *loader.disk_migrations
    }
    if unknown:
        raise CommandError(
            f"Another version of The Wire made this database ({connection.settings_dict['NAME']}): it has "
            "migrations that this one does not know. Use that version, or move the database away and start with an "
            "empty one."
        )
