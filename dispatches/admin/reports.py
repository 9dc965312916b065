"""Incoming reports, and their review."""

from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from dispatches import desk
from dispatches.admin import relays, review_queue, undo
from dispatches.admin.comparing import changes
from dispatches.admin.editors import editor_of
from dispatches.admin.lists import ROWS, ReportList
from dispatches.admin.own_lists import OwnListsInline, without_fields
from dispatches.admin.panels import EFFECT_PANEL, effects_of
from dispatches.admin.report_from_address import take_in_address
from dispatches.admin.report_verbs import NEWER_TEXT_VERBS, REVIEWS, VERBS
from dispatches.admin.searching import TextSearchMixin
from dispatches.admin.teamwork import AssignmentFilter, TeamworkAdmin
from dispatches.admin.verbs import Verb
from dispatches.history import revisions
from dispatches.history.revisions import digest_of
from sources.models import Proposal, Report


class ReviewActionForm(ActionForm):
    reason = forms.CharField(
        label="Reason (to reject):",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "required to reject"}),
    )


class ProposalInline(OwnListsInline):
    """Why the report may be a relay. The report's verbs decide it."""

    model = Proposal
    fk_name = "report"
    fields = ["kind", "relays", "credits", "evidence", "state", "reason"]
    readonly_fields = ["state", "reason"]
    autocomplete_fields = ["relays", "credits"]
    can_delete = False


# Fields that may show where a report comes from.
ORIGIN_FIELDS = {"source", "title", "text", "url", "byline", "said_at"}


class ProposedRelayFilter(admin.SimpleListFilter):
    title = "proposed relays"
    parameter_name = "seems"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("relayed", "May be a relay")] if editor_of(request).has_perm(REVIEWS) else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        waiting = Proposal.objects.open().visible_to(editor_of(request)).values("report")
        return queryset.filter(pk__in=waiting) if self.value() == "relayed" else queryset


class ChangedBySourceFilter(admin.SimpleListFilter):
    title = "changes"
    parameter_name = "changed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("since", "Changed by its source since review")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        reports: Any = queryset
        return reports.changed_since_review() if self.value() == "since" else queryset


