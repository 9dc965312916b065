import logging
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import post_migrate, pre_migrate

logger = logging.getLogger(__name__)


class DispatchesConfig(AppConfig):
    name = "dispatches"
    verbose_name = "Dispatches: the desk"
    default = True

    def ready(self) -> None:
        # Models can't be imported before.
        from dispatches.desk.roles import ROLES, sync_roles
        from dispatches.login.recording import record_logins

        if unknown := settings.WIRE_SECOND_FACTOR - {*ROLES, "Superuser"}:
            raise ImproperlyConfigured(
                f"WIRE_SECOND_FACTOR names {', '.join(sorted(unknown))}. "
                f"It must be roles, separated by commas: {', '.join(ROLES)} or Superuser."
            )
        pre_migrate.connect(refuse_another_version, sender=self)
        pre_migrate.connect(take_wall_down, sender=self)
        pre_migrate.connect(open_log, sender=self)
        post_migrate.connect(sync_roles, sender=self)
        post_migrate.connect(put_wall_up, sender=self)
        post_migrate.connect(close_log, sender=self)
        record_logins()


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


def take_wall_down(using: str, plan: list[Any], **kwargs: Any) -> None:
    """Remove the readers' views before tables change. Readers get cached pages until they are back."""
    from dispatches.public import wall

    if plan and connections[using].vendor == "postgresql":
        wall.take_down(connections[using])


def open_log(using: str, plan: list[Any], **kwargs: Any) -> None:
    """Let migrations change the table of the log."""
    from dispatches.models import append_only

    connection = connections[using]
    if plan and append_only.LOG in connection.introspection.table_names():
        append_only.take_down(connection)


def close_log(using: str, **kwargs: Any) -> None:
    """Make the log append-only again."""
    from dispatches.models import append_only

    with transaction.atomic(using):
        append_only.put_up(connections[using])


def put_wall_up(using: str, **kwargs: Any) -> None:
    """Create the readers' login and views, or say what is missing. In SQLite, each connection has its own."""
    from dispatches.public import wall

    if connections[using].vendor != "postgresql":
        return
    logins = wall.read_logins()
    with transaction.atomic(using):
        if wall.create_logins(connections[using], logins):
            wall.put_up(connections[using], logins.readers, logins.heartbeat)
        else:
            logger.warning(
                "The readers' login %r is missing, and this user must not create it. Let an administrator of the "
                "database run `manage.py create_readers_login`, or what `manage.py create_readers_login --print` says. "
                "Until then, readers get no pages.",
                logins.readers,
            )
