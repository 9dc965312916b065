"""Fill in any form of the desk as a browser would: read it from the page, and post it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django import forms
from django.forms.boundfield import BoundField
from django.http import HttpResponse

WHEN = datetime(2026, 6, 25, 20, 20, tzinfo=UTC)


@dataclass(frozen=True)
class Page:
    """A form's page: what a browser would post, and the inputs that choose an object."""

    data: dict
    choices: list[str]


def read_page(response: HttpResponse) -> Page:
    """Read a form's page, with one new row in each table, and every required field filled in."""
    form = response.context["adminform"].form
    data = {"_version": response.context.get("version", ""), "_local_draft": "", "_continue": "1"}
    bound = [*form]
    for inline in response.context["inline_admin_formsets"]:
        formset = inline.formset
        bound += [*formset.management_form, *(each for row in open_rows(formset) for each in row)]
    for each in bound:
        data |= inputs_of(each)
    return Page(data, [each.html_name for each in bound if is_choice(each)])


def open_rows(formset) -> list:
    """Return a form for each stored row, numbered, as if an editor had opened all of them."""
    if not hasattr(formset, "form_for") or formset.is_bound:
        return formset.initial_forms
    forms = [formset.form_for(row) for row in formset.get_queryset()]
    for number, form in enumerate(forms):
        form.prefix = f"{formset.prefix}-{number}"
    return forms


def is_choice(bound: BoundField) -> bool:
    """Return True if the field chooses an object; the hidden id of a row does not."""
    return isinstance(bound.field, forms.ModelChoiceField) and not bound.is_hidden


def new_rows(response: HttpResponse) -> Iterator[tuple[dict, list[str]]]:
    """Return, for each table, what a new row posts, and which of its inputs choose an object."""
    for inline in response.context["inline_admin_formsets"]:
        if not inline.has_add_permission:
            continue
        formset = inline.formset
        number = len(open_rows(formset))
        data = {f"{formset.prefix}-TOTAL_FORMS": number + 1}
        choices = []
        for bound in formset.empty_form:
            name = bound.html_name.replace("__prefix__", str(number))
            data |= {key.replace("__prefix__", str(number)): value for key, value in inputs_of(bound).items()}
            if is_choice(bound):
                choices.append(name)
        yield data, choices


def inputs_of(bound: BoundField) -> dict:
    """Return a field's inputs as posted, with a valid value if it is required and empty."""
    field, value = bound.field, bound.value()
    widget = getattr(field.widget, "widget", field.widget)
    if value in (None, "", []) and field.required:
        value = something_for(field)
    if isinstance(widget, forms.MultiWidget):
        parts = widget.decompress(value)
        return {
            f"{bound.html_name}_{n}": part.format_value(each) or ""
            for n, (part, each) in enumerate(zip(widget.widgets, parts, strict=True))
        }
    if isinstance(widget, forms.CheckboxInput):
        return {bound.html_name: "on"} if value else {}
    return {} if value is None else {bound.html_name: getattr(value, "pk", value)}


def something_for(field: forms.Field) -> object:
    match field:
        case forms.ModelMultipleChoiceField():
            return []
        case forms.ModelChoiceField():
            return getattr(field.queryset.first(), "pk", "")
        case forms.ChoiceField():
            return next((value for value, _ in field.choices if value), "")
        case forms.SplitDateTimeField():
            return WHEN
        case forms.URLField():
            return "https://example.org/typed"
        case forms.DecimalField() | forms.IntegerField():
            return 1
        case _:
            return "something-typed"
