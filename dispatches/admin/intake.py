"""Owners, sources, and the reports that come in."""

from contextlib import AbstractContextManager
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from dispatches import desk
from dispatches.admin.panels import EFFECT_PANEL, effects_of
from dispatches.admin.saving import editor_of
from dispatches.admin.verbs import DeskAdmin, Verb
from sources.models import Holding, Owner, Proposal, Report, Source


class HoldingInline(admin.TabularInline):
    model = Holding
    fk_name = "held"
    autocomplete_fields = ["holder"]
    extra = 0
    verbose_name = "holder"
    verbose_name_plural = "held by"


def _merge(owner: Owner, editor: User, gone: Owner) -> str:
    name = gone.name
    if owner == gone:
        raise desk.NotReady(["Choose another owner than this one."])
    desk.merge_owners(keep=owner, gone=gone)
    return (
        f"Merged: all that “{name}” owned and held is with “{owner}” now, and every Signal that follows is rated anew."
    )


class MergeForm(forms.Form):
    gone = forms.ModelChoiceField(Owner.objects.all(), label="The owner that ends", help_text="It is deleted.")


@admin.register(Owner)
class OwnerAdmin(DeskAdmin):
    search_fields = ["name"]
    inlines = [HoldingInline]
    verbs = [
        Verb(
            "merge",
            "Merge another into this",
            _merge,
            lambda owner: owner is not None,
            "Two names for one owner become one. Sources and holdings of the other move to this one.",
            MergeForm,
            is_grave=True,
        ),
    ]

    def changing(self, obj: Owner) -> AbstractContextManager[None]:
        return desk.changing_owners()


@admin.register(Source)
class SourceAdmin(DeskAdmin):
    list_display = ["name", "kind", "grade", "owner", "is_confidential", "public_name"]
    list_filter = ["kind", "grade", "is_confidential"]
    list_select_related = ["owner"]
    search_fields = ["name"]
    autocomplete_fields = ["owner"]
    fields = ["name", "kind", "grade", "owner", "is_confidential", "public_label", "is_ours", "notes"]

    def changing(self, obj: Source) -> AbstractContextManager[None]:
        return desk.changing_sources(obj)


def _accept(report: Report, editor: User) -> str:
    desk.accept_report(report=report, editor=editor)
    return f"Accepted: “{report.title}”. It counts from now on; where that changes a Signal, readers see it at once."


def _reject(report: Report, editor: User) -> str:
    desk.reject_report(report=report, editor=editor, reason=report.review_reason)
    return f"Rejected: “{report.title}”. It counts for nothing, and readers never see it."


def _restore(report: Report, editor: User) -> str:
    desk.restore_report(report=report)
    return f"Noted: “{report.title}” stands. It counts again."


def _retract(report: Report, editor: User) -> str:
    desk.retract_report(report=report)
    return f"Noted: the source took “{report.title}” back. It does not count any more."


def _open_proposal(report: Report | None) -> Proposal | None:
    return report.proposals.filter(state=Proposal.State.OPEN).first() if report else None


def _has_open_proposal(report: Report | None) -> bool:
    return _open_proposal(report) is not None


def _accept_proposal(report: Report, editor: User) -> str:
    if proposal := _open_proposal(report):
        desk.accept_proposal(proposal=proposal, editor=editor)
    return "It is a relay: it counts for whom it relays."


def _clear_proposal(report: Report, editor: User, reason: str) -> str:
    if proposal := _open_proposal(report):
        desk.clear_proposal(proposal=proposal, editor=editor, reason=reason)
    return "Cleared: it counts as what it says it is."


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why it is no relay", max_length=300, widget=AdminTextareaWidget(attrs={"rows": 3}))


class ReviewActionForm(ActionForm):
    reason = forms.CharField(
        label="Reason, to reject:",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "needed to reject"}),
    )


class ProposalInline(admin.TabularInline):
    """What suggests that the report is a relay. The verbs of the report decide it."""

    model = Proposal
    fk_name = "report"
    fields = ["kind", "relays", "credits", "evidence", "state", "reason"]
    readonly_fields = ["state", "reason"]
    autocomplete_fields = ["relays", "credits"]
    extra = 0
    can_delete = False


@admin.register(Report)
class ReportAdmin(DeskAdmin):
    list_display = ["title", "source", "basis", "review", "said_at"]
    list_filter = ["review", "basis", "source__kind"]
    list_select_related = ["source"]
    search_fields = ["title", "source__name"]
    date_hierarchy = "said_at"
    autocomplete_fields = ["source", "relays", "credits"]
    readonly_fields = ["review", "reviewed_by", "reviewed_at", "retracted_at"]
    fieldsets = [
        (None, {"fields": ["source", "title", "text", "url", "said_at"]}),
        ("Where it knows it from", {"fields": ["basis", "relays", "credits"]}),
        ("The desk's review", {"fields": ["review", "reviewed_by", "reviewed_at", "retracted_at"]}),
    ]
    inlines = [ProposalInline]
    actions = ["accept_selected", "reject_selected"]
    action_form = ReviewActionForm
    verbs = [
        Verb(
            "accept",
            "Accept",
            _accept,
            lambda report: report is None or report.review != Report.Review.ACCEPTED,
        ),
        Verb(
            "reject",
            "Reject",
            _reject,
            lambda report: report is None or report.review != Report.Review.REJECTED,
        ),
        Verb(
            "retract",
            "The source took it back",
            _retract,
            lambda report: report is not None and report.retracted_at is None,
            "It counts no more, and neither does what relays it. Every Signal that depends on it changes at once.",
            forms.Form,
            is_grave=True,
        ),
        Verb(
            "restore",
            "It stands after all",
            _restore,
            lambda report: report is not None and report.retracted_at is not None,
        ),
        Verb("accept-proposal", "It is the proposed relay", _accept_proposal, _has_open_proposal),
        Verb(
            "clear-proposal",
            "It is no relay",
            _clear_proposal,
            _has_open_proposal,
            "The proposal is cleared, and the report counts as what it says it is.",
            ReasonForm,
        ),
    ]

    def changing(self, obj: Report) -> AbstractContextManager[None]:
        return desk.changing_reports(obj)

    def get_urls(self) -> list[URLPattern]:
        live_effect = self.admin_site.admin_view(self.live_effect)
        return [path("<int:object_id>/effect/", live_effect, name="sources_report_live"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if report := context.get("original"):
            context["panel"] = {"effects": effects_of(report)}
            context["panel_template"], context["panel_label"] = EFFECT_PANEL, "Effect"
            context["panel_address"] = reverse("admin:sources_report_live", args=[report.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(require_POST)
    def live_effect(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What saving the form as it is now would do to the dispatches that depend on the report. Nothing is saved."""
        report = self.get_object(request, str(object_id))
        if report is None:
            raise Http404
        if not self.has_change_permission(request, report):
            raise PermissionDenied
        form = self.get_form(request, report, change=True)(request.POST, instance=report)
        panel = {"effects": effects_of(form.instance) if form.is_valid() else []}
        return render(request, EFFECT_PANEL, {"panel": panel, "errors": form.errors, "is_live": True})

    @admin.action(description="Accept the selected reports", permissions=["change"])
    def accept_selected(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        for report in queryset:
            desk.accept_report(report=report, editor=editor_of(request))
        self.message_user(request, f"{len(queryset)} accepted.")

    @admin.action(description="Reject the selected reports", permissions=["change"])
    def reject_selected(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        try:
            for report in queryset:
                desk.reject_report(report=report, editor=editor_of(request), reason=request.POST.get("reason", ""))
        except desk.NotReady as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, f"{len(queryset)} rejected.")
