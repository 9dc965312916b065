from django.apps import AppConfig


class DispatchesConfig(AppConfig):
    name = "dispatches"
    verbose_name = "Dispatches: the desk"