class SaidFilter(admin.SimpleListFilter):
    """Filters reports by when their source said it."""

    title = "when it was said"
    parameter_name = "said"

    PERIODS = {"day": 1, "week": 7, "month": 30, "year": 365}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("day", "In the last 24 hours"),
            ("week", "In the last 7 days"),
            ("month", "In the last 30 days"),
            ("year", "In the last year"),
            ("before", "More than a year ago"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        value, now = self.value(), timezone.now()
        if value in self.PERIODS:
            return queryset.filter(said_at__gte=now - timedelta(days=self.PERIODS[value]))
        return queryset.filter(said_at__lt=now - timedelta(days=365)) if value == "before" else queryset


@admin.register(Report)
class ReportAdmin(TextSearchMixin, TeamworkAdmin):
    list_display = ["title", "source", "basis", "seems", "review", "assigned_to", "said_at"]
    list_filter = [
        *("review", AssignmentFilter, SaidFilter, ProposedRelayFilter, ChangedBySourceFilter, "basis", "source__kind")
    ]
    list_select_related = ["source", "assignment__user"]
    search_fields = ["title"]
    list_per_page = ROWS
    show_full_result_count = False
    # Counting for every filter would read the whole table.
    show_facets = admin.ShowFacets.NEVER
    autocomplete_fields = ["source", "relays", "credits"]
    readonly_fields = [
        *("graded", "owned", "review", "review_reason", "reviewed_by", "reviewed_at", "retracted_at", "changed_at")
    ]
    fieldsets = [
        (None, {"fields": ["source", "graded", "owned", "title", "text", "url", "byline", "said_at"]}),
        ("How it knows", {"fields": ["basis", "relays", "credits"]}),
        (
            "The desk's review",
            {"fields": ["review", "review_reason", "reviewed_by", "reviewed_at", "retracted_at", "changed_at"]},
        ),
    ]
    inlines = [ProposalInline]
    actions = ["accept_selected", "reject_selected"]
    action_form = ReviewActionForm
    change_form_template = "admin/sources/report/change_form.html"
    stale_message = "The source changed it again since you opened this page. Check the new text, then press again."
    verbs = VERBS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        reports = Report.objects.visible_to(editor_of(request)).select_related(
            "source__owner", "relays", "credits", "assignment__user"
        )
        waiting = Proposal.objects.open().visible_to(editor_of(request)).select_related("relays__source", "credits")
        return reports.prefetch_related(Prefetch("proposals", waiting, to_attr="waiting"))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ReportList]:
        return ReportList

    def version_of(self, obj: Report) -> str:
        return digest_of(obj.newer_version) if obj.newer_version else ""

    def verbs_for(self, request: HttpRequest, obj: Any) -> list[Verb]:
        """Hide verbs on the newer text if it is not the one that the form showed."""
        offered = super().verbs_for(request, obj)
        if request.method == "POST" and obj and request.POST.get("newer_version", "") != self.version_of(obj):
            return [verb for verb in offered if verb.name not in NEWER_TEXT_VERBS]
        return offered

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        is_reviewing = self.has_review_permission(request)
        return [name for name in super().get_list_display(request) if is_reviewing or name != "seems"]

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        may, user = super().has_change_permission(request, obj), editor_of(request)
        is_own = obj is None or (obj.filed_by_id == user.pk and obj.review == Report.Review.PENDING)
        is_kept = obj is None or obj.expunged_at is None
        return may and is_kept and (user.has_perm(REVIEWS) or is_own)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Reports are kept; useless ones are rejected.
        return False

    def has_review_permission(self, request: HttpRequest) -> bool:
        return editor_of(request).has_perm(REVIEWS)

    def get_fieldsets(self, request: HttpRequest, obj: Report | None = None) -> Any:
        hidden = set() if self.has_review_permission(request) else {"review_reason"}
        hidden |= set() if editor_of(request).has_perm("sources.view_owner") else {"owned"}
        hidden |= {"title", "text", "url", "byline", "review_reason"} if obj and obj.expunged_at else set()
        return without_fields(super().get_fieldsets(request, obj), hidden)

    def get_inlines(self, request: HttpRequest, obj: Report | None) -> list[Any]:
        is_kept = obj is None or obj.expunged_at is None
        return list(self.inlines) if is_kept and self.has_review_permission(request) else []

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if not change:
            form.instance.filed_by = editor_of(request)
        super().save_related(request, form, formsets, change)
        if not change or ORIGIN_FIELDS & set(form.changed_data):
            desk.propose_relays(report=form.instance, actor=editor_of(request))

    @admin.display(description="May relay")
    def seems(self, report: Report) -> str:
        if report.basis == "relay":
            return "–"
        proposals: list[Proposal] = getattr(report, "waiting", [])
        return ", ".join(dict.fromkeys(each.carried for each in proposals)) or "–"

    @admin.display(description="Source's grade")
    def graded(self, report: Report) -> str:
        return report.source.get_grade_display() if report.source_id else "–"

    @admin.display(description="Source's owner")
    def owned(self, report: Report) -> str:
        return str(report.source.owner or "–") if report.source_id else "–"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("address/", view(take_in_address), name="sources_report_address"),
            path("relays/", view(relays.queue), name="sources_report_relays"),
            path("<int:object_id>/evidence/", view(relays.evidence), name="sources_report_evidence"),
            path("review/", view(review_queue.begin), name="sources_report_review"),
            path("<int:object_id>/review/", view(self.review), name="sources_report_review_one"),
            path("<int:object_id>/effect/", view(self.live_effect), name="sources_report_live"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if report := context.get("original"):
            context["panel"] = {"effects": effects_of(report, editor_of(request))}
            context["panel_template"], context["panel_label"] = EFFECT_PANEL, "Effect"
            if report.newer_version:
                stored, now = revisions.read_content(report), revisions.read_content(report)
                now[""][""] |= {name: report.newer_version[name] for name in ("title", "text", "byline", "url")}
                context["newer_changes"] = changes(stored, now, Report, editor_of(request))
                context["newer_digest"] = self.version_of(report)
            if self.has_change_permission(request, report):
                context["panel_address"] = reverse("admin:sources_report_live", args=[report.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def review(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Review this report in the queue."""
        report = self.find(request, object_id)
        return review_queue.show(request, report, self.teamwork_of(request, report))

    @method_decorator(require_POST)
    def live_effect(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show how saving the form would affect the dependent dispatches, without saving it."""
        report = self.find(request, object_id)
        if not self.has_change_permission(request, report):
            raise PermissionDenied
        form = self.get_form(request, report, change=True)(request.POST, instance=report)
        panel = {"effects": effects_of(form.instance, editor_of(request)) if form.is_valid() else []}
        return render(request, EFFECT_PANEL, {"panel": panel, "errors": form.errors, "is_live": True})

    @admin.action(description="Accept selected reports", permissions=["review"])
    def accept_selected(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        self._review(request, queryset, "accepted", desk.accept_report)

    @admin.action(description="Reject selected reports", permissions=["review"])
    def reject_selected(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        reason = request.POST.get("reason", "")
        self._review(request, queryset, "rejected", partial(desk.reject_report, reason=reason))

    def _review(self, request: HttpRequest, queryset: QuerySet[Report], what: str, decide: Any) -> None:
        reports = [report for report in queryset if report.review != what and report.expunged_at is None]
        try:
            with desk.publication_lock():
                for report in reports:
                    decide(report=report, actor=editor_of(request))
        except desk.NotReady as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        done: undo.Done = [[report.pk, report.reviewed_at.isoformat()] for report in reports if report.reviewed_at]
        said = f"{len(reports)} {what}. Affected Signals were updated."
        self.message_user(request, undo.offer(request, said, "review", done))
