"""Owners, sources, and the reports that come in."""

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from dispatches import desk
from dispatches.admin.verbs import DeskAdmin, Verb, editor_of
from sources.models import Holding, Owner, Report, Source


class HoldingInline(admin.TabularInline):
    model = Holding
    fk_name = "held"
    autocomplete_fields = ["holder"]
    extra = 0
    verbose_name = "holder"
    verbose_name_plural = "held by"


@admin.register(Owner)
class OwnerAdmin(DeskAdmin):
    search_fields = ["name"]
    inlines = [HoldingInline]


@admin.register(Source)
class SourceAdmin(DeskAdmin):
    list_display = ["name", "kind", "grade", "owner", "is_confidential", "public_name"]
    list_filter = ["kind", "grade", "is_confidential"]
    list_select_related = ["owner"]
    search_fields = ["name"]
    autocomplete_fields = ["owner"]
    fields = ["name", "kind", "grade", "owner", "is_confidential", "public_label", "is_ours", "notes"]


def _accept(report: Report, editor: User) -> str:
    desk.accept_report(report=report, editor=editor)
    return f"Accepted: “{report.title}”. It counts for what cites it, from the next edition on."


def _reject(report: Report, editor: User) -> str:
    desk.reject_report(report=report, editor=editor)
    return f"Rejected: “{report.title}”. It counts for nothing, and readers never see it."


def _retract(report: Report, editor: User) -> str:
    desk.retract_report(report=report)
    return f"Noted: the source took “{report.title}” back. It does not count any more."


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
    actions = ["accept_selected", "reject_selected"]
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
            is_grave=True,
        ),
    ]

    @admin.action(description="Accept the selected reports", permissions=["change"])
    def accept_selected(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        for report in queryset:
            desk.accept_report(report=report, editor=editor_of(request))
        self.message_user(request, f"{len(queryset)} accepted.")

    @admin.action(description="Reject the selected reports", permissions=["change"])
    def reject_selected(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        for report in queryset:
            desk.reject_report(report=report, editor=editor_of(request))
        self.message_user(request, f"{len(queryset)} rejected.")
