"""The history page: saves and verbs in one order, newest first."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dispatches.admin.comparing import Comparison, changes
from dispatches.admin.editors import editor_of
from dispatches.admin.own_lists import OwnListsAdmin
from dispatches.admin.unsaved import HistoryEntry, hidden_rows
from dispatches.admin.versions import compare_versions
from dispatches.history import revisions
from dispatches.models import Action, Revision
from dispatches.models.log import ActionQuerySet

# Verbs that save a revision, which shows what they have changed.
SAVES = {
    *("cite", "add_development", "hold_signal", "release_signal", "file_dispatch", "get_or_file_dispatch"),
    *("accept_newer_text", "keep_accepted_text", "accept_proposal", "reopen_proposal"),
}
# The most verbs on one page.
MOST = 200
REVISIONS_PER_PAGE = 20


def actions_of(obj: models.Model) -> ActionQuerySet:
    """Return what was done to an object beside saving it, newest first."""
    saving = [f"{verb}_{obj._meta.model_name}" for verb in ("add", "change")]
    return Action.objects.about(obj).exclude(verb__in=[*SAVES, *saving])


def with_actions(
    obj: models.Model, entries: Sequence[HistoryEntry], newer: Revision | None, older: Revision | None
) -> list[HistoryEntry | Action]:
    """Return the entries of a page of the history with the verbs called between them.

    `newer` and `older` are the revisions next to the page, if there are any.
    """
    actions = actions_of(obj).between(older.saved_at if older else None, newer.saved_at if newer else None)[:MOST]
    timeline: list[tuple[Any, int, Any]] = [
        *((each.revision.saved_at, 1, each) for each in entries),
        *((each.at, 0, each) for each in actions),
    ]
    return [each for _, _, each in sorted(timeline, key=lambda one: one[:2], reverse=True)]


class HistoryAdmin(OwnListsAdmin):
    """A model admin whose history is that of the contents."""

    object_history_template = "admin/desk_history.html"

    # The history is in `dispatches/history/revisions.py`.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None: ...  # type: ignore[override]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None: ...  # type: ignore[override]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None: ...  # type: ignore[override]

    def shows_history(self, request: HttpRequest, obj: Any) -> bool:
        """Return True if this user may see former versions, which contain fields that the form may hide."""
        return self.has_change_permission(request, obj)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show every save: who, when, what; with a button to restore it."""
        obj = self.find(request, unquote(object_id))
        if not self.shows_history(request, obj):
            raise PermissionDenied
        page = Paginator(revisions.of(obj), REVISIONS_PER_PAGE).get_page(request.GET.get("page"))
        shown = list(page.object_list)
        before = revisions.of(obj).filter(number__lt=shown[-1].number).first() if shown else None
        contents = [*(revision.content for revision in shown), before.content if before else {"": {"": {}}}]
        user, is_shown = editor_of(request), self.comparison_filter(request, obj)
        newer = revisions.of(obj).filter(number__gt=shown[0].number).last() if shown and page.number > 1 else None
        entries = [
            HistoryEntry(revision, [*filter(is_shown, changes(older, revision.content, self.model, user))])
            for revision, older in zip(shown, contents[1:], strict=True)
        ]
        context = self.admin_site.each_context(request) | {
            "title": f"History: {obj}",
            "opts": self.opts,
            "original": obj,
            "form_address": self.form_address(obj),
            "page": page,
            "latest": shown[0].number if shown and page.number == 1 else 0,
            "past": with_actions(obj, entries, newer, before),
            "compared": compare_versions(obj, request.GET.get("a", ""), request.GET.get("b", ""), user, is_shown),
            "can_restore": self.has_change_permission(request, obj),
        }
        return render(request, self.object_history_template, context)

    def comparison_filter(self, request: HttpRequest, obj: models.Model) -> Callable[[Comparison], bool]:
        """Return a predicate: True if this user's form has a comparison's field, and does not hide its row."""
        shown = {("", name) for name in flatten_fieldsets(self.get_fieldsets(request, obj))}
        hidden: dict[str, set[str]] = {}
        stored = revisions.read_content(obj)
        for formset, inline in self.get_formsets_with_inlines(request, obj):
            part = formset.get_default_prefix()
            shown |= {(part, name) for name in flatten_fieldsets(inline.get_fieldsets(request, obj))}
            rows = formset(instance=obj, queryset=inline.get_queryset(request), prefix=part)
            hidden |= hidden_rows([rows], stored)

        def is_shown(comparison: Comparison) -> bool:
            difference = comparison.difference
            is_hidden = difference.row in hidden.get(difference.part, set())
            return (difference.part, difference.field) in shown and not is_hidden

        return is_shown
