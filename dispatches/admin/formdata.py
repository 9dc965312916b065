"""Convert between a posted admin form and a version's content (`dispatches/history/revisions.py`).

Input is kept as typed: a value that the form rejects stays in its field, so that nothing is lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet, InlineForeignKeyField
from django.http import QueryDict

from dispatches.admin.own_choices import as_id
from dispatches.history.revisions import Content, Fields, plain

MANAGEMENT = ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
NEW = "new-"


@dataclass(frozen=True, slots=True)
class Posted:
    """A posted form: its content, and the form prefix of each row."""

    content: Content
    prefixes: dict[tuple[str, str], str]


def read(
    data: QueryDict, form: forms.BaseForm, formsets: list[BaseInlineFormSet], stored: Content, base: Content | None
) -> Posted:
    """Read the content of a posted form that started from `base`. Parts that are not on the form come from `stored`."""
    contents = [stored, base or {}]
    content: Content = stored | {"": {"": _read_fields(data, form.fields, "", _rows(contents, "", ""))}}
    prefixes = {("", ""): ""}
    for formset in formsets:
        content[str(formset.prefix)] = rows = {}
        for prefix in _prefixes(data, formset):
            row = data.get(f"{prefix}id") or f"{NEW}{len(prefixes)}"
            were = _rows(contents, str(formset.prefix), row)
            fields = _read_fields(data, formset.empty_form.fields, prefix, were)
            if data.get(f"{prefix}DELETE") or (row.startswith(NEW) and _is_untouched(fields, formset)):
                continue
            rows[row] = fields
            prefixes[str(formset.prefix), row] = prefix
    return Posted(content, prefixes)


def align(posted: Posted, stored: Content) -> Posted:
    """Give each new row that is already stored, because it was posted twice, the id of the stored row."""
    content, prefixes = dict(posted.content), dict(posted.prefixes)
    for part, rows in posted.content.items():
        free = {row: fields for row, fields in stored.get(part, {}).items() if row not in rows}
        renamed: dict[str, Fields] = {}
        for row, fields in rows.items():
            twin = next((name for name in free if row.startswith(NEW) and _agree(fields, free[name])), row)
            free.pop(twin, None)
            renamed[twin] = fields
            if twin != row:
                prefixes[part, twin] = prefixes.pop((part, row))
        content[part] = renamed
    return Posted(content, prefixes)


def write(
    data: QueryDict,
    form: forms.BaseForm,
    formsets: list[BaseInlineFormSet],
    content: Content,
    stored: Content,
    posted: Posted | None = None,
) -> QueryDict:
    """Return the form data that shows `content` and saves it over `stored`. Fields unchanged since `posted` are copied.

    A stored row that `content` lacks is marked for deletion; a row that is no longer stored becomes a new one.
    """
    result = data.copy()
    for key in [key for key in result if key.startswith(tuple(f"{formset.prefix}-" for formset in formsets))]:
        del result[key]
    mine = posted.content if posted else {}
    _write_fields(result, form.fields, "", content[""][""], data, "", mine.get("", {}).get("", {}))
    for formset in formsets:
        part = str(formset.prefix)
        rows_stored, rows = stored.get(part, {}), content.get(part, {})
        order = [*rows_stored, *(row for row in rows if row not in rows_stored)]
        for index, row in enumerate(order):
            prefix = f"{part}-{index}-"
            old = posted.prefixes.get((part, row), "") if posted else ""
            fields = rows.get(row) or rows_stored[row]
            typed = mine.get(part, {}).get(row, {}) if old else {}
            _write_fields(result, formset.empty_form.fields, prefix, fields, data, old, typed)
            result[f"{prefix}id"] = row if row in rows_stored else ""
            result[f"{prefix}{formset.fk.name}"] = str(formset.instance.pk or "")
            if row not in rows:
                result[f"{prefix}DELETE"] = "on"
        for name, number in zip(MANAGEMENT, (len(order), len(rows_stored), 0, 1000), strict=True):
            result[f"{part}-{name}"] = str(number)
    return result


def write_shown(data: QueryDict, formsets: list[BaseInlineFormSet]) -> None:
    """Add the form data of rows that are shown read-only."""
    for formset in formsets:
        keys = list(formset.get_queryset().values_list("pk", flat=True))
        for name, number in zip(MANAGEMENT, (len(keys), len(keys), 0, 1000), strict=True):
            data[f"{formset.prefix}-{name}"] = str(number)
        for index, key in enumerate(keys):
            data[f"{formset.prefix}-{index}-id"] = str(key)


def input_name(part: str, row: str, field: str, content: Content, stored: Content) -> str:
    """Return the name under which `write` has put a field."""
    if not part:
        return field
    order = [*stored[part], *(each for each in content[part] if each not in stored[part])]
    return f"{part}-{order.index(row)}-{field}"


def _prefixes(data: QueryDict, formset: BaseInlineFormSet) -> Iterator[str]:
    total = as_id(data.get(f"{formset.prefix}-TOTAL_FORMS", "")) or 0
    for index in range(min(total, formset.absolute_max)):
        yield f"{formset.prefix}-{index}-"


def _editable(fields: dict[str, forms.Field]) -> Iterator[tuple[str, forms.Field]]:
    """Return the fields that a content has, without those that bind a row to its form."""
    for name, field in fields.items():
        if name not in {"id", "DELETE"} and not isinstance(field, InlineForeignKeyField):
            yield name, field


def _rows(contents: list[Content], part: str, row: str) -> list[Fields]:
    return [content.get(part, {}).get(row, {}) for content in contents]


def _read_fields(data: QueryDict, fields: dict[str, forms.Field], prefix: str, were: list[Fields]) -> Fields:
    return {
        name: _read_value(data, field, f"{prefix}{name}", [was.get(name) for was in were])
        for name, field in _editable(fields)
    }


def _read_value(data: QueryDict, field: forms.Field, key: str, were: list[Any]) -> Any:
    """Read a field's input. An unchanged choice stays as it was, even if this user may not choose it."""
    raw = field.widget.value_from_datadict(data, {}, key)
    try:
        return plain(field.clean(raw))
    except ValidationError:
        kept = were if isinstance(field, forms.ModelChoiceField) else []
        return next((was for was in kept if was is not None and str(was) == raw), raw)


