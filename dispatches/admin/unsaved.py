"""Forms that come back unsaved: stale ones with both versions, recovered drafts, restored revisions."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from dispatches.admin import formdata
from dispatches.admin.comparing import Comparison
from dispatches.admin.editors import name_of
from dispatches.history import revisions
from dispatches.history.revisions import Content
from dispatches.models import Revision


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field in the merge form: the comparison, its input's name, and the values that its buttons insert."""

    comparison: Comparison
    input: str
    theirs: str
    mine: str

    @property
    def can_choose(self) -> bool:
        return bool(self.input)


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A form that is shown again unsaved: the reason, and its differences from the saved `version`."""

    reason: str
    theirs: str
    mine: str
    sides: Sequence[FieldConflict] = ()
    restores: int = 0
    version: str = ""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A revision in the history, and its changes."""

    revision: Revision
    changes: list[Comparison]


class DisplayOnlyFormMixin:
    """Mixin for a form that is only shown, and never saved."""

    def is_valid(self) -> bool:
        super().is_valid()  # type: ignore[misc]
        return False


def describe_unsaved(
    obj: models.Model,
    comparisons: list[Comparison],
    merged: Content,
    stored: Content,
    version: str,
    *,
    is_recovered: bool,
) -> Unsaved:
    latest = revisions.of(obj).defer("content").first()
    who = name_of(latest.saved_by) if latest else "Someone"
    when = f"{timezone.localtime(latest.saved_at):%H:%M}" if latest else ""
    theirs = f"Saved by {who}{f' at {when}' if when else ''}"
    if is_recovered:
        reason = "This is your browser's draft. It is not saved yet."
    else:
        reason = f"Not saved yet; nothing is lost: {theirs[0].lower()}{theirs[1:]}, while you had it open."
    sides = [_conflict(each, merged, stored) for each in comparisons]
    return Unsaved(reason, theirs, "Yours", sides, version=version)


def _conflict(comparison: Comparison, merged: Content, stored: Content) -> FieldConflict:
    difference = comparison.difference
    values = (difference.theirs, difference.mine)
    is_there = difference.row in merged.get(difference.part, {})
    # A button can set one input only: not both halves of a time, nor a whole row.
    if not is_there or None in values or isinstance(comparison.field, models.DateTimeField):
        return FieldConflict(comparison, "", "", "")
    name = formdata.input_name(difference.part, difference.row, difference.field, merged, stored)
    theirs, mine = ("" if value is False else "on" if value is True else str(value) for value in values)
    return FieldConflict(comparison, name, theirs, mine)


def hidden_rows(formsets: list[BaseInlineFormSet], stored: Content) -> dict[str, set[str]]:
    """Return the stored rows of each part that this user's form does not show. A save does not change them."""
    return {
        str(formset.prefix): set(stored.get(str(formset.prefix), {}))
        - {str(pk) for pk in formset.get_queryset().values_list("pk", flat=True)}
        for formset in formsets
    }


def without_rows(content: Content, hidden: dict[str, set[str]]) -> Content:
    return {
        part: {row: fields for row, fields in rows.items() if row not in hidden.get(part, set())}
        for part, rows in content.items()
    }


def hidden_value(request: HttpRequest, name: str) -> str:
    """Return the value of a hidden input, without NUL characters, which databases reject."""
    value = request.POST.get(name, "")
    return "" if "\0" in value else value


def with_values(data: QueryDict, **values: str) -> QueryDict:
    result = data.copy()
    for name, value in values.items():
        result[name] = value
    return result


def replace_post(request: HttpRequest, data: QueryDict) -> None:
    """Replace the POST data that the admin's own view will read."""
    request.POST = data  # type: ignore[assignment]


def mark_unsaved(request: HttpRequest, unsaved: Unsaved) -> None:
    request.desk_unsaved = unsaved  # type: ignore[attr-defined]


def unsaved_of(request: HttpRequest) -> Unsaved | None:
    return getattr(request, "desk_unsaved", None)


def mark_shown_again(request: HttpRequest) -> None:
    request.desk_shown_again = True  # type: ignore[attr-defined]


def is_shown_again(request: HttpRequest) -> bool:
    return getattr(request, "desk_shown_again", False)


def is_only_shown(request: HttpRequest) -> bool:
    """Return True if the posted form is shown again, and must not be saved."""
    return unsaved_of(request) is not None or is_shown_again(request)
