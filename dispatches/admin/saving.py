"""Forms that lose nothing: a stale save is refused and merged, a browser's draft comes back, every save is history."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from dispatches import desk
from dispatches.admin import formdata
from dispatches.admin.comparing import Comparison, changes, in_words
from dispatches.admin.own_choices import as_id
from dispatches.admin.own_lists import OwnListsAdmin
from dispatches.history import revisions
from dispatches.history.merging import merge
from dispatches.history.revisions import Content
from dispatches.models import Presence, Revision

HERE = timedelta(seconds=35)
TYPING = timedelta(seconds=15)
REVISIONS_PER_PAGE = 20
# Where a session has the drafts that arrived and changed nothing.
ARRIVED = "arrived_drafts"


@dataclass(frozen=True, slots=True)
class Side:
    """A field in the merge form: the comparison, the name of its input, and what a button puts into it."""

    comparison: Comparison
    input: str
    theirs: str
    mine: str

    @property
    def can_choose(self) -> bool:
        return bool(self.input)


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A form that comes back without having been saved: why, and where it differs from what is saved (`version`)."""

    reason: str
    theirs: str
    mine: str
    sides: Sequence[Side] = ()
    restores: int = 0
    version: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """A revision in the history, and what it changed."""

    revision: Revision
    changes: list[Comparison]


class Shown:
    """Mixed into a form that is to be shown and not saved, whatever is in it."""

    def is_valid(self) -> bool:
        super().is_valid()  # type: ignore[misc]
        return False


