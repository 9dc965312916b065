"""Sections, stories and dispatches in the admin."""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from dispatches import desk
from dispatches.admin import development_verbs, undo, writing
from dispatches.admin.dispatch_conditions import is_draft
from dispatches.admin.dispatch_filters import StateFilter
from dispatches.admin.dispatch_status import LIVE, SAVED, SCHEDULED, Link, Status, previews_of
from dispatches.admin.dispatch_verbs import VERBS
from dispatches.admin.editors import editor_of
from dispatches.admin.fields import LineField, LineWidget
from dispatches.admin.histories import actions_of
from dispatches.admin.inlines import CitationInline, DevelopmentInline, with_reports
from dispatches.admin.likeness import like
from dispatches.admin.lists import ROWS, DispatchList
from dispatches.admin.panels import SIGNAL_PANEL, signal_panel
from dispatches.admin.posted_rows import renumber
from dispatches.admin.row_views import RowsAdmin
from dispatches.admin.searching import TextSearchMixin
from dispatches.admin.teamwork import AssignmentFilter, TeamworkAdmin
from dispatches.admin.verbs import DeskAdmin, Verb
from dispatches.desk.proposing import claims_in, preview_proposals
from dispatches.desk.readiness import compose_next
from dispatches.desk.states import States, read_states
from dispatches.desk.withdrawals import confirm, tombstone_of
from dispatches.history import revisions
from dispatches.models import Dispatch, Issuance, Story
from dispatches.models.dispatches import EXPUNGED
from dispatches.overviews.status import status_line
from dispatches.public.models import Edition, Section
from dispatches.public.wording import signal_label
from dispatches.signal.rules import Rung

# The most log entries shown on the form of a dispatch. Its history page shows all of them.
ACTIONS_SHOWN = 20


@admin.register(Section)
class SectionAdmin(DeskAdmin):
    list_display = ["name", "beat", "slug", "position"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Story)
