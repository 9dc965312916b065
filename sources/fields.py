"""Model fields for text: cleaned wherever it comes from, and computed whenever a row is saved."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from sources.addresses import encoded_address
from sources.text import clean, is_web_address


class _Clean(models.Field):
    """A text that is cleaned on every way into the database: forms, imports, pushes, polls and scripts.

    Migrations name Django's own field, so that they import no live code.
    """

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return super().clean(_cleaned(value), model_instance)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        # The instance, too, so that it holds what is stored.
        value = _cleaned(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        # For `QuerySet.update()`. Lookups are left alone.
        return super().get_db_prep_save(_cleaned(value), connection)

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, f"django.db.models.{type(self).__name__}", args, kwargs


def _cleaned(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


class CharField(_Clean, models.CharField):
    """A short text, cleaned."""


class TextField(_Clean, models.TextField):
    """A long text, cleaned."""


class URLField(_Clean, models.URLField):
    """A web address: absolute, http or https, in one form (`encoded_address`)."""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return super().clean(_encoded(value), model_instance)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = _encoded(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return super().get_db_prep_save(_encoded(value), connection)

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if value and not is_web_address(value):
            raise ValidationError("Enter an address that starts with https:// or http://.", code="invalid")


def _encoded(value: Any) -> Any:
    return encoded_address(clean(value)) if isinstance(value, str) else value


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
