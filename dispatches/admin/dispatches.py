"""Sections, stories, and the dispatches themselves."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from dispatches import desk
from dispatches.admin.forms import CitationFormSet, CorrectionForm, NoteForm, ScheduleForm, UpdateForm
from dispatches.admin.panels import SIGNAL_PANEL, read_unsaved, signal_panel
from dispatches.admin.saving import editor_of
from dispatches.admin.verbs import DeskAdmin, Verb, complete_field, name_inputs
from dispatches.composition import compose
from dispatches.models import Citation, Development, Dispatch, Edition, Section, SiteState, Story
from dispatches.signal import Rung


@admin.register(Section)
class SectionAdmin(DeskAdmin):
    list_display = ["name", "beat", "slug", "position"]
    prepopulated_fields = {"slug": ["name"]}

    def changing(self, obj: Section) -> AbstractContextManager[None]:
        return desk.changing_sections()


@admin.register(Story)
class StoryAdmin(DeskAdmin):
    search_fields = ["name"]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Story | None = None) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ["name"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Story | None = None) -> list[str]:
        # Editions are bound together by it, and editions are never edited.
        return ["slug"] if obj else []


class ZonedInline(admin.TabularInline):
    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        complete_field(db_field, kwargs)
        return name_inputs(super().formfield_for_dbfield(db_field, request, **kwargs), db_field)


class DevelopmentInline(ZonedInline):
    model = Development
    extra = 0


class CitationInline(ZonedInline):
    model = Citation
    formset = CitationFormSet
    autocomplete_fields = ["report"]
    extra = 0

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in {"report", "development"} and field:
            # Reports have their own page; here every column counts.
            for right in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{right}_related", False)
        return field

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "development":
            # A citation may back a development of the same dispatch only; a new dispatch has none yet.
            match = request.resolver_match
            dispatch = match.kwargs.get("object_id") if match else None
            kwargs["queryset"] = (
                Development.objects.filter(dispatch=dispatch) if dispatch else Development.objects.none()
            )
            kwargs["empty_label"] = "The headline's claim"
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class EditionInline(admin.TabularInline):
    """What readers have seen, for the desk to look up; nobody edits it."""

    model = Edition
    fields = ["number", "kind", "live_at", "superseded_at", "headline", "rung", "origins", "note"]
    extra = 0
    can_delete = False
    ordering = ["-number"]
    verbose_name_plural = "editions: what readers have seen"

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


# What the buttons do. Each is one call of one verb, and the sentence that tells the editor what readers see now.


def _preview(dispatch: Dispatch, editor: User) -> HttpResponse:
    return redirect("admin:dispatches_dispatch_preview", dispatch.pk)


def _publish(dispatch: Dispatch, editor: User) -> SafeString:
    return _published("Published.", desk.publish(dispatch=dispatch, editor=editor))


def _schedule(dispatch: Dispatch, editor: User, at: datetime) -> SafeString:
    edition = desk.schedule(dispatch=dispatch, editor=editor, at=at)
    moment = format_date(timezone.localtime(edition.live_at), "F j, Y, H:i")
    return format_html("Scheduled. Readers see it from {} on; until then nothing of it.", moment)


def _call_off(dispatch: Dispatch, editor: User) -> str:
    desk.call_off(dispatch=dispatch)
    return "Called off. It is a draft again, and readers have seen nothing of it."


def _update(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published("Updated.", desk.update(dispatch=dispatch, editor=editor, note=note))


def _correct(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published("Corrected.", desk.correct(dispatch=dispatch, editor=editor, note=note))


def _clarify(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published("Clarified.", desk.clarify(dispatch=dispatch, editor=editor, note=note))


def _withdraw(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    edition = desk.withdraw(dispatch=dispatch, editor=editor, note=note)
    return format_html(
        'Withdrawn. Readers see <a href="{}">a notice with your reason</a> and nothing else of it.',
        edition.get_absolute_url(),
    )


def _pin(dispatch: Dispatch, editor: User) -> SafeString:
    desk.pin_lead(dispatch=dispatch)
    return format_html('Pinned: it leads the <a href="{}">Top Stories</a> until you unpin it.', reverse("top-stories"))


def _unpin(dispatch: Dispatch, editor: User) -> SafeString:
    desk.unpin_lead()
    return format_html('Unpinned: the <a href="{}">Top Stories</a> choose their lead again.', reverse("top-stories"))


def _published(what: str, edition: Edition) -> SafeString:
    return format_html(
        '{} Readers see <a href="{}">{}</a> with the Signal {}.',
        what,
        edition.get_absolute_url(),
        edition.headline,
        edition.signal.word,
    )


def _is_saved(dispatch: Dispatch | None) -> bool:
    # A button that leads to another page must not leave an add form behind, which Back would submit a second time.
    return dispatch is not None


def _is_draft(dispatch: Dispatch | None) -> bool:
    return dispatch is None or dispatch.latest_edition() is None


def _is_coming(dispatch: Dispatch | None) -> bool:
    edition = dispatch.latest_edition() if dispatch else None
    return edition is not None and edition.live_at > timezone.now()


def _is_public(dispatch: Dispatch | None) -> bool:
    edition = dispatch.live_edition() if dispatch else None
    return edition is not None and not edition.is_withdrawn


def _is_lead(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and SiteState.objects.filter(lead=dispatch).exists()


@admin.register(Dispatch)
class DispatchAdmin(DeskAdmin):
    list_display = ["headline", "section", "for_readers", "signal", "updated_at"]
    list_filter = ["section", "story"]
    search_fields = ["headline", "slug"]
    autocomplete_fields = ["story"]
    inlines = [DevelopmentInline, CitationInline, EditionInline]
    fieldsets = [
        (None, {"fields": ["headline", "section", "tldr", "body"]}),
        ("Address and story", {"fields": ["slug", "story", "byline"]}),
        ("The Signal", {"fields": ["claim_kind", "hold", "hold_reason", "held_by"]}),
    ]
    readonly_fields = ["held_by"]
    verbs = [
        Verb("preview", "Preview", _preview, _is_saved),
        Verb("publish", "Publish", _publish, _is_draft),
        Verb(
            "schedule",
            "Schedule",
            _schedule,
            lambda dispatch: _is_saved(dispatch) and _is_draft(dispatch),
            "It goes live by itself at the time you give. Until then readers see nothing of it.",
            ScheduleForm,
        ),
        Verb("call-off", "Call off", _call_off, _is_coming),
        Verb(
            "update",
            "Publish update",
            _update,
            _is_public,
            "Readers see the dispatch as it is saved now. That it changed, when and why stays in its history.",
            UpdateForm,
        ),
        Verb(
            "correct",
            "Correct",
            _correct,
            _is_public,
            "Readers see the dispatch as it is saved now, marked Corrected, with your note above it.",
            CorrectionForm,
        ),
        Verb(
            "clarify",
            "Clarify",
            _clarify,
            _is_public,
            "Readers see the dispatch as it is saved now, with your note above it.",
            NoteForm,
        ),
        Verb("pin", "Pin as lead", _pin, lambda dispatch: _is_public(dispatch) and not _is_lead(dispatch)),
        Verb("unpin", "Unpin", _unpin, _is_lead),
        Verb(
            "withdraw",
            "Withdraw",
            _withdraw,
            _is_public,
            "Readers lose the dispatch at once. At its address they find a notice: when it was withdrawn, and why.",
            NoteForm,
            is_grave=True,
        ),
    ]

    def version_of(self, obj: Dispatch) -> str:
        edition = obj.latest_edition()
        return str(edition.number) if edition else ""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if {"hold", "hold_reason"} & set(form.changed_data):
            form.instance.held_by = editor_of(request) if form.instance.hold else None
        super().save_related(request, form, formsets, change)

    def changing(self, obj: Dispatch) -> AbstractContextManager[None]:
        return desk.editing(obj)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Dispatch]:
        return Dispatch.objects.for_desk()

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(self.preview)
        live_signal = self.admin_site.admin_view(self.live_signal)
        return [
            path("<int:object_id>/preview/", preview, name="dispatches_dispatch_preview"),
            path("<int:object_id>/signal/", live_signal, name="dispatches_dispatch_live"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if dispatch := context.get("original"):
            context["panel"] = signal_panel(dispatch, list(dispatch.citations.for_rating()))
            context["panel_template"], context["panel_label"] = SIGNAL_PANEL, "Signal"
            context["panel_address"] = reverse("admin:dispatches_dispatch_live", args=[dispatch.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def preview(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The public page of the next edition, as the template of the public page shows it."""
        dispatch = self.get_object(request, str(object_id))
        if dispatch is None:
            raise Http404
        if not self.has_view_permission(request, dispatch):
            raise PermissionDenied
        previous = dispatch.latest_edition()
        kind = Edition.Kind.UPDATE if previous else Edition.Kind.FIRST
        composition = compose(dispatch, kind=kind, live_at=timezone.now(), previous=previous)
        context = {"edition": composition.edition, "preview_of": dispatch}
        return render(request, "wire/dispatch.html", context)

    @method_decorator(require_POST)
    def live_signal(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The panel as it would be if the form, as it is now, were saved. Nothing is."""
        dispatch = self.get_object(request, str(object_id))
        if dispatch is None:
            raise Http404
        if not self.has_change_permission(request, dispatch):
            raise PermissionDenied
        form = self.get_form(request, dispatch, change=True)(request.POST, instance=dispatch)
        form.is_valid()
        citations = [
            citation
            for formset_class, inline in self.get_formsets_with_inlines(request, dispatch)
            if isinstance(inline, CitationInline)
            for citation in read_unsaved(formset_class(request.POST, instance=dispatch))
        ]
        return render(request, SIGNAL_PANEL, {"panel": signal_panel(form.instance, citations), "is_live": True})

    @admin.display(description="For readers")
    def for_readers(self, dispatch: Any) -> str:
        if dispatch.live_kind == Edition.Kind.WITHDRAWAL:
            return "Withdrawn"
        if dispatch.live_kind:
            return "Published"
        if dispatch.coming_at:
            return "Scheduled for " + format_date(timezone.localtime(dispatch.coming_at), "F j, H:i")
        return "Draft"

    @admin.display(description="Signal")
    def signal(self, dispatch: Any) -> str:
        if not dispatch.live_rung:
            return "–"
        return Rung(dispatch.live_rung).word + (", disputed" if dispatch.live_disputed else "")
