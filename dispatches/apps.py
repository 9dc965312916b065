from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.db.models.signals import post_migrate


class DispatchesConfig(AppConfig):
    name = "dispatches"
    verbose_name = "Dispatches: the desk"
    default = True

    def ready(self) -> None:
        # Models can be imported only now.
        from dispatches.desk.roles import sync_roles

        post_migrate.connect(sync_roles, sender=self)


class DeskConfig(admin.AdminConfig):
    """The admin, begun with the newsroom."""

    default = False
    default_site = "dispatches.newsroom.Newsroom"
