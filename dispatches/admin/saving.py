"""Forms that lose no edit: stale saves are merged, browser drafts are recovered, every save is in the history."""

from copy import copy
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from dispatches import desk
from dispatches.admin import formdata
from dispatches.admin.comparing import Comparison, in_words
from dispatches.admin.editors import editor_of
from dispatches.admin.histories import HistoryAdmin
from dispatches.admin.own_choices import as_id
from dispatches.admin.posted_rows import MANAGEMENT, renumber
from dispatches.admin.presence import PresenceAdmin
from dispatches.admin.unsaved import (
    DisplayOnlyFormMixin,
    Unsaved,
    describe_unsaved,
    hidden_rows,
    hidden_value,
    is_only_shown,
    is_shown_again,
    mark_shown_again,
    mark_unsaved,
    replace_post,
    unsaved_of,
    with_values,
    without_rows,
)
from dispatches.history import revisions
from dispatches.history.merging import Difference, merge
from dispatches.history.revisions import Content
from dispatches.models import Revision

# The session key with local drafts that were saved without changing anything.
SAVED_DRAFTS = "arrived_drafts"


class SavingAdmin(PresenceAdmin, HistoryAdmin):
    """A model admin with versioned saves, a history of contents, and a list of who else is editing."""

    change_form_template = "admin/desk_change_form.html"

    def view_on_site(self, obj: Any) -> str | None:
        """Return the public address directly, not through Django's redirect by id."""
        return str(obj.get_absolute_url()) if hasattr(obj, "get_absolute_url") else None

    # Saving

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST":
            # Read the version before the form: a save in between then leads to a merge, never to an overwrite.
            return super().changeform_view(
                request, object_id, form_url, self._with_version(request, object_id, extra_context)
            )
        replace_post(request, renumber(request.POST, revisions.PARTS.get(self.model, ())))
        # First without the lock: a form that is only shown again does not have to wait for it.
        object_id, answer = self._find_posted(request, object_id)
        if answer is None and not is_only_shown(request):
            with desk.publication_lock():
                object_id, answer = self._find_posted(request, object_id)
                if answer is None and not is_only_shown(request):
                    context = self._with_version(request, object_id, extra_context)
                    return super().changeform_view(request, object_id, form_url, context)
        context = self._with_version(request, object_id, extra_context)
        # Private API of Django: the public view opens a transaction, which on SQLite waits for the write lock, up to
        # 20 s while others save. `tests/dispatches/admin/test_saving.py` fails if this stops working.
        return answer or self._changeform_view(request, object_id, form_url, context)  # type: ignore[attr-defined]

    def _find_posted(self, request: HttpRequest, object_id: str | None) -> tuple[str | None, HttpResponse | None]:
        """Find the object that a form was posted for; return a response if it must not be saved.
        An add form may have been saved before, when it was posted twice. A stale save is marked on the request, with
        both versions.
        """
        if object_id and not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if object_id is None and (made := self._made_before(request)):
            object_id = str(made.object_id)
            if not request.POST.get("_version"):
                replace_post(request, with_values(request.POST, _version=made.digest))
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        if object_id and obj is None:
            # Also if it exists, and this user may not know about it.
            return object_id, self._answer_gone(request)
        if obj is not None and getattr(obj, "expunged_at", None):
            # Also if a browser's draft of it is sent again.
            self.message_user(request, "It was expunged. What you sent is not saved.", messages.WARNING)
            return object_id, redirect(self.form_address(obj))
        if self.shows_again(request, obj):
            mark_shown_again(request)
        elif obj is None and "_recover" in request.POST:
            mark_unsaved(request, Unsaved("This is what you had typed. It is not saved yet.", "", ""))
        elif obj is not None and self.has_change_permission(request, obj):
            return object_id, self._check(request, obj)
        return object_id, None

    def shows_again(self, request: HttpRequest, obj: models.Model | None) -> bool:
        """Return True if a button was pressed that only changes what the form shows. What was typed stays in it."""
        return False

    def _with_version(
        self, request: HttpRequest, object_id: str | None, context: dict[str, Any] | None
    ) -> dict[str, Any]:
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        unsaved = unsaved_of(request)
        if obj is not None and not self.has_change_permission(request, obj):
            # A version is a digest of all fields. It could be used to guess those that this user may not see.
            obj = None
        if obj is not None and is_shown_again(request):
            # What was typed still started from there.
            return (context or {}) | {"version": hidden_value(request, "_version"), "revision": 0}
        version = unsaved.version if unsaved else revisions.digest_of(revisions.content_of(obj)) if obj else ""
        latest = revisions.of(obj).defer("content").first() if obj else None
        return (context or {}) | {
            "version": version,
            "latest_revision": latest,
            "revision": latest.number if latest else 0,
        }

    def _made_before(self, request: HttpRequest) -> Revision | None:
        draft = hidden_value(request, "_local_draft")
        return revisions.made_by(editor_of(request), self.model, draft) if draft else None

    def _check(self, request: HttpRequest, obj: models.Model) -> HttpResponse | None:
        """Let a save of the current version pass. Turn any other into a form with both versions, which is not saved."""
        data, stored = request.POST, revisions.read_content(obj)
        is_recovered, restored = "_recover" in data, data.get("_restore", "")
        if data.get("_version") == revisions.digest_of(stored) and not is_recovered and not restored:
            return None
        form, formsets = self._unbound(request, obj)
        if restored:
            return self._show_restored(request, obj, form, formsets, stored)
        hidden = hidden_rows(formsets, stored)
        version, stored = revisions.digest_of(stored), without_rows(stored, hidden)
        revision = revisions.find(obj, hidden_value(request, "_version"))
        base = without_rows(revision.content, hidden) if revision else None
        posted = formdata.align(formdata.read(data, form, formsets, stored, base), stored, base)
        merged, differences = merge(base, stored, posted.content)
        replace_post(request, formdata.write(data, form, formsets, merged, stored, posted))
        comparisons = [
            *filter(self.comparison_filter(request, obj), in_words(differences, self.model, editor_of(request)))
        ]
        if is_recovered and not differences:
            self.message_user(request, "This browser's draft is the same as what is saved.")
            return redirect(self.form_address(obj))
        # Rows that only one of them has touched are saved without asking.
        if is_recovered or any(not each.part or each.is_conflict for each in differences):
            mark_unsaved(
                request, describe_unsaved(obj, comparisons, merged, stored, version, is_recovered=is_recovered)
            )
        return None

    def _shown(self, request: HttpRequest, obj: models.Model, differences: list[Difference]) -> list[Comparison]:
        """Return the differences as this user's form shows them."""
        comparisons = in_words(differences, self.model, editor_of(request))
        return [*filter(self.comparison_filter(request, obj), comparisons)]

    def _show_restored(
        self,
        request: HttpRequest,
        obj: models.Model,
        form: forms.ModelForm,
        formsets: list[BaseInlineFormSet],
        stored: Content,
    ) -> HttpResponse | None:
        old = revisions.of(obj).filter(number=as_id(request.POST["_restore"]) or 0).first()
        if old is None:
            raise Http404
        hidden = hidden_rows(formsets, stored)
        version, stored = revisions.digest_of(stored), without_rows(stored, hidden)
        content = without_rows(old.content, hidden)
        differences = merge(stored, stored, content)[1]
        sent = formdata.write(QueryDict(mutable=True), form, formsets, content, stored)
        formdata.write_shown(sent, self._formsets(request, obj, editable=False))
        replace_post(request, sent)
        comparisons = [
            *filter(self.comparison_filter(request, obj), in_words(differences, self.model, editor_of(request)))
        ]
        unsaved = describe_unsaved(obj, comparisons, content, stored, version, is_recovered=False)
        reason = f"Revision {old.number} is in the form but not saved yet. Check it, then save."
        mark_unsaved(request, replace(unsaved, reason=reason, mine=f"Revision {old.number}", restores=old.number))
        return None

    def _unbound(self, request: HttpRequest, obj: models.Model) -> tuple[forms.ModelForm, list[BaseInlineFormSet]]:
        form = self.get_form(request, obj, change=True)(instance=copy(obj))
        return form, self._formsets(request, obj, editable=True)

    def _formsets(self, request: HttpRequest, obj: models.Model, *, editable: bool) -> list[BaseInlineFormSet]:
        return [
            formset(instance=obj, queryset=inline.get_queryset(request), prefix=formset.get_default_prefix())
            for formset, inline in self.get_formsets_with_inlines(request, obj)
            if inline.has_change_permission(request, obj) == editable
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (DisplayOnlyFormMixin, form), {}) if is_only_shown(request) else form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Do nothing yet: `save_related` saves the object and its inlines together."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        restores = as_id(request.POST.get("_restores", ""))
        how = f"Restored from revision {restores}" if restores else "Saved" if change else "Added"
        draft = hidden_value(request, "_local_draft")[:40]
        with desk.saving(form.instance, actor=editor_of(request), how=how, local_draft=draft):
            super().save_model(request, form.instance, form, change)
            super().save_related(request, form, formsets, change)
        if draft and not revisions.of(form.instance).filter(local_draft=draft).exists():
            # Without a change there is no revision that could tell the browser that its draft was saved.
            request.session[SAVED_DRAFTS] = [*request.session.get(SAVED_DRAFTS, []), draft][-20:]

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with desk.deleting(obj, actor=editor_of(request)):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        original = context.get("original")
        user = editor_of(request)
        context["unsaved"] = unsaved_of(request)
        context["local_draft"] = request.POST.get("_local_draft", "")
        context["saved_drafts"] = [
            (revision.local_draft, self.form_address(self.model(pk=revision.object_id)))
            for revision in revisions.recent_drafts(user, self.model)
        ] + [(draft, request.path) for draft in request.session.get(SAVED_DRAFTS, [])]
        if original and getattr(original, "expunged_at", None):
            own = revisions.of(original).filter(saved_by=user).exclude(local_draft="")
            context["saved_drafts"] += [(revision.local_draft, request.path) for revision in own]
        if original:
            context["presence_address"] = reverse(f"admin:{self.address_name('presence')}", args=[original.pk])
            if "latest_revision" not in context:
                context["latest_revision"] = revisions.of(original).defer("content").first()
        return super().render_change_form(request, context, *args, **kwargs)

    def _answer_gone(self, request: HttpRequest) -> HttpResponse:
        """Show what was typed for an object that was deleted meanwhile, so that it can be copied."""
        typed = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if value and not name.startswith(("_", "csrf")) and not name.endswith(MANAGEMENT)
        ]
        context = self.admin_site.each_context(request) | {"title": "It was deleted", "typed": typed}
        return render(request, "admin/desk_gone.html", context, status=404)