class StoryAdmin(TextSearchMixin, DeskAdmin):
    search_fields = ["name"]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Story | None = None) -> dict[str, Sequence[str]]:
        return {} if obj else {"slug": ["name"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Story | None = None) -> list[str]:
        # Editions of a story are grouped by its slug, and editions are never edited.
        return ["slug"] if obj else []


@admin.register(Dispatch)
class DispatchAdmin(TextSearchMixin, RowsAdmin, TeamworkAdmin):
    list_display = ["headline", "section", "author", "assigned_to", "for_readers", "signal", "updated_at"]
    list_filter = [StateFilter, AssignmentFilter, "section", "story"]
    search_fields = ["headline", "slug"]
    autocomplete_fields = ["story"]
    inlines = [DevelopmentInline, CitationInline]
    fieldsets = [
        (None, {"fields": ["headline", "tldr", "body"]}),
        ("Where it belongs", {"classes": ["desk-aside"], "fields": ["section", "story", "slug", "byline"]}),
        ("The Signal", {"classes": ["desk-aside"], "fields": ["claim_kind", "hold", "hold_reason", "held_by"]}),
    ]
    readonly_fields = ["hold", "hold_reason", "held_by"]
    actions = ["submit_selected", "set_aside_selected"]
    list_per_page = ROWS
    show_full_result_count = False
    # Counting for every filter would read the whole table.
    show_facets = admin.ShowFacets.NEVER
    verbs = [*VERBS, *development_verbs.VERBS]

    def version_of(self, obj: Dispatch) -> str:
        live, scheduled = obj.current_editions()
        return f"{live.number if live else ''}{f'-{scheduled.pk}' if scheduled else ''}"

    def verbs_for(self, request: HttpRequest, obj: Dispatch | None) -> list[Verb]:
        if obj is not None and not obj.is_as_stored:
            # Which of twenty buttons are offered follows from one query. A copy: a verb may be called on `obj` next.
            obj = copy(obj)
            obj.remember_editions()
        return super().verbs_for(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Dispatch | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.is_changeable_by(editor_of(request)))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Read a dispatch once for a request that only reads, with its editions and developments."""
        if request.method not in {"GET", "HEAD"}:
            return super().get_object(request, object_id, from_field)
        known: dict[Any, Any] = request.__dict__.setdefault("desk_objects", {})
        if (object_id, from_field) not in known:
            dispatch = super().get_object(request, object_id, from_field)
            if dispatch:
                dispatch.remember_editions()
                models.prefetch_related_objects([dispatch], "developments", Prefetch("citations", with_reports()))
            known[object_id, from_field] = dispatch
        return known[object_id, from_field]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Published dispatches are withdrawn, and drafts are set aside: nothing is lost.
        return False

    def shows_history(self, request: HttpRequest, obj: Dispatch) -> bool:
        return self.has_view_permission(request, obj)

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "headline":
            kwargs |= {"form_class": LineField, "widget": LineWidget}
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in {"section", "story"} and field:
            # Sections and stories are edited on pages of their own.
            wrapper = field.widget
            wrapper.can_change_related = wrapper.can_delete_related = wrapper.can_view_related = False
            wrapper.can_add_related = wrapper.can_add_related and db_field.name == "story"
        return field

    def get_fieldsets(self, request: HttpRequest, obj: Dispatch | None = None) -> Any:
        return [] if obj and obj.expunged_at else super().get_fieldsets(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Dispatch | None) -> list[Any]:
        if obj and obj.expunged_at:
            return []
        # A read-only table would show the name of every source.
        if self.has_change_permission(request, obj) or editor_of(request).has_perm("sources.see_confidential"):
            return list(self.inlines)
        return [inline for inline in self.inlines if inline is not CitationInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        dispatch = form.instance
        if not change:
            dispatch.author = editor_of(request)
        before = dispatch.live_edition() if change else None
        super().save_related(request, form, formsets, change)
        after = dispatch.live_edition() if before else None
        if after and after != before:
            said = "Saving changed the Signal: readers now see it rated {}. Citations count as soon as they are saved."
            self.message_user(request, said.format(signal_label(after)), messages.WARNING)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Dispatch]:
        return Dispatch.objects.visible_to(editor_of(request)).select_related("section", "story", "author")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DispatchList]:
        return DispatchList

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, tuple[str, Any]] = {
            "prose": ("prose/", writing.preview_prose),
            "references": ("references/", writing.find_references),
            "undo": ("undo/", undo.undo),
            "frame": ("<int:object_id>/preview/", self.preview),
            "page": ("<int:object_id>/preview/page/", self.preview_page),
            "live": ("<int:object_id>/signal/", self.live_signal),
            "gone": ("<int:object_id>/gone/", self.gone),
            "alike": ("<int:object_id>/alike/", self.alike),
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
        dispatch = context.get("original")
        if dispatch:
            context["issuances"] = _issuances(dispatch) if dispatch.publication_id else []
            context["actions"] = actions_of(dispatch)[:ACTIONS_SHOWN]
            context["now"] = timezone.now()
        if dispatch and (tombstone := tombstone_of(dispatch)):
            context["gone"], context["gone_address"] = confirm(tombstone), self._gone_address(dispatch)
        if dispatch and dispatch.expunged_at:
            context["expunged_by"] = revisions.of(dispatch).filter(how=EXPUNGED).first()
            tombstone = dispatch.live_edition()
            context["reason"] = tombstone.note if tombstone else ""
        elif dispatch:
            citations = self._citations(context, dispatch)
            context["panel"] = signal_panel(dispatch, citations, editor_of(request))
            context["panel_template"], context["panel_label"] = SIGNAL_PANEL, "Signal"
            if self.has_change_permission(request, dispatch):
                context["panel_address"] = reverse("admin:dispatches_dispatch_live", args=[dispatch.pk])
            context["desk_note"] = dispatch.desk_note
            states = read_states(dispatch, saved=context.get("latest_revision"), issuances=context["issuances"])
            context["status"] = self._status(request, dispatch, states)
            context["alike_address"] = reverse("admin:dispatches_dispatch_alike", args=[dispatch.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    @staticmethod
    def _citations(context: dict[str, Any], dispatch: Dispatch) -> list[Any]:
        """Return the stored citations, which the form has read already if this user's form has them."""
        for each in context["inline_admin_formsets"]:
            if isinstance(each.opts, CitationInline) and not each.formset.is_bound:
                return list(each.formset.get_queryset())
        return list(dispatch.citations.for_rating())

    def _status(self, request: HttpRequest, dispatch: Dispatch, states: States) -> Status:
        links = {
            verb.name: Link(verb.name, verb.label, reverse(f"admin:{self.address_name(verb.name)}", args=[dispatch.pk]))
            for verb in self.verbs_for(request, dispatch)
            if verb.form
        }
        return Status(states, links)

    def response_change(self, request: HttpRequest, obj: models.Model) -> HttpResponse:
        response = super().response_change(request, obj)
        if isinstance(obj, Dispatch) and obj.has_unpublished_changes and "_verb" not in request.POST:
            stored = self.find(request, obj.pk)
            context = {
                "status": self._status(request, stored, read_states(stored)),
                "form_address": self.form_address(obj),
            }
            said = render_to_string("admin/dispatches/dispatch/_not_published.html", context, request)
            self.message_user(request, said, messages.WARNING)
        return response

    def _gone_address(self, dispatch: Dispatch) -> str:
        return reverse("admin:dispatches_dispatch_gone", args=[dispatch.pk])

    def gone(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show which servers and caches no longer have a withdrawn dispatch, and which may still show it."""
        dispatch = self._get_visible(request, object_id)
        tombstone = tombstone_of(dispatch)
        context = {"gone": tombstone and confirm(tombstone), "gone_address": self._gone_address(dispatch)}
        return render(request, "admin/dispatches/dispatch/_gone.html", context)

    @method_decorator(require_GET)
    def alike(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Render the list of possible duplicates, which the form loads with htmx once it is shown."""
        likenesses = like(self._get_visible(request, object_id), editor_of(request))
        return render(request, "admin/dispatches/dispatch/_likeness.html", {"likenesses": likenesses})

    @method_decorator(csp_update({"frame-src": [SELF]}))
    def preview(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show the public page of a state in a frame, as wide as on a computer or a phone: live, saved or scheduled."""
        dispatch = self._get_visible(request, object_id)
        status = self._status(request, dispatch, read_states(dispatch))
        shown = request.GET.get("state", SAVED)
        if shown not in previews_of(status.states):
            shown = SAVED
        context = self.admin_site.each_context(request) | {
            "title": f"Preview: {dispatch}",
            "opts": self.opts,
            "original": dispatch,
            "form_address": self.form_address(dispatch),
            "page_address": f"{reverse('admin:dispatches_dispatch_page', args=[dispatch.pk])}?state={shown}",
            "status": status,
            "previews": previews_of(status.states),
            "shown": shown,
        }
        return render(request, "admin/desk_preview.html", context)

    @method_decorator(csp_replace({"frame-ancestors": [SELF]}))
    @method_decorator(xframe_options_sameorigin)
    def preview_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Render what is saved, live or scheduled with the reader's view, found through settings.PREVIEW_VIEW."""
        dispatch = self._get_visible(request, object_id)
        live, scheduled = dispatch.current_editions()
        issued = {LIVE: live, SCHEDULED: scheduled}.get(request.GET.get("state", SAVED))
        edition = issued if issued and not issued.is_withdrawn else compose_next(dispatch).edition
        render_preview: Callable[[HttpRequest, Edition], HttpResponse] = import_string(settings.PREVIEW_VIEW)
        return render_preview(request, edition)

    def _get_visible(self, request: HttpRequest, object_id: int) -> Dispatch:
        dispatch = self.find(request, object_id)
        if not self.has_view_permission(request, dispatch):
            raise PermissionDenied
        return dispatch

    @method_decorator(require_POST)
    def live_signal(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show the Signal panel as if the form were saved, without saving it."""
        dispatch = self.find(request, object_id)
        if not self.has_change_permission(request, dispatch):
            raise PermissionDenied
        data = renumber(request.POST, ["developments", "citations"])
        form = self.get_form(request, dispatch, change=True)(data, instance=dispatch)
        form.is_valid()
        citations = [
            citation
            for formset, inline in self.get_formsets_with_inlines(request, dispatch)
            if isinstance(inline, CitationInline)
            for citation in formset(data, instance=dispatch, queryset=inline.get_queryset(request)).as_if_saved()
        ]
        preview_proposals(citations, claims_in(form.instance, form.instance.developments.all()))
        return render(
            request,
            SIGNAL_PANEL,
            {"panel": signal_panel(form.instance, citations, editor_of(request)), "is_live": True},
        )

    @admin.action(description="Submit selected drafts for review", permissions=["change"])
    def submit_selected(self, request: HttpRequest, queryset: models.QuerySet[Dispatch]) -> None:
        drafts = [each for each in queryset if is_draft(each) and self.has_change_permission(request, each)]
        for dispatch in drafts:
            desk.submit(dispatch=dispatch, actor=editor_of(request))
        self.message_user(request, f"{len(drafts)} submitted. Published dispatches were left unchanged.")

    @admin.action(description="Set selected drafts aside", permissions=["change"])
    def set_aside_selected(self, request: HttpRequest, queryset: models.QuerySet[Dispatch]) -> None:
        drafts = [each for each in queryset if is_draft(each) and self.has_change_permission(request, each)]
        for dispatch in drafts:
            desk.set_aside(dispatch=dispatch, actor=editor_of(request))
        said = f"{len(drafts)} set aside. Published dispatches were left unchanged."
        self.message_user(request, undo.offer(request, said, "bring-back", [[each.pk, ""] for each in drafts]))

    @admin.display(description="Status")
    def for_readers(self, dispatch: Any) -> str:
        return status_line(dispatch)

    @admin.display(description="Signal")
    def signal(self, dispatch: Any) -> str:
        """Return the mark that readers see, and whether the claim is disputed."""
        if not dispatch.live_rung:
            return "–"
        rung = Rung(dispatch.live_rung)
        mark = format_html('<span class="signal signal-{}">{}</span>', rung.name.lower(), rung.word)
        if not dispatch.live_disputed:
            return mark
        return format_html('{} <span class="mark mark-disputed">{}</span>', mark, "Disputed")


def _issuances(dispatch: Dispatch) -> list[Issuance]:
    """Return the desk's records of its editions, newest first."""
    issuances = Issuance.objects.filter(edition__in=dispatch.editions)
    return list(issuances.select_related("edition", "issued_by", "ended_by").order_by("-edition__number", "-edition"))