class SavingAdmin(OwnListsAdmin):
    """A model's forms in the admin, with a version that is checked, a history of contents, and who else is there."""

    change_form_template = "admin/desk_change_form.html"
    object_history_template = "admin/desk_history.html"

    def view_on_site(self, obj: Any) -> str | None:
        """Where readers find it; straight, and not by way of its number."""
        return str(obj.get_absolute_url()) if hasattr(obj, "get_absolute_url") else None

    def get_urls(self) -> list[URLPattern]:
        presence = self.admin_site.admin_view(self.presence)
        return [
            path("<int:object_id>/presence/", presence, name=self.address_name("presence")),
            *super().get_urls(),
        ]

    def address_name(self, what: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{what}"

    def form_address(self, obj: models.Model) -> str:
        return reverse(f"admin:{self.address_name('change')}", args=[obj.pk])

    # Saving

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST":
            # Read before the form is: whoever saves in between makes the form stale, and not the other way round.
            return super().changeform_view(
                request, object_id, form_url, self._with_version(request, object_id, extra_context)
            )
        # Looked at once without waiting for a turn: a form that only comes back needs none, however many wait.
        object_id, answer = self._look(request, object_id)
        if answer is None and _unsaved_of(request) is None:
            with desk.publication_lock():
                object_id, answer = self._look(request, object_id)
                if answer is None and _unsaved_of(request) is None:
                    context = self._with_version(request, object_id, extra_context)
                    return super().changeform_view(request, object_id, form_url, context)
        context = self._with_version(request, object_id, extra_context)
        # What the admin's view does within its transaction.
        return answer or self._changeform_view(request, object_id, form_url, context)  # type: ignore[attr-defined]

    def _look(self, request: HttpRequest, object_id: str | None) -> tuple[str | None, HttpResponse | None]:
        """What a form was sent for, which an add form may have been before; and an answer where it is not to be saved.

        Where the save is stale, the request is marked, and holds both edits from now on.
        """
        if object_id and not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if object_id is None and (made := self._made_before(request)):
            object_id = str(made.object_id)
            if not request.POST.get("_version"):
                _send(request, _with(request.POST, _version=made.digest))
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        if object_id and obj is None:
            # Also where it is there and this user may not know of it.
            return object_id, self._answer_gone(request)
        if obj is None and "_recover" in request.POST:
            _mark(request, Unsaved("This is what you had typed. Nothing of it is saved yet.", "", ""))
        elif obj is not None and self.has_change_permission(request, obj):
            return object_id, self._check(request, obj)
        return object_id, None

    def _with_version(
        self, request: HttpRequest, object_id: str | None, context: dict[str, Any] | None
    ) -> dict[str, Any]:
        obj = self.get_object(request, unquote(object_id)) if object_id else None
        unsaved = _unsaved_of(request)
        if obj is not None and not self.has_change_permission(request, obj):
            # A version is a digest of all that is stored, also of what this user is not shown: it could be guessed at.
            obj = None
        version = unsaved.version if unsaved else revisions.digest_of(revisions.read_content(obj)) if obj else ""
        return (context or {}) | {"version": version, "revision": revisions.latest_number(obj) if obj else 0}

    def _made_before(self, request: HttpRequest) -> Revision | None:
        draft = _said(request, "_local_draft")
        return revisions.made_by(editor_of(request), self.model, draft) if draft else None

    def _check(self, request: HttpRequest, obj: models.Model) -> HttpResponse | None:
        """Let a save of the present version pass. Make any other one a form with both texts, which is not saved."""
        data, stored = request.POST, revisions.read_content(obj)
        is_recovered, restored = "_recover" in data, data.get("_restore", "")
        if data.get("_version") == revisions.digest_of(stored) and not is_recovered and not restored:
            return None
        form, formsets = self._unbound(request, obj)
        if restored:
            return self._show_restored(request, obj, form, formsets, stored)
        hidden = _hidden_rows(formsets, stored)
        version, stored = revisions.digest_of(stored), _without_rows(stored, hidden)
        revision = revisions.find(obj, _said(request, "_version"))
        base = _without_rows(revision.content, hidden) if revision else None
        posted = formdata.align(formdata.read(data, form, formsets, stored, base), stored)
        merged, differences = merge(base, stored, posted.content)
        _send(request, formdata.write(data, form, formsets, merged, stored, posted))
        comparisons = [*filter(self._is_shown(request, obj), in_words(differences, self.model, editor_of(request)))]
        if differences:
            _mark(request, _unsaved(obj, comparisons, merged, stored, version, is_recovered=is_recovered))
        elif is_recovered:
            self.message_user(request, "Nothing in this browser's draft differs from what is saved.")
            return redirect(self.form_address(obj))
        return None

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
        hidden = _hidden_rows(formsets, stored)
        version, stored = revisions.digest_of(stored), _without_rows(stored, hidden)
        content = _without_rows(old.content, hidden)
        differences = merge(stored, stored, content)[1]
        sent = formdata.write(QueryDict(mutable=True), form, formsets, content, stored)
        formdata.write_shown(sent, self._formsets(request, obj, editable=False))
        _send(request, sent)
        comparisons = [*filter(self._is_shown(request, obj), in_words(differences, self.model, editor_of(request)))]
        unsaved = _unsaved(obj, comparisons, content, stored, version, is_recovered=False)
        reason = f"Revision {old.number} is in the form. Nothing is saved yet: look at it, and save."
        _mark(request, replace(unsaved, reason=reason, mine=f"Revision {old.number}", restores=old.number))
        return None

    def _is_shown(self, request: HttpRequest, obj: models.Model) -> Callable[[Comparison], bool]:
        """Whether a comparison is of a field that this user's form of the object has, and of no row that it hides."""
        shown = {("", name) for name in flatten_fieldsets(self.get_fieldsets(request, obj))}
        hidden: dict[str, set[str]] = {}
        stored = revisions.read_content(obj)
        for formset, inline in self.get_formsets_with_inlines(request, obj):
            part = formset.get_default_prefix()
            shown |= {(part, name) for name in flatten_fieldsets(inline.get_fieldsets(request, obj))}
            rows = formset(instance=obj, queryset=inline.get_queryset(request), prefix=part)
            hidden |= _hidden_rows([rows], stored)

        def is_shown(comparison: Comparison) -> bool:
            difference = comparison.difference
            is_hidden = difference.row in hidden.get(difference.part, set())
            return (difference.part, difference.field) in shown and not is_hidden

        return is_shown

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
        return type(form.__name__, (Shown, form), {}) if _unsaved_of(request) else form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing yet: the object is saved together with its inlines, in one context of the desk."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        restores = as_id(request.POST.get("_restores", ""))
        how = f"Restored from revision {restores}" if restores else "Saved" if change else "Added"
        draft = _said(request, "_local_draft")[:40]
        with desk.saving(form.instance, actor=editor_of(request), how=how, local_draft=draft):
            super().save_model(request, form.instance, form, change)
            super().save_related(request, form, formsets, change)
        if draft and not revisions.of(form.instance).filter(local_draft=draft).exists():
            # Nothing had changed, so that no revision tells the browser that its draft has arrived.
            request.session[ARRIVED] = [*request.session.get(ARRIVED, []), draft][-20:]

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with desk.deleting(obj, actor=editor_of(request)):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    # The history is that of `dispatches/history/revisions.py`.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None: ...  # type: ignore[override]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None: ...  # type: ignore[override]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None: ...  # type: ignore[override]

    def shows_history(self, request: HttpRequest, obj: Any) -> bool:
        """Whether this user may see what was saved: the history has what the form may hide."""
        return self.has_change_permission(request, obj)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every save: who, when, what; and a button to get it back."""
        obj = self.find(request, unquote(object_id))
        if not self.shows_history(request, obj):
            raise PermissionDenied
        page = Paginator(revisions.of(obj), REVISIONS_PER_PAGE).get_page(request.GET.get("page"))
        shown = list(page.object_list)
        before = revisions.of(obj).filter(number__lt=shown[-1].number).first() if shown else None
        contents = [*(revision.content for revision in shown), before.content if before else {"": {"": {}}}]
        user, is_shown = editor_of(request), self._is_shown(request, obj)
        context = self.admin_site.each_context(request) | {
            "title": f"History: {obj}",
            "opts": self.opts,
            "original": obj,
            "form_address": self.form_address(obj),
            "page": page,
            "past": [
                Past(revision, [*filter(is_shown, changes(older, revision.content, self.model, user))])
                for revision, older in zip(shown, contents[1:], strict=True)
            ],
            "can_restore": self.has_change_permission(request, obj),
        }
        return render(request, self.object_history_template, context)

    # Who is there

    @method_decorator(require_POST)
    def presence(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Note that an editor has the form open. Says who else has, and whether somebody has saved it since."""
        obj = self.find(request, object_id)
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        now, user = timezone.now(), editor_of(request)
        seen = {"seen_at": now} | ({"typed_at": now} if request.POST.get("typing") else {})
        where = {"of": revisions.name_of(obj), "object_id": obj.pk}
        Presence.objects.update_or_create(**where, user=user, defaults=seen)
        others = Presence.objects.filter(**where, seen_at__gt=now - HERE).exclude(user=user).select_related("user")
        latest = revisions.of(obj).defer("content").first()
        known = as_id(request.POST.get("revision", ""))
        is_stale = latest is not None and known is not None and latest.number > known
        return JsonResponse(
            {
                "others": [
                    {"name": name_of(other.user), "is_typing": bool(other.typed_at and other.typed_at > now - TYPING)}
                    for other in others
                ],
                "saved": f"{name_of(latest.saved_by)} saved it at {timezone.localtime(latest.saved_at):%H:%M}."
                if latest and is_stale
                else "",
            }
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        original = context.get("original")
        user = editor_of(request)
        context["unsaved"] = _unsaved_of(request)
        context["local_draft"] = request.POST.get("_local_draft", "")
        context["saved_drafts"] = [
            (revision.local_draft, self.form_address(self.model(pk=revision.object_id)))
            for revision in revisions.recent_drafts(user, self.model)
        ] + [(draft, request.path) for draft in request.session.get(ARRIVED, [])]
        if original:
            context["presence_address"] = reverse(f"admin:{self.address_name('presence')}", args=[original.pk])
            context["latest_revision"] = revisions.of(original).defer("content").first()
        return super().render_change_form(request, context, *args, **kwargs)

    def _answer_gone(self, request: HttpRequest) -> HttpResponse:
        """What was typed, to be copied: what it was typed for has been deleted."""
        typed = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if value and not name.startswith(("_", "csrf")) and not name.endswith(formdata.MANAGEMENT)
        ]
        context = self.admin_site.each_context(request) | {"title": "It was deleted", "typed": typed}
        return render(request, "admin/desk_gone.html", context, status=404)


def _unsaved(
    obj: models.Model,
    comparisons: list[Comparison],
    merged: Content,
    stored: Content,
    version: str,
    *,
    is_recovered: bool,
) -> Unsaved:
    latest = revisions.of(obj).defer("content").first()
    who = name_of(latest.saved_by) if latest else "Somebody"
    when = f"{timezone.localtime(latest.saved_at):%H:%M}" if latest else ""
    theirs = f"Saved by {who}{f' at {when}' if when else ''}"
    if is_recovered:
        reason = "This is the draft that your browser kept. Nothing of it is saved yet."
    else:
        reason = f"Not saved yet, and nothing is lost: {theirs[0].lower()}{theirs[1:]}, while you had it open."
    sides = [_side(each, merged, stored) for each in comparisons]
    return Unsaved(reason, theirs, "Yours", sides, version=version)


def _side(comparison: Comparison, merged: Content, stored: Content) -> Side:
    difference = comparison.difference
    values = (difference.theirs, difference.mine)
    is_there = difference.row in merged.get(difference.part, {})
    # A button can put a text, a tick or a choice into one input; not the two halves of a time, nor a whole row.
    if not is_there or None in values or isinstance(comparison.field, models.DateTimeField):
        return Side(comparison, "", "", "")
    name = formdata.input_name(difference.part, difference.row, difference.field, merged, stored)
    theirs, mine = ("" if value is False else "on" if value is True else str(value) for value in values)
    return Side(comparison, name, theirs, mine)


def _hidden_rows(formsets: list[BaseInlineFormSet], stored: Content) -> dict[str, set[str]]:
    """The stored rows of each part that this user's form does not show. A save leaves them as they are."""
    return {
        str(formset.prefix): set(stored.get(str(formset.prefix), {}))
        - {str(pk) for pk in formset.get_queryset().values_list("pk", flat=True)}
        for formset in formsets
    }


def _without_rows(content: Content, hidden: dict[str, set[str]]) -> Content:
    return {
        part: {row: fields for row, fields in rows.items() if row not in hidden.get(part, set())}
        for part, rows in content.items()
    }


def _said(request: HttpRequest, name: str) -> str:
    """What a hidden input of the form was sent with. No database can be asked for a text with NUL in it."""
    value = request.POST.get(name, "")
    return "" if "\0" in value else value


def _with(data: QueryDict, **values: str) -> QueryDict:
    result = data.copy()
    for name, value in values.items():
        result[name] = value
    return result


def _send(request: HttpRequest, data: QueryDict) -> None:
    """Let the admin's own view find this in the form."""
    request.POST = data  # type: ignore[assignment]


def _mark(request: HttpRequest, unsaved: Unsaved) -> None:
    request.desk_unsaved = unsaved  # type: ignore[attr-defined]


def _unsaved_of(request: HttpRequest) -> Unsaved | None:
    return getattr(request, "desk_unsaved", None)


def name_of(user: User | None) -> str:
    """Somebody at the desk, by name."""
    return (user.get_full_name() or user.username) if user else "Somebody"


def editor_of(request: HttpRequest) -> User:
    """The editor at the desk; the admin lets nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
