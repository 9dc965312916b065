"""What may be chosen in a form of the desk: no more than the user's own lists show, and what is stored already."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Model, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from dispatches.admin.comparing import hidden_name

# Every number with so many digits fits into the databases' 64 bits.
ID_DIGITS = 18


def as_id(typed: object) -> int | None:
    """A typed id as a number; None for what can be the id of nothing.

    >>> as_id("12"), as_id("abc"), as_id("²"), as_id("9" * 30)
    (12, None, None, None)
    """
    text = str(typed)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS else None


def own_list(request: HttpRequest, model: type[Model], site: AdminSite) -> QuerySet[Any]:
    """The objects that this user's own list of a model shows. A model without a list at the desk hides nothing."""
    if not site.is_registered(model):
        return model._default_manager.all()
    its_admin = site.get_model_admin(model)
    rows = its_admin.get_queryset(request)
    return rows if its_admin.has_view_permission(request) else rows.none()


def within(rows: QuerySet[Any], own: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the rows that are in a user's own list."""
    return rows.filter(pk__in=own.order_by().values("pk"))


def limit_to_own_lists(form: forms.BaseForm, request: HttpRequest, site: AdminSite) -> None:
    """Let a form that belongs to no model offer and accept only what this user's own lists show."""
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            field.queryset = within(field.queryset, own_list(request, field.queryset.model, site))


class OwnChoiceField(forms.ModelChoiceField):
    """A choice from the user's own list, or what is stored (see `keep`), which is not named if the list hides it."""

    hidden: int | None = None

    def keep(self, stored: int | None) -> None:
        """Let what is stored stay a choice, so that saving the form leaves it as it is."""
        own = self.queryset
        if stored is None or own is None or own.filter(pk=stored).exists():
            return
        self.hidden = stored
        either = Q(pk__in=own.order_by().values("pk")) | Q(pk=stored)
        self.queryset = own.model._default_manager.filter(either)

    def label_from_instance(self, obj: Any) -> str:
        return hidden_name(obj) if obj.pk == self.hidden else super().label_from_instance(obj)


class OwnMultipleChoiceField(forms.ModelMultipleChoiceField):
    """Choices from the user's own list. A value that can be no id is refused before the database sees it."""

    def clean(self, value: Any) -> Any:
        for each in self.prepare_value(value) or []:
            if as_id(each) is None:
                raise forms.ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": each}
                )
        return super().clean(value)


class OwnAutocompleteSelect(AutocompleteSelect):
    """Shows nothing for a value that can be the id of nothing, where Django's raises ValueError."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> list[Any]:
        return super().optgroups(name, [each for each in value if not each or as_id(each) is not None], attr)


def keep_stored(form: forms.ModelForm) -> None:
    """Let what the form's object has stored stay a choice in each of its fields."""
    for name, field in form.fields.items():
        if isinstance(field, OwnChoiceField):
            field.keep(form.instance.serializable_value(name))


class OwnChoicesForm(forms.ModelForm):
    """The form of an object. What it has stored stays a choice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep_stored(self)


class OwnChoicesFormSet(BaseInlineFormSet):
    """The rows of an object. What a row has stored stays a choice in this row."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        keep_stored(form)
