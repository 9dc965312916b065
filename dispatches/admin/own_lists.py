"""Limit what a user sees of a model, and how its list can be filtered, to what the admin offers them."""

from collections.abc import Container
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, ImproperlyConfigured, PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatches.admin.formdata import input_names
from dispatches.admin.own_choices import (
    OwnAutocompleteSelect,
    OwnChoiceField,
    OwnChoicesForm,
    OwnChoicesFormSet,
    OwnMultipleChoiceField,
    as_id,
    is_whole_list,
    own_list,
    within,
)

if TYPE_CHECKING:
    from django.contrib.admin.options import BaseModelAdmin
else:
    BaseModelAdmin = object

# In characters. SQLite can't compile longer searches.
LONGEST_SEARCH = 200
NOTHING = "none"


class OwnListsMixin(BaseModelAdmin):
    """Mixin for admins and inlines: fields offer, show and accept only what this user's own lists show."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        own = own_list(request, db_field.related_model, self.admin_site)
        is_whole = "queryset" not in kwargs and is_whole_list(request, db_field.related_model, self.admin_site)
        kwargs["queryset"] = within(kwargs["queryset"], own) if "queryset" in kwargs else own
        kwargs.setdefault("form_class", OwnChoiceField)
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", OwnAutocompleteSelect(db_field, self.admin_site))
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            field.is_whole = is_whole
        return field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = own_list(request, db_field.related_model, self.admin_site)
        kwargs["form_class"] = OwnMultipleChoiceField
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Remove read-only fields that lead to models this user may not see."""
        fieldsets = super().get_fieldsets(request, obj)
        if not isinstance(obj, self.model):
            return fieldsets
        only_shown: Any = self.get_readonly_fields(request, obj)
        if not self.has_change_permission(request, obj):
            only_shown = flatten_fieldsets(fieldsets)
        hidden = {name for name in only_shown if self._is_hidden(request, obj, name)}
        return without_fields(fieldsets, hidden) if hidden else fieldsets

    def _is_hidden(self, request: HttpRequest, obj: models.Model, name: Any) -> bool:
        target = target_of(self.model, name)
        pk = obj.serializable_value(name) if target else None
        if target is None or pk is None:
            return False
        return not own_list(request, target, self.admin_site).filter(pk=pk).exists()


class OwnListsInline(OwnListsMixin, admin.TabularInline):
    """An inline that shows only rows this user may know about."""

    template = "admin/desk_rows.html"
    formset = OwnChoicesFormSet
    extra = 0

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows


class OwnListsAdmin(OwnListsMixin, admin.ModelAdmin):
    """A list that accepts only its own filters and columns, and add forms prefilled only with valid choices."""

    form: type[forms.ModelForm] = OwnChoicesForm

    def action_checkbox(self, obj: Any) -> SafeString:
        """Return the box that selects a row. Django renders it from a template, a fifth of a list's time."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="Select: {}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            obj,
        )

    def address_name(self, what: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{what}"

    def form_address(self, obj: models.Model) -> str:
        return reverse(f"admin:{self.address_name('change')}", args=[obj.pk])

    def find(self, request: HttpRequest, object_id: int | str) -> Any:
        """Return an object of this user's own list.

        Raises PermissionDenied if the user has no such list, and Http404 for any other object, existing or not.
        """
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if (obj := self.get_object(request, str(object_id))) is None:
            raise Http404
        return obj

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Remove columns of models that this user has no list of."""
        return [name for name in super().get_list_display(request) if not self._has_no_list(request, name)]

    def _has_no_list(self, request: HttpRequest, name: Any) -> bool:
        target = target_of(self.model, name)
        if target is None or not self.admin_site.is_registered(target):
            return False
        return not self.admin_site.get_model_admin(target).has_view_permission(request)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        filters = super().get_list_filter(request)
        return [FieldFilter.of(self.model, each) if isinstance(each, str) else each for each in filters]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Allow only filters, and values, that this list offers to this user."""
        if request is None:
            return False
        offered: dict[str, Container[object]] = {
            each.parameter_name: {str(choice) for choice, _ in each.lookups(request, self) or ()}
            for each in (choose(request, {}, self.model, self) for choose in self.get_list_filter(request))
        }
        return value in offered.get(lookup, ())

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        if "\0" in search_term:
            # Text never contains NUL, and PostgreSQL rejects it.
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term[:LONGEST_SEARCH])

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not all(as_id(each) for each in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("What is selected are ids.")
        return super().changelist_view(request, extra_context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Accept from the query string only values that this user's form would accept."""
        form_class = self.get_form(request, None, change=False, fields=flatten_fieldsets(self.get_fieldsets(request)))
        initial = {}
        for name, field in form_class().fields.items():
            if any(each in request.GET for each in input_names(field, name)):
                typed = field.widget.value_from_datadict(request.GET, request.FILES, name)
                if isinstance(field, forms.ModelMultipleChoiceField):
                    # The format in which the admin reads several values.
                    typed = request.GET[name].split(",")
                try:
                    initial[name] = field.clean(typed)
                except ValidationError:
                    continue
        return initial


class FieldFilter(admin.SimpleListFilter):
    """Filters a list by a field, by the values it offers to this user."""

    path: str
    field: Any

    @classmethod
    def of(cls, model: type[models.Model], path: str) -> "type[FieldFilter]":
        """Return the filter for a field, which may belong to a related model (“source__kind”)."""
        field: Any = None
        for part in path.split("__"):
            field = (field.related_model if field else model)._meta.get_field(part)
        parameter = f"{path}__{field.target_field.name}__exact" if field.is_relation else f"{path}__exact"
        attributes = {"path": path, "field": field, "title": field.verbose_name, "parameter_name": parameter}
        return type(cls.__name__, (cls,), attributes)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        if self.field.flatchoices:
            return [(str(value), str(label)) for value, label in self.field.flatchoices]
        if self.field.is_relation:
            own = own_list(request, self.field.related_model, model_admin.admin_site)
            empty = [(NOTHING, "–")] if self.field.null else []
            return [*((str(each.pk), str(each)) for each in own), *empty]
        if isinstance(self.field, models.BooleanField):
            return [("1", "Yes"), ("0", "No")]
        raise ImproperlyConfigured(f"A list is narrowed by choices: give a filter class for {self.path}.")

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        value = self.value()
        if value is None:
            return queryset
        if self.field.is_relation and value == NOTHING:
            return queryset.filter(**{f"{self.path}__isnull": True})
        return queryset.filter(**{self.path: value})


def target_of(model: type[models.Model], name: Any) -> type[models.Model] | None:
    """Return the model that a field or column refers to. Users are left out: colleagues' names are not secret."""
    field = next((each for each in model._meta.fields if each.name == name), None)
    target: Any = field.related_model if isinstance(field, models.ForeignKey) else None
    return None if target is User else target


def without_fields(fieldsets: Any, names: set[Any]) -> list[Any]:
    """Remove these fields from fieldsets."""
    left = []
    for title, options in fieldsets:
        lines = [
            tuple(each for each in line if each not in names) if isinstance(line, list | tuple) else line
            for line in options["fields"]
        ]
        left.append((title, {**options, "fields": [line for line in lines if line and line not in names]}))
    return left
