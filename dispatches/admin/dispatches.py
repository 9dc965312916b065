"""Sections, stories, and the dispatches themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from dispatches import desk
from dispatches.admin import undo, writing
from dispatches.admin.fields import DevelopmentChoiceField, DevelopmentSelect, PreloadedChoiceField, ReportSelect
from dispatches.admin.forms import (
    CitationFormSet,
    CorrectionForm,
    HoldForm,
    NoteForm,
    RescheduleForm,
    ScheduleForm,
    SendBackForm,
    UpdateForm,
)
from dispatches.admin.likeness import like
from dispatches.admin.own_lists import OwnListsInline
from dispatches.admin.panels import SIGNAL_PANEL, read_unsaved, signal_panel
from dispatches.admin.quick import QuickRenderer
from dispatches.admin.saving import editor_of
from dispatches.admin.verbs import DeskAdmin, Verb, complete_field, name_inputs
from dispatches.desk.readiness import blockers_at, compose_next
from dispatches.desk.unpublished import unpublished_changes
from dispatches.models import Citation, Development, Dispatch, Issuance, Story
from dispatches.public.differences import Change
from dispatches.public.models import Edition, Section, SiteState
from dispatches.signal.rules import Rung
from sources.models import Report


@admin.register(Section)
class SectionAdmin(DeskAdmin):
    list_display = ["name", "beat", "slug", "position"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Story)
class StoryAdmin(DeskAdmin):
    search_fields = ["name"]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Story | None = None) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ["name"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Story | None = None) -> list[str]:
        # Editions are bound together by it, and editions are never edited.
        return ["slug"] if obj else []


class ZonedInline(OwnListsInline):
    max_num = 5000

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.renderer = QuickRenderer()
        return formset

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        complete_field(db_field, kwargs)
        return name_inputs(super().formfield_for_dbfield(db_field, request, **kwargs), db_field)


class DevelopmentInline(ZonedInline):
    model = Development


class CitationInline(ZonedInline):
    model = Citation
    formset = CitationFormSet
    autocomplete_fields = ["report"]

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in {"report", "development"} and field:
            # Reports have their own page; here every column counts.
            field.widget = getattr(field.widget, "widget", field.widget)
        return field

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        match = request.resolver_match
        dispatch = match.kwargs.get("object_id") if match else None
        if db_field.name == "development":
            # A citation may back a development of the same dispatch only; a new dispatch has none yet.
            kwargs["queryset"] = (
                Development.objects.filter(dispatch=dispatch) if dispatch else Development.objects.none()
            )
            kwargs["form_class"] = DevelopmentChoiceField
            kwargs["widget"] = DevelopmentSelect()
            kwargs["empty_label"] = "The headline's claim"
        elif db_field.name == "report":
            kwargs["queryset"] = Report.objects.select_related("source")
            kwargs["form_class"] = PreloadedChoiceField
            kwargs["widget"] = ReportSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


# What the buttons do. Each is one call of one verb, and the sentence that tells the editor what readers see now.


def _preview(dispatch: Dispatch, editor: User) -> HttpResponse:
    return redirect("admin:dispatches_dispatch_frame", dispatch.pk)


def _submit(dispatch: Dispatch, editor: User) -> str:
    desk.submit(dispatch=dispatch, actor=editor)
    return "Submitted: an editor finds it in the newsroom. You can still edit it. Readers see nothing of it."


def _send_back(dispatch: Dispatch, editor: User, note: str) -> str:
    desk.send_back(dispatch=dispatch, actor=editor, note=note)
    return "Sent back: its author sees your note above the form. Readers see nothing of it."


def _publish(dispatch: Dispatch, editor: User) -> SafeString:
    return _published("Published.", desk.publish(dispatch=dispatch, actor=editor))


def _schedule(dispatch: Dispatch, editor: User, at: datetime) -> SafeString:
    edition = desk.schedule(dispatch=dispatch, actor=editor, at=at)
    return format_html(
        "Scheduled. Readers see “{}” from {} on, {}, at {}; until then nothing of it.",
        edition.headline,
        _clock(edition.live_at),
        settings.WIRE_TIME_ZONE_LABEL,
        edition.get_absolute_url(),
    )


def _reschedule(dispatch: Dispatch, editor: User, at: datetime) -> SafeString:
    edition = desk.reschedule(dispatch=dispatch, actor=editor, at=at)
    return format_html(
        "Rescheduled with what is saved now. Readers see “{}” from {} on, {}, at {}; until then nothing of it.",
        edition.headline,
        _clock(edition.live_at),
        settings.WIRE_TIME_ZONE_LABEL,
        edition.get_absolute_url(),
    )


def _call_off(dispatch: Dispatch, editor: User) -> str:
    desk.cancel_schedule(dispatch=dispatch, actor=editor)
    return "Called off. It is a draft again, and readers have seen nothing of it."


def _update(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published("Updated.", desk.update(dispatch=dispatch, actor=editor, note=note))


def _correct(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published("Corrected.", desk.correct(dispatch=dispatch, actor=editor, note=note))


def _clarify(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published("Clarified.", desk.clarify(dispatch=dispatch, actor=editor, note=note))


def _expunge(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    edition = desk.expunge(dispatch=dispatch, actor=editor, note=note)
    return format_html(
        'Expunged. Nothing of it is left at <a href="{}">its address</a> but when it went, and why. Caches and readers '
        "may still have it: ask for it to be removed there.",
        edition.get_absolute_url(),
    )


def _withdraw(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    edition = desk.withdraw(dispatch=dispatch, actor=editor, note=note)
    return format_html(
        'Withdrawn. Readers see <a href="{}">a notice with your reason</a> and nothing else of it.',
        edition.get_absolute_url(),
    )


def _restore(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published("Restored.", desk.restore(dispatch=dispatch, actor=editor, note=note))


def _hold(dispatch: Dispatch, editor: User, at_most: Rung, reason: str) -> SafeString:
    desk.hold_signal(dispatch=dispatch, actor=editor, at_most=at_most, reason=reason)
    return _signal_now("Held down.", dispatch)


def _release(dispatch: Dispatch, editor: User) -> SafeString:
    desk.release_signal(dispatch=dispatch, actor=editor)
    return _signal_now("The hold has ended.", dispatch)


def _signal_now(what: str, dispatch: Dispatch) -> SafeString:
    edition = dispatch.live_edition()
    if edition is None or edition.is_withdrawn:
        return format_html("{} Readers see nothing of it yet.", what)
    return _published(what, edition)


def _set_aside(dispatch: Dispatch, editor: User) -> str:
    desk.set_aside(dispatch=dispatch, actor=editor)
    return "Set aside: it is out of the lists, and nothing of it is lost. Readers have never seen it."


def _bring_back(dispatch: Dispatch, editor: User) -> str:
    desk.reopen_draft(dispatch=dispatch, actor=editor)
    return "It is among the drafts again. Readers see nothing of it."


def _pin(dispatch: Dispatch, editor: User) -> SafeString:
    desk.pin_lead(dispatch=dispatch, actor=editor)
    return format_html('Pinned: it leads the <a href="{}">Top Stories</a> until you unpin it.', reverse("top-stories"))


def _unpin(dispatch: Dispatch, editor: User) -> SafeString:
    desk.unpin_lead(actor=editor)
    return format_html('Unpinned: the <a href="{}">Top Stories</a> choose their lead again.', reverse("top-stories"))


def _published(what: str, edition: Edition) -> SafeString:
    return format_html(
        '{} Readers see <a href="{}">{}</a> with the Signal {}.',
        what,
        edition.get_absolute_url(),
        edition.headline,
        edition.signal.word,
    )


def _clock(at: datetime) -> str:
    return format_date(timezone.localtime(at), "F j, Y, H:i")


def _what_publishing_does(dispatch: Dispatch) -> str:
    edition = compose_next(dispatch).edition
    return (
        f"Readers see “{edition.headline}” at once{f', at {edition.get_absolute_url()}' if edition.slug else ''}, "
        f"with the Signal {edition.signal.word}: {edition.claim_report_count} "
        f"report{pluralize(edition.claim_report_count)} on the claim, {edition.origins} independent "
        f"origin{pluralize(edition.origins)}."
    )


def _what_an_update_does(dispatch: Dispatch) -> SafeString:
    return _with_changes("Readers see the dispatch as it is saved now. Its history keeps what they had.", dispatch)


def _what_a_correction_does(dispatch: Dispatch) -> SafeString:
    return _with_changes(
        "Readers see the dispatch as it is saved now, marked Corrected, with your note above it and on the page of "
        "corrections.",
        dispatch,
    )


def _what_a_clarification_does(dispatch: Dispatch) -> SafeString:
    return _with_changes(
        "Readers see the dispatch as it is saved now, with your note above it and on the page of corrections.", dispatch
    )


def _what_rescheduling_does(dispatch: Dispatch) -> SafeString:
    return _with_changes(
        "The scheduled edition is replaced by the dispatch as it is saved now. It goes live by itself at the time you "
        "give; until then readers see nothing of it.",
        dispatch,
    )


def _with_changes(words: str, dispatch: Dispatch) -> SafeString:
    context = {"words": words, "changes": unpublished_changes(dispatch), "is_public": _is_public(dispatch)}
    return render_to_string("admin/dispatches/dispatch/_consequence.html", context)


def _hinders(dispatch: Dispatch) -> list[str]:
    return blockers_at(dispatch, timezone.now())


def _hinders_rescheduling(dispatch: Dispatch) -> list[str]:
    edition = dispatch.latest_edition()
    return blockers_at(dispatch, edition.live_at if edition else timezone.now())


def _is_saved(dispatch: Dispatch | None) -> bool:
    # A button that leads to another page must not leave an add form behind, which Back would submit a second time.
    return dispatch is not None


def _is_draft(dispatch: Dispatch | None) -> bool:
    return dispatch is None or (dispatch.latest_edition() is None and dispatch.set_aside_at is None)


def _is_saved_draft(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and _is_draft(dispatch)


def _is_submitted(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and _is_draft(dispatch) and dispatch.submitted_at is not None


def _is_coming(dispatch: Dispatch | None) -> bool:
    edition = dispatch.latest_edition() if dispatch else None
    return edition is not None and edition.live_at > timezone.now()


def _is_public(dispatch: Dispatch | None) -> bool:
    edition = dispatch.live_edition() if dispatch else None
    return edition is not None and not edition.is_withdrawn


def _is_withdrawn(dispatch: Dispatch | None) -> bool:
    edition = dispatch.live_edition() if dispatch else None
    return edition is not None and edition.is_withdrawn


def _is_withdrawn_and_kept(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.expunged_at is None and _is_withdrawn(dispatch)


def _is_lead(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and SiteState.objects.filter(lead__isnull=False, lead=dispatch.publication_id).exists()


PUBLISHES = "dispatches.publish_dispatch"
WITHDRAWS = "dispatches.withdraw_dispatch"
HOLDS = "dispatches.hold_dispatch"

VERBS = [
    Verb(
        "publish",
        "Publish",
        _publish,
        _is_draft,
        "Readers see it at once.",
        forms.Form,
        foretells=_what_publishing_does,
        right=PUBLISHES,
        hinders=_hinders,
        is_main=True,
    ),
    Verb(
        "update",
        "Publish update",
        _update,
        _is_public,
        "Readers see the dispatch as it is saved now. That it changed, when and why stays in its history.",
        UpdateForm,
        foretells=_what_an_update_does,
        right=PUBLISHES,
        hinders=_hinders,
        is_main=True,
    ),
    Verb(
        "submit",
        "Submit for review",
        _submit,
        lambda dispatch: _is_draft(dispatch) and not _is_submitted(dispatch),
        "An editor reviews it and publishes it. Readers see nothing of it yet.",
        is_main=True,
    ),
    Verb(
        "preview",
        "Preview",
        _preview,
        _is_saved,
        "The page as readers would see it, on a phone and on a desk. Only the desk sees it.",
        only_reads=True,
        is_safe=True,
    ),
    Verb(
        "schedule",
        "Schedule",
        _schedule,
        _is_saved_draft,
        "It goes live by itself at the time you give, also if that is the end of an embargo. "
        "Until then readers see nothing of it; then they see the dispatch as it is saved now.",
        ScheduleForm,
        right=PUBLISHES,
        hinders=_hinders,
    ),
    Verb(
        "send-back",
        "Send back",
        _send_back,
        _is_submitted,
        "Its author gets it back with your note. Readers see nothing of it.",
        SendBackForm,
        right=PUBLISHES,
    ),
    Verb(
        "reschedule",
        "Reschedule",
        _reschedule,
        _is_coming,
        "The scheduled edition is replaced by the dispatch as it is saved now, at the time you give.",
        RescheduleForm,
        foretells=_what_rescheduling_does,
        right=PUBLISHES,
        hinders=_hinders_rescheduling,
        is_main=True,
    ),
    Verb(
        "call-off",
        "Call off",
        _call_off,
        _is_coming,
        "It does not go live. It is a draft again.",
        right=PUBLISHES,
    ),
    Verb(
        "correct",
        "Correct",
        _correct,
        _is_public,
        "Readers see the dispatch as it is saved now, marked Corrected, with your note above it and on the page of "
        "corrections.",
        CorrectionForm,
        foretells=_what_a_correction_does,
        right=PUBLISHES,
        hinders=_hinders,
    ),
    Verb(
        "clarify",
        "Clarify",
        _clarify,
        _is_public,
        "Readers see the dispatch as it is saved now, with your note above it and on the page of corrections.",
        NoteForm,
        foretells=_what_a_clarification_does,
        right=PUBLISHES,
        hinders=_hinders,
    ),
    Verb(
        "hold",
        "Hold the Signal down",
        _hold,
        lambda dispatch: dispatch is not None and not _is_withdrawn(dispatch) and dispatch.hold is None,
        "Readers see no higher Signal than you say, whatever the sources give; at once, if it is published.",
        HoldForm,
        right=HOLDS,
    ),
    Verb(
        "release",
        "End the hold",
        _release,
        lambda dispatch: dispatch is not None and dispatch.hold is not None,
        "Readers see the Signal that the sources give; at once, if it is published.",
        forms.Form,
        right=HOLDS,
    ),
    Verb(
        "pin",
        "Pin as lead",
        _pin,
        lambda dispatch: _is_public(dispatch) and not _is_lead(dispatch),
        "It leads the Top Stories until you unpin it.",
        right=PUBLISHES,
    ),
    Verb("unpin", "Unpin", _unpin, _is_lead, "The Top Stories choose their lead themselves.", right=PUBLISHES),
    Verb(
        "withdraw",
        "Withdraw",
        _withdraw,
        _is_public,
        "Readers lose the dispatch at once. At its address they find a notice: when it was withdrawn, and why.",
        NoteForm,
        right=WITHDRAWS,
        is_grave=True,
    ),
    Verb(
        "restore",
        "Restore",
        _restore,
        _is_withdrawn_and_kept,
        "Readers get the dispatch back, as it is saved now, with your note above it.",
        NoteForm,
        right=WITHDRAWS,
        hinders=_hinders,
    ),
    Verb(
        "expunge",
        "Expunge",
        _expunge,
        _is_withdrawn_and_kept,
        "Every word of it that was ever published is removed from all its editions for good. It can't be restored. "
        "Only when a court or a life demands it. The working copy and its history stay here.",
        NoteForm,
        right=WITHDRAWS,
        is_grave=True,
    ),
    Verb(
        "set-aside",
        "Set aside",
        _set_aside,
        _is_saved_draft,
        "It leaves the lists. Nothing of it is lost, and it can be brought back.",
    ),
    Verb(
        "bring-back",
        "Bring back",
        _bring_back,
        lambda dispatch: dispatch is not None and dispatch.set_aside_at is not None,
        "It is among the drafts again.",
    ),
]


@dataclass(frozen=True, slots=True)
class Issued:
    """What readers have of a dispatch, or will have, and which saved changes are not in it.

    `address` leads to the verb that publishes them; empty for those who may not.
    """

    edition: Edition
    is_scheduled: bool
    changes: list[Change]
    address: str

    @property
    def parts(self) -> str:
        """The parts that differ: “Headline, TL;DR”."""
        return ", ".join(change.part for change in self.changes)


class StateFilter(admin.SimpleListFilter):
    """What has been made of a dispatch; without a choice all but what was set aside."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("mine", "My drafts"),
            ("draft", "Drafts"),
            ("submitted", "Submitted for review"),
            ("scheduled", "Scheduled"),
            ("published", "Published"),
            ("changed", "With unpublished changes"),
            ("withdrawn", "Withdrawn"),
            ("aside", "Set aside"),
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        draft = Q(live_kind=None, coming_at=None, set_aside_at=None)
        states = {
            "mine": draft & Q(author=editor_of(request)),
            "draft": draft,
            "submitted": draft & Q(submitted_at__isnull=False),
            "scheduled": Q(coming_at__isnull=False),
            "published": Q(live_kind__isnull=False) & ~Q(live_kind=Edition.Kind.WITHDRAWAL),
            "changed": Q(has_unpublished_changes=True),
            "withdrawn": Q(live_kind=Edition.Kind.WITHDRAWAL),
            "aside": Q(set_aside_at__isnull=False),
        }
        return queryset.filter(states.get(self.value() or "", Q(set_aside_at=None)))


