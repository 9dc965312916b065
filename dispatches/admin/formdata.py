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
from dispatches.admin.posted_rows import SHOWN_AS_TEXT, set_counts
from dispatches.history.revisions import Content, Fields, plain

NEW = "new-"


@dataclass(frozen=True, slots=True)
class Posted:
    """A posted form: its content, and the form prefix of each posted row. Rows that are not posted are as stored."""

    content: Content
    prefixes: dict[tuple[str, str], str]


def read(
    data: QueryDict, form: forms.BaseForm, formsets: list[BaseInlineFormSet], stored: Content, base: Content | None
) -> Posted:
    """Read the content of a posted form that started from `base`. What is not posted comes from `stored`."""
    contents = [stored, base or {}]
    content: Content = stored | {"": {"": _read_fields(data, form.fields, "", _rows(contents, "", ""))}}
    prefixes = {("", ""): ""}
    for formset in formsets:
        content[str(formset.prefix)] = rows = dict(stored.get(str(formset.prefix), {}))
        empty = formset.empty_form
        for prefix in _prefixes(data, formset):
            row = data.get(f"{prefix}id") or f"{NEW}{len(prefixes)}"
            were = _rows(contents, str(formset.prefix), row)
            fields = _read_fields(data, empty.fields, prefix, were)
            if row.startswith(NEW) and (data.get(f"{prefix}DELETE") or _is_untouched(fields, empty)):
                continue
            prefixes[str(formset.prefix), row] = prefix
            if data.get(f"{prefix}DELETE"):
                rows.pop(row, None)
            else:
                rows[row] = fields
    return Posted(content, prefixes)


def align(posted: Posted, stored: Content, base: Content | None) -> Posted:
    """Give each new row that is already stored, because it was posted twice, the id of the stored row."""
    content, prefixes = dict(posted.content), dict(posted.prefixes)
    for part, rows in posted.content.items():
        free = {
            row: fields
            for row, fields in stored.get(part, {}).items()
            if (part, row) not in prefixes and row not in (base or {}).get(part, {})
        }
        renamed: dict[str, Fields] = {}
        for row, fields in rows.items():
            twin = next((name for name in free if row.startswith(NEW) and _agree(fields, free[name])), row)
            if twin != row:
                del free[twin]
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

    A stored row that `content` lacks is marked for deletion; a row that is no longer stored becomes a new one. Of
    parts that are shown as text, only rows that differ from what is stored are in it.
    """
    result = data.copy()
    order_inputs = {f"{formset.prefix}-order" for formset in formsets}
    for key in [key for key in result if key.startswith(tuple(f"{formset.prefix}-" for formset in formsets))]:
        if key not in order_inputs:
            del result[key]
    mine = posted.content if posted else {}
    _write_fields(result, form.fields, "", content[""][""], data, "", mine.get("", {}).get("", {}))
    for formset in formsets:
        part = str(formset.prefix)
        rows_stored, rows = stored.get(part, {}), content.get(part, {})
        order, fields_of_row = _written_rows(part, content, stored), formset.empty_form.fields
        for index, row in enumerate(order):
            prefix = f"{part}-{index}-"
            old = posted.prefixes.get((part, row), "") if posted else ""
            fields = rows.get(row) or rows_stored[row]
            typed = mine.get(part, {}).get(row, {}) if old else {}
            _write_fields(result, fields_of_row, prefix, fields, data, old, typed)
            result[f"{prefix}id"] = row if row in rows_stored else ""
            result[f"{prefix}{formset.fk.name}"] = str(formset.instance.pk or "")
            if row not in rows:
                result[f"{prefix}DELETE"] = "on"
        set_counts(result, part, total=len(order), stored=sum(row in rows_stored for row in order))
    return result


def stored_texts(form: forms.ModelForm, fields: Fields) -> dict[str, str]:
    """Return what a row's inputs contain as stored, by their names without the row's prefix."""
    texts = {name: text for name, text in _texts_of(form.fields, fields).items() if text is not None}
    return texts | ({"id": str(form.instance.pk)} if form.instance.pk else {})


def _texts_of(fields: dict[str, forms.Field], values: Fields) -> dict[str, str | None]:
    return {
        key: text
        for name, field in _editable(fields)
        if name in values
        for key, text in zip(input_names(field, name), _texts(field, values[name]), strict=True)
    }


def _written_rows(part: str, content: Content, stored: Content) -> list[str]:
    """Return the ids of the rows that `write` adds to the form data for a part, in order."""
    rows_stored, rows = stored.get(part, {}), content.get(part, {})
    order = [*rows_stored, *(row for row in rows if row not in rows_stored)]
    return [row for row in order if part not in SHOWN_AS_TEXT or rows.get(row) != rows_stored.get(row)]


def write_shown(data: QueryDict, formsets: list[BaseInlineFormSet]) -> None:
    """Add the form data of rows that are shown read-only."""
    for formset in formsets:
        keys = list(formset.get_queryset().values_list("pk", flat=True)) if formset.prefix not in SHOWN_AS_TEXT else []
        set_counts(data, str(formset.prefix), total=len(keys), stored=len(keys))
        for index, key in enumerate(keys):
            data[f"{formset.prefix}-{index}-id"] = str(key)


def input_name(part: str, row: str, field: str, content: Content, stored: Content) -> str:
    """Return the name under which `write` has put a field."""
    if not part:
        return field
    return f"{part}-{_written_rows(part, content, stored).index(row)}-{field}"


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


def _is_untouched(fields: Fields, empty: forms.ModelForm) -> bool:
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