def _is_untouched(fields: Fields, formset: BaseInlineFormSet) -> bool:
    empty = formset.empty_form
    return all(
        not value
        or (isinstance(value, list) and not any(value))
        or value == plain(empty.get_initial_for_field(field, name))
        for (name, field), value in zip(_editable(empty.fields), fields.values(), strict=True)
    )


def _agree(fields: Fields, other: Fields) -> bool:
    return all(value == other.get(name) for name, value in fields.items())


def _write_fields(
    result: QueryDict,
    fields: dict[str, forms.Field],
    prefix: str,
    values: Fields,
    data: QueryDict,
    old_prefix: str | None,
    typed: Fields,
) -> None:
    for name, field in _editable(fields):
        if name not in values:
            continue
        keys = input_names(field, f"{prefix}{name}")
        for key in keys:
            result.pop(key, None)
        if name in typed and typed[name] == values[name]:
            for key, old in zip(keys, input_names(field, f"{old_prefix or ''}{name}"), strict=True):
                if old in data:
                    result.setlist(key, data.getlist(old))
        else:
            for key, text in zip(keys, _texts(field, values[name]), strict=True):
                if text is not None:
                    result[key] = text


def input_names(field: forms.Field, key: str) -> list[str]:
    """Return the names of a field's inputs."""
    widget = _bare(field.widget)
    return (
        [f"{key}_{index}" for index in range(len(widget.widgets))] if isinstance(widget, forms.MultiWidget) else [key]
    )


def _texts(field: forms.Field, value: Any) -> list[str | None]:
    widget = _bare(field.widget)
    if isinstance(widget, forms.MultiWidget):
        when = datetime.fromisoformat(value) if isinstance(value, str) and value else None
        parts = value if isinstance(value, list) else list(widget.decompress(when) or ())
        # Rejected input, or a choice between two equal clock times, is a string already.
        return [
            part if isinstance(part, str) else each.format_value(part) or ""
            for each, part in zip(widget.widgets, parts, strict=True)
        ]
    if isinstance(widget, forms.CheckboxInput):
        return ["on" if value else None]
    return ["" if value is None else str(value)]


def _bare(widget: forms.Widget) -> Any:
    """Return a widget without the admin's links for adding and changing related objects."""
    return getattr(widget, "widget", widget)