@admin.register(Dispatch)
class DispatchAdmin(DeskAdmin):
    list_display = ["headline", "section", "author", "for_readers", "signal", "updated_at"]
    list_filter = [StateFilter, "section", "story"]
    search_fields = ["headline", "slug"]
    autocomplete_fields = ["story"]
    inlines = [DevelopmentInline, CitationInline]
    fieldsets = [
        (None, {"fields": ["headline", "section", "tldr", "body"]}),
        ("Address and story", {"fields": ["slug", "story", "byline"]}),
        ("The Signal", {"fields": ["claim_kind", "hold", "hold_reason", "held_by"]}),
    ]
    readonly_fields = ["hold", "hold_reason", "held_by"]
    actions = ["submit_selected", "set_aside_selected"]
    verbs = VERBS

    def version_of(self, obj: Dispatch) -> str:
        edition = obj.latest_edition()
        return str(edition.number) if edition else ""

    def has_change_permission(self, request: HttpRequest, obj: Dispatch | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or Dispatch.objects.changeable_by(editor_of(request)).filter(pk=obj.pk).exists())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # What readers had is withdrawn, and a draft is set aside: nothing is lost.
        return False

    def shows_history(self, request: HttpRequest, obj: Dispatch) -> bool:
        return self.has_view_permission(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Dispatch | None) -> list[Any]:
        # A table that only shows would name every source.
        if self.has_change_permission(request, obj) or editor_of(request).has_perm("sources.see_confidential"):
            return list(self.inlines)
        return [inline for inline in self.inlines if inline is not CitationInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if not change:
            form.instance.author = editor_of(request)
        super().save_related(request, form, formsets, change)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Dispatch]:
        return Dispatch.objects.visible_to(editor_of(request)).for_desk()

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, tuple[str, Any]] = {
            "prose": ("prose/", writing.preview_prose),
            "references": ("references/", writing.find_references),
            "undo": ("undo/", undo.undo),
            "frame": ("<int:object_id>/preview/", self.preview),
            "page": ("<int:object_id>/preview/page/", self.preview_page),
            "live": ("<int:object_id>/signal/", self.live_signal),
        }
        return [
            *(
                path(where, self.admin_site.admin_view(view), name=self.address_name(name))
                for name, (where, view) in views.items()
            ),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["writes"] = self.has_change_permission(request, context.get("original"))
        if dispatch := context.get("original"):
            citations = list(dispatch.citations.for_rating())
            context["panel"] = signal_panel(dispatch, citations, editor_of(request))
            context["panel_template"], context["panel_label"] = SIGNAL_PANEL, "Signal"
            if self.has_change_permission(request, dispatch):
                context["panel_address"] = reverse("admin:dispatches_dispatch_live", args=[dispatch.pk])
            context["desk_note"] = dispatch.desk_note
            context["issued"] = self._issued(request, dispatch)
            context["issuances"] = (
                Issuance.objects.filter(edition__in=dispatch.editions)
                .select_related("edition", "issued_by")
                .order_by("-edition__number", "-edition")
            )
            context["likenesses"] = like(dispatch, editor_of(request))
        return super().render_change_form(request, context, *args, **kwargs)

    def _issued(self, request: HttpRequest, dispatch: Dispatch) -> Issued | None:
        edition = dispatch.latest_edition()
        if edition is None or edition.is_withdrawn:
            return None
        is_scheduled = not edition.is_live()
        verb = "reschedule" if is_scheduled else "update"
        may = any(each.name == verb for each in self.verbs_for(request, dispatch))
        address = reverse(f"admin:{self.address_name(verb)}", args=[dispatch.pk]) if may else ""
        return Issued(edition, is_scheduled, unpublished_changes(dispatch), address)

    def response_change(self, request: HttpRequest, obj: models.Model) -> HttpResponse:
        response = super().response_change(request, obj)
        issued = self._issued(request, obj) if isinstance(obj, Dispatch) and "_verb" not in request.POST else None
        if issued and issued.changes:
            context = {"issued": issued, "form_address": self.form_address(obj)}
            said = render_to_string("admin/dispatches/dispatch/_not_published.html", context, request)
            self.message_user(request, said, messages.WARNING)
        return response

    @method_decorator(csp_update({"frame-src": [SELF]}))
    def preview(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The public page of the next edition in a frame, as wide as a desk's screen or as a phone."""
        dispatch = self._get_visible(request, object_id)
        context = self.admin_site.each_context(request) | {
            "title": f"Preview: {dispatch}",
            "opts": self.opts,
            "original": dispatch,
            "form_address": self.form_address(dispatch),
            "page_address": reverse("admin:dispatches_dispatch_page", args=[dispatch.pk]),
            "issued": self._issued(request, dispatch),
        }
        return render(request, "admin/desk_preview.html", context)

    @method_decorator(csp_replace({"frame-ancestors": [SELF]}))
    @method_decorator(xframe_options_sameorigin)
    def preview_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The public page of the next edition, as the template of the public page shows it."""
        edition = compose_next(self._get_visible(request, object_id)).edition
        return render(request, "wire/dispatch.html", {"edition": edition, "is_preview": True})

    def _get_visible(self, request: HttpRequest, object_id: int) -> Dispatch:
        dispatch = self.find(request, object_id)
        if not self.has_view_permission(request, dispatch):
            raise PermissionDenied
        return dispatch

    @method_decorator(require_POST)
    def live_signal(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The panel as it would be if the form, as it is now, were saved. Nothing is."""
        dispatch = self.find(request, object_id)
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
        return render(
            request,
            SIGNAL_PANEL,
            {"panel": signal_panel(form.instance, citations, editor_of(request)), "is_live": True},
        )

    @admin.action(description="Submit the selected drafts for review", permissions=["change"])
    def submit_selected(self, request: HttpRequest, queryset: models.QuerySet[Dispatch]) -> None:
        drafts = [each for each in queryset if _is_draft(each) and self.has_change_permission(request, each)]
        for dispatch in drafts:
            desk.submit(dispatch=dispatch, actor=editor_of(request))
        self.message_user(request, f"{len(drafts)} submitted. What is published already stays as it is.")

    @admin.action(description="Set the selected drafts aside", permissions=["change"])
    def set_aside_selected(self, request: HttpRequest, queryset: models.QuerySet[Dispatch]) -> None:
        drafts = [each for each in queryset if _is_draft(each) and self.has_change_permission(request, each)]
        for dispatch in drafts:
            desk.set_aside(dispatch=dispatch, actor=editor_of(request))
        said = f"{len(drafts)} set aside. What is published already stays as it is."
        self.message_user(request, undo.offer(request, said, "bring-back", [[each.pk, ""] for each in drafts]))

    @admin.display(description="For readers")
    def for_readers(self, dispatch: Any) -> str:
        if dispatch.live_kind == Edition.Kind.WITHDRAWAL:
            return "Expunged" if dispatch.expunged_at else "Withdrawn"
        changed = ", with unpublished changes" if dispatch.has_unpublished_changes else ""
        if dispatch.live_kind:
            return "Published" + changed
        if dispatch.coming_at:
            return "Scheduled for " + format_date(timezone.localtime(dispatch.coming_at), "F j, H:i") + changed
        if dispatch.set_aside_at:
            return "Set aside"
        return "Submitted for review" if dispatch.submitted_at else "Draft"

    @admin.display(description="Signal")
    def signal(self, dispatch: Any) -> str:
        if not dispatch.live_rung:
            return "–"
        return Rung(dispatch.live_rung).word + (", disputed" if dispatch.live_disputed else "")
