"""Limit the choices in forms to what the user's own lists show, plus what is already stored."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Model, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from dispatches.admin.comparing import hidden_name

# Numbers with this many digits fit into 64 bits.
ID_DIGITS = 18


def as_id(typed: object) -> int | None:
    """Parse an id. Returns None for anything that can't be one.

    >>> as_id("12"), as_id("abc"), as_id("²"), as_id("9" * 30)
    (12, None, None, None)
    """
    text = str(typed)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else None


def own_list(request: HttpRequest, model: type[Model], site: AdminSite) -> QuerySet[Any]:
    """Return the objects in this user's own list of a model. Models without a list at the desk hide nothing."""
    if not site.is_registered(model):
        return model._default_manager.all()
    its_admin = site.get_model_admin(model)
    rows = its_admin.get_queryset(request)
    return rows if its_admin.has_view_permission(request) else rows.none()


def is_whole_list(request: HttpRequest, model: type[Model], site: AdminSite) -> bool:
    """Return True if this user's own list of a model has all of its objects."""
    if not site.is_registered(model):
        return True
    its_admin = site.get_model_admin(model)
    return type(its_admin).get_queryset is ModelAdmin.get_queryset and its_admin.has_view_permission(request)


def within(rows: QuerySet[Any], own: QuerySet[Any]) -> QuerySet[Any]:
    """Return those of the rows that are in a user's own list."""
    return rows.filter(pk__in=own.order_by().values("pk"))


def limit_to_own_lists(form: forms.BaseForm, request: HttpRequest, site: AdminSite) -> None:
    """Limit a form without a model to what this user's own lists show."""
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            field.queryset = within(field.queryset, own_list(request, field.queryset.model, site))


class OwnChoiceField(forms.ModelChoiceField):
    """A choice from the user's own list, or the stored object (see `keep`), which is not named if the list hides it."""

    hidden: int | None = None
    # Whether the user's own list has every object, so that what is stored can't be missing.
    is_whole = False

    def keep(self, stored: int | None) -> None:
        """Keep the stored object as a choice, so that saving the form does not change it."""
        own = self.queryset
        if stored is None or own is None or self.is_whole or own.filter(pk=stored).exists():
            return
        self.hidden = stored
        either = Q(pk__in=own.order_by().values("pk")) | Q(pk=stored)
        self.queryset = own.model._default_manager.filter(either)

    def label_from_instance(self, obj: Any) -> str:
        return hidden_name(obj) if obj.pk == self.hidden else super().label_from_instance(obj)


class OwnMultipleChoiceField(forms.ModelMultipleChoiceField):
    """Choices from the user's own list. Invalid ids are rejected before they reach the database."""

    def clean(self, value: Any) -> Any:
        for each in self.prepare_value(value) or []:
            if as_id(each) is None:
                raise forms.ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": each}
                )
        return super().clean(value)


class OwnAutocompleteSelect(AutocompleteSelect):
    """A select that shows nothing for an invalid id, where Django's would raise ValueError."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> list[Any]:
        return super().optgroups(name, [each for each in value if not each or as_id(each) is not None], attr)


def allow_stored(form: forms.ModelForm) -> None:
    """Keep the stored object as a choice in each field of a form."""
    for name, field in form.fields.items():
        if isinstance(field, OwnChoiceField):
            field.keep(form.instance.serializable_value(name))


class OwnChoicesForm(forms.ModelForm):
    """A model form that keeps stored objects as choices."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allow_stored(self)


class OwnChoicesFormSet(BaseInlineFormSet):
    """A formset in which each row keeps its stored objects as choices."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        allow_stored(form)
