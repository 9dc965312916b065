from django.apps import AppConfig
from django.contrib.admin import apps as admin


class DispatchesConfig(AppConfig):
    name = "dispatches"
    verbose_name = "Dispatches: the desk"
    default = True


class DeskConfig(admin.AdminConfig):
    """The admin, begun with the newsroom."""

    default = False
    default_site = "dispatches.newsroom.Newsroom"
