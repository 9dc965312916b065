"""Columns that are computed when a row is saved, so that no way of saving forgets them."""

from collections.abc import Callable
from typing import Any

from django.db import models


class ComputedTextField(models.TextField):
    """A text that follows from the row: `compute` gets the object, at every save that writes this column.

    A save that names its fields has to name this one too, and `update()` does not compute it.
    """

    def __init__(self, *args: Any, compute: Callable[[Any], str] = str, **kwargs: Any) -> None:
        self.compute = compute
        super().__init__(*args, **{"blank": True, "editable": False} | kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.compute(model_instance)
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        # The schema does not depend on how it is computed, and migrations import no live code.
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs
