"""Columns that are computed whenever a row is saved."""

from collections.abc import Callable
from typing import Any

from django.db import models


class ComputedTextField(models.TextField):
    """A text computed from the row: `compute` gets the instance at every save that writes this column.

    `save(update_fields=…)` must name it to update it, and `QuerySet.update()` does not compute it.
    """

    def __init__(self, *args: Any, compute: Callable[[Any], str] = str, **kwargs: Any) -> None:
        self.compute = compute
        super().__init__(*args, **{"blank": True, "editable": False} | kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.compute(model_instance)
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        # Leave `compute` out, so that migrations import no live code.
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs
