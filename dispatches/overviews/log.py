"""`/desk/log/`: who did what and when, filtered, and exported as CSV or JSON lines."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dispatches.desk.transactions import VERBS
from dispatches.models import Action
from dispatches.models.log import ActionQuerySet

SHOWN = 100
LARGEST_ID = 2**63 - 1
# The models that the log is about.
MODELS = {
    "dispatches.dispatch": "Dispatch",
    "sources.report": "Report",
    "sources.source": "Source",
    "sources.feed": "Feed",
    "sources.intakekey": "Intake key",
    "sources.owner": "Owner",
    "sources.holding": "Holding",
    "dispatches.section": "Section",
    "dispatches.story": "Story",
    "auth.user": "User",
}
OTHER_VERBS = [
    *("log_in", "log_out", "pass_second_factor", "set_password", "add_user", "change_user"),
    *("add_authenticator_app", "add_passkey", "remove_second_factor", "make_recovery_codes", "reset_second_factor"),
    *("import_dispatch", "add_dispatch", "change_dispatch", "add_report", "change_report", "add_source"),
    *("change_source", "add_feed", "change_feed"),
]


class LogFilter(forms.Form):
    """Which entries to show or export."""

    actor = forms.CharField(label="Who", required=False, max_length=150, help_text="A username, or a key's prefix.")
    verb = forms.CharField(
        label="Action", required=False, max_length=60, widget=forms.TextInput(attrs={"list": "log-verbs"})
    )
    of = forms.ChoiceField(label="Model", required=False, choices=[("", "Any"), *MODELS.items()])
    id = forms.IntegerField(label="Its id", required=False, min_value=1, max_value=LARGEST_ID)
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    denied = forms.BooleanField(label="Only what was denied", required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID, widget=forms.HiddenInput)

    def entries(self) -> ActionQuerySet:
        """Return the entries, newest first."""
        given = self.cleaned_data
        found = Action.objects.between(_start_of(given["since"]), _start_of(given["until"], days=1))
        for name, field in (("actor", "actor_name"), ("verb", "verb"), ("of", "of"), ("id", "object_id")):
            if given[name]:
                found = found.filter(**{field: given[name].strip() if isinstance(given[name], str) else given[name]})
        if given["denied"]:
            found = found.filter(is_denied=True)
        return found.filter(pk__lt=given["before"]) if given["before"] else found


def _start_of(day: date | None, days: int = 0) -> datetime | None:
    if day is None:
        return None
    try:
        return timezone.make_aware(datetime.combine(day + timedelta(days=days), time()))
    except OverflowError:
        return None


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, and its object for this user: its model and name, and its address if it has one."""

    action: Action
    model: str
    name: str
    address: str


@require_GET
def read_log(request: HttpRequest) -> HttpResponseBase:
    """Show the log, or export all of the entries that the filter selects."""
    if not request.user.has_perm("dispatches.view_log"):
        raise PermissionDenied
    form = LogFilter(request.GET)
    entries = form.entries() if form.is_valid() else Action.objects.none()
    if form.is_valid() and request.GET.get("format") in EXPORTS:
        return _export(entries, request.GET["format"])
    rows = list(entries[: SHOWN + 1])
    filters = request.GET.copy()
    filters.pop("before", None)
    context = admin.site.each_context(request) | {
        "title": "Log",
        "form": form,
        "lines": lines_for(rows[:SHOWN], request.user),
        "verbs": sorted({*VERBS, *OTHER_VERBS}),
        "filters": filters.urlencode(),
        "older": rows[SHOWN - 1].pk if len(rows) > SHOWN else None,
    }
    return render(request, "admin/desk_log.html", context)


def lines_for(actions: Iterable[Action], user: Any) -> list[Line]:
    """Look up the names of the objects that entries are about and a user may see. One query for each model."""
    actions = list(actions)
    ids: dict[str, set[int]] = defaultdict(set)
    for action in actions:
        if action.object_id is not None:
            ids[action.of].add(action.object_id)
    names = {of: _names(of, theirs, user) for of, theirs in ids.items()}
    return [_line(action, names.get(action.of, {}).get(action.object_id or 0, "")) for action in actions]


def _names(of: str, ids: set[int], user: Any) -> dict[int, str]:
    try:
        model = apps.get_model(of)
    except (LookupError, ValueError):
        return {}
    if not (model is User or user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")):
        return {}
    rows: Any = model._default_manager.filter(pk__in=ids)
    if hasattr(rows, "visible_to"):
        rows = rows.visible_to(user)
    related = [name for name in ("source", "holder", "held") if any(each.name == name for each in model._meta.fields)]
    return {each.pk: str(each) for each in (rows.select_related(*related) if related else rows)}


def _line(action: Action, name: str) -> Line:
    try:
        address = reverse(f"admin:{action.of.replace('.', '_')}_change", args=[action.object_id]) if name else ""
    except NoReverseMatch:
        address = ""
    return Line(action, MODELS.get(action.of, action.of), name, address)


# Exporting

FIELDS = [
    *("id", "at", "actor_kind", "actor_id", "actor_name", "verb", "of", "object_id", "edition", "count"),
    *("has_reason", "is_denied", "detail", "command"),
]


def _as_csv(entries: ActionQuerySet) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(FIELDS)
    for row in entries.values_list(*FIELDS).iterator(2_000):
        yield writer.writerow([_cell(value) for value in row])


def _as_json_lines(entries: ActionQuerySet) -> Iterator[str]:
    for row in entries.values(*FIELDS).iterator(2_000):
        yield json.dumps(row | {"at": row["at"].isoformat()}, ensure_ascii=False) + "\n"


EXPORTS = {"csv": (_as_csv, "text/csv"), "jsonl": (_as_json_lines, "application/jsonl")}


def _export(entries: ActionQuerySet, kind: str) -> StreamingHttpResponse:
    lines, content_type = EXPORTS[kind]
    headers = {"Content-Disposition": f'attachment; filename="log.{kind}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(lines(entries), content_type=f"{content_type}; charset=utf-8", headers=headers)


class _Echo:
    """A file for `csv.writer` that returns each line."""

    def write(self, line: str) -> str:
        return line


def _cell(value: object) -> object:
    """Return a value as a cell that no spreadsheet takes for a formula.

    >>> _cell("=1+1"), _cell("@ada"), _cell("ada"), _cell(12)
    ("'=1+1", "'@ada", 'ada', 12)
    """
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return f"'{value}"
    return "" if value is None else value
