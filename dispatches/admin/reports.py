"""The reports that come in, and their review."""

from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from dispatches import desk
from dispatches.admin import relays, undo
from dispatches.admin.comparing import changes
from dispatches.admin.forms import AddToForm
from dispatches.admin.own_lists import OwnListsInline, without
from dispatches.admin.panels import EFFECT_PANEL, effects_of
from dispatches.admin.report_from_address import take_in_address
from dispatches.admin.saving import editor_of
from dispatches.admin.searching import NameSearchMixin
from dispatches.admin.verbs import DeskAdmin, Outcome, Verb
from dispatches.history import revisions
from dispatches.history.revisions import digest_of
from dispatches.models import Dispatch
from sources.models import Proposal, Report


def _accept(report: Report, editor: User) -> str:
    desk.accept_report(report=report, actor=editor)
    return f"Accepted: “{report.title}”. It counts from now on; where that changes a Signal, readers see it at once."


def _accept_and_file(report: Report, editor: User) -> Outcome:
    desk.accept_report(report=report, actor=editor)
    return _file(report, editor)


def _file(report: Report, editor: User) -> Outcome:
    dispatch, is_new = desk.get_or_file_dispatch(report=report, actor=editor)
    said = "Filed: the report is cited, its title is the headline." if is_new else "You have a draft on it already."
    return Outcome(
        f"{said} Readers see nothing of it.", reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])
    )


def _add_to(report: Report, editor: User, dispatch: Dispatch, how: str, at: datetime | None, text: str) -> Outcome:
    if how == "citation":
        desk.cite(dispatch=dispatch, report=report, actor=editor)
    elif at:
        desk.add_development(
            dispatch=dispatch, actor=editor, at=at, text=text, report=report if how == "both" else None
        )
    live = dispatch.live_edition()
    seen = "Readers see a development with the next edition; a Signal that changed they see at once." if live else ""
    return Outcome(
        f"Added to “{dispatch.headline}”. {seen or 'Readers see nothing of it.'}",
        reverse("admin:dispatches_dispatch_change", args=[dispatch.pk]),
    )


def _reject(report: Report, editor: User) -> str:
    desk.reject_report(report=report, actor=editor, reason=report.review_reason)
    return f"Rejected: “{report.title}”. It counts for nothing, and readers never see it."


def _restore(report: Report, editor: User) -> str:
    desk.undo_retraction(report=report, actor=editor)
    return f"Noted: “{report.title}” stands. It counts again."


def _retract(report: Report, editor: User) -> str:
    desk.retract_report(report=report, actor=editor)
    return f"Noted: the source took “{report.title}” back. It does not count any more."


def _has_newer_words(report: Report | None) -> bool:
    return report is not None and report.newer_words is not None


def _take_newer_words(report: Report, editor: User) -> str:
    desk.accept_newer_text(report=report, actor=editor)
    return "It has the words that its source has now; the history keeps the ones from before."


def _foretell_newer_words(report: Report) -> str:
    words = report.newer_words or {}
    return f"The report will say: “{words.get('title')}” {words.get('text')}"


def _keep_words(report: Report, editor: User) -> str:
    desk.keep_accepted_text(report=report, actor=editor)
    return "It keeps its words. If its source changes it once more, the newsroom says so."


def _open_proposal(report: Report | None) -> Proposal | None:
    """The first that waits, of those that the form could show: they were read with it, for its user."""
    shown = [each.pk for each in getattr(report, "waiting", [])]
    return report.proposals.filter(state=Proposal.State.OPEN, pk__in=shown).first() if report else None


def _has_open_proposal(report: Report | None) -> bool:
    return _open_proposal(report) is not None


def _accept_proposal(report: Report, editor: User) -> str:
    if proposal := _open_proposal(report):
        desk.accept_proposal(proposal=proposal, actor=editor)
    return "It is a relay: it counts for whom it relays."


def _clear_proposal(report: Report, editor: User, reason: str) -> str:
    if proposal := _open_proposal(report):
        desk.clear_proposal(proposal=proposal, actor=editor, reason=reason)
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


class ProposalInline(OwnListsInline):
    """What suggests that the report is a relay. The verbs of the report decide it."""

    model = Proposal
    fk_name = "report"
    fields = ["kind", "relays", "credits", "evidence", "state", "reason"]
    readonly_fields = ["state", "reason"]
    autocomplete_fields = ["relays", "credits"]
    can_delete = False


REVIEWS = "sources.review_report"
# The verbs that decide about the source's newer words.
DECIDES_WORDS = {"take-words", "keep-words"}
# What tells where a report comes from.
WORDS = {"source", "title", "text", "url", "byline", "said_at"}


class SeemsFilter(admin.SimpleListFilter):
    title = "what it seems"
    parameter_name = "seems"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("relayed", "Seems to be relayed")] if editor_of(request).has_perm(REVIEWS) else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        waiting = Proposal.objects.open().visible_to(editor_of(request)).values("report")
        return queryset.filter(pk__in=waiting) if self.value() == "relayed" else queryset


class ChangedFilter(admin.SimpleListFilter):
    title = "changes"
    parameter_name = "changed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("since", "Changed by its source since the review")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        reports: Any = queryset
        return reports.changed_since_review() if self.value() == "since" else queryset


def _is_saved(report: Report | None) -> bool:
    return report is not None


@admin.register(Report)
class ReportAdmin(NameSearchMixin, DeskAdmin):
    list_display = ["title", "source", "basis", "seems", "review", "said_at"]
    list_filter = ["review", SeemsFilter, ChangedFilter, "basis", "source__kind"]
    list_select_related = ["source"]
    search_fields = ["title", "source__folded_name", "byline"]
    date_hierarchy = "said_at"
    autocomplete_fields = ["source", "relays", "credits"]
    readonly_fields = ["graded", "owned", "review", "reviewed_by", "reviewed_at", "retracted_at", "changed_at"]
    fieldsets = [
        (None, {"fields": ["source", "graded", "owned", "title", "text", "url", "byline", "said_at"]}),
        ("Where it knows it from", {"fields": ["basis", "relays", "credits"]}),
        (
            "The desk's review",
            {"fields": ["review_reason", "review", "reviewed_by", "reviewed_at", "retracted_at", "changed_at"]},
        ),
    ]
    inlines = [ProposalInline]
    actions = ["accept_selected", "reject_selected"]
    action_form = ReviewActionForm
    change_form_template = "admin/sources/report/change_form.html"
    moved = "Its source has changed it again since you opened this page. Look at what it says now; then press again."
    verbs = [
        Verb(
            "accept-file",
            "Accept and file a dispatch",
            _accept_and_file,
            lambda report: report is None or report.review != Report.Review.ACCEPTED,
            "It counts, and a draft with its title for the headline cites it.",
            right=REVIEWS,
            is_main=True,
        ),
        Verb(
            "accept",
            "Accept",
            _accept,
            lambda report: report is None or report.review != Report.Review.ACCEPTED,
            "It counts from now on for every dispatch that cites it.",
            right=REVIEWS,
        ),
        Verb(
            "reject",
            "Reject",
            _reject,
            lambda report: report is None or report.review != Report.Review.REJECTED,
            "It counts for nothing. Say why in the field above.",
            right=REVIEWS,
        ),
        Verb(
            "file",
            "File a dispatch",
            _file,
            lambda report: report is not None and report.review != Report.Review.REJECTED,
            "A draft with its title for the headline cites it. Readers see nothing of it yet.",
            right="dispatches.add_dispatch",
            only_reads=True,
        ),
        Verb(
            "add-to",
            "Add to",
            _add_to,
            lambda report: report is not None and report.review != Report.Review.REJECTED,
            "A dispatch that is there already cites it, tells it as a development, or both.",
            AddToForm,
            right="dispatches.change_dispatch",
            only_reads=True,
        ),
        Verb(
            "retract",
            "The source took it back",
            _retract,
            lambda report: report is not None and report.retracted_at is None,
            "It counts no more, and neither does what relays it. Every Signal that depends on it changes at once.",
            forms.Form,
            right=REVIEWS,
            is_grave=True,
        ),
        Verb(
            "restore",
            "It stands after all",
            _restore,
            lambda report: report is not None and report.retracted_at is not None,
            "It counts again.",
            right=REVIEWS,
        ),
        Verb(
            "take-words",
            "Take the new words over",
            _take_newer_words,
            _has_newer_words,
            "The report says what its source says now, and is looked at for what it relays.",
            right=REVIEWS,
            foretells=_foretell_newer_words,
        ),
        Verb(
            "keep-words",
            "Keep the accepted words",
            _keep_words,
            _has_newer_words,
            "The report says what the desk has accepted, whatever its source says now.",
            right=REVIEWS,
        ),
        Verb(
            "accept-proposal",
            "It is the proposed relay",
            _accept_proposal,
            _has_open_proposal,
            "It counts for whom it relays, and for nobody else.",
            right=REVIEWS,
        ),
        Verb(
            "clear-proposal",
            "It is no relay",
            _clear_proposal,
            _has_open_proposal,
            "The proposal is cleared, and the report counts as what it says it is.",
            ReasonForm,
            right=REVIEWS,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        reports = Report.objects.visible_to(editor_of(request)).select_related("source__owner", "relays", "credits")
        waiting = Proposal.objects.open().visible_to(editor_of(request)).select_related("relays__source", "credits")
        return reports.prefetch_related(Prefetch("proposals", waiting, to_attr="waiting"))

    def version_of(self, obj: Report) -> str:
        return digest_of(obj.newer_words) if obj.newer_words else ""

    def verbs_for(self, request: HttpRequest, obj: Any) -> list[Verb]:
        """Nobody decides about newer words than those that the form has shown."""
        offered = super().verbs_for(request, obj)
        if request.method == "POST" and obj and request.POST.get("newer_words", "") != self.version_of(obj):
            return [verb for verb in offered if verb.name not in DECIDES_WORDS]
        return offered

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        is_reviewing = self.has_review_permission(request)
        return [name for name in super().get_list_display(request) if is_reviewing or name != "seems"]

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        may, user = super().has_change_permission(request, obj), editor_of(request)
        is_own = obj is None or (obj.filed_by_id == user.pk and obj.review == Report.Review.PENDING)
        return may and (user.has_perm(REVIEWS) or is_own)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # What came in stays; what is of no use is rejected.
        return False

    def has_review_permission(self, request: HttpRequest) -> bool:
        return editor_of(request).has_perm(REVIEWS)

    def get_fieldsets(self, request: HttpRequest, obj: Report | None = None) -> Any:
        hidden = set() if self.has_review_permission(request) else {"review_reason"}
        hidden |= set() if editor_of(request).has_perm("sources.view_owner") else {"owned"}
        return without(super().get_fieldsets(request, obj), hidden)

    def get_inlines(self, request: HttpRequest, obj: Report | None) -> list[Any]:
        return list(self.inlines) if self.has_review_permission(request) else []

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if not change:
            form.instance.filed_by = editor_of(request)
        super().save_related(request, form, formsets, change)
        if not change or WORDS & set(form.changed_data):
            desk.propose_relays(report=form.instance, actor=editor_of(request))

    @admin.display(description="Seems to relay")
    def seems(self, report: Report) -> str:
        if report.basis == "relay":
            return "–"
        proposals: list[Proposal] = getattr(report, "waiting", [])
        carried = [each.credits or (each.relays and each.relays.source) for each in proposals]
        return ", ".join(dict.fromkeys(str(source) for source in carried)) or "–"

    @admin.display(description="The source's grade")
    def graded(self, report: Report) -> str:
        return report.source.get_grade_display() if report.source_id else "–"

    @admin.display(description="The source's owner")
    def owned(self, report: Report) -> str:
        return str(report.source.owner or "–") if report.source_id else "–"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("address/", view(take_in_address), name="sources_report_address"),
            path("relays/", view(relays.queue), name="sources_report_relays"),
            path("<int:object_id>/effect/", view(self.live_effect), name="sources_report_live"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if report := context.get("original"):
            context["panel"] = {"effects": effects_of(report, editor_of(request))}
            context["panel_template"], context["panel_label"] = EFFECT_PANEL, "Effect"
            if report.newer_words:
                stored, now = revisions.read_content(report), revisions.read_content(report)
                now[""][""] |= {name: report.newer_words[name] for name in ("title", "text", "byline", "url")}
                context["newer_words"] = changes(stored, now, Report, editor_of(request))
                context["newer_version"] = self.version_of(report)
            if self.has_change_permission(request, report):
                context["panel_address"] = reverse("admin:sources_report_live", args=[report.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(require_POST)
    def live_effect(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What saving the form as it is now would do to the dispatches that depend on the report. Nothing is saved."""
        report = self.find(request, object_id)
        if not self.has_change_permission(request, report):
            raise PermissionDenied
        form = self.get_form(request, report, change=True)(request.POST, instance=report)
        panel = {"effects": effects_of(form.instance, editor_of(request)) if form.is_valid() else []}
        return render(request, EFFECT_PANEL, {"panel": panel, "errors": form.errors, "is_live": True})

    @admin.action(description="Accept the selected reports", permissions=["review"])
    def accept_selected(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        self._review(request, queryset, "accepted", desk.accept_report)

    @admin.action(description="Reject the selected reports", permissions=["review"])
    def reject_selected(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        reason = request.POST.get("reason", "")
        self._review(request, queryset, "rejected", partial(desk.reject_report, reason=reason))

    def _review(self, request: HttpRequest, queryset: QuerySet[Report], what: str, decide: Any) -> None:
        reports = [report for report in queryset if report.review != what]
        try:
            with desk.publication_lock():
                for report in reports:
                    decide(report=report, actor=editor_of(request))
        except desk.NotReady as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        done: undo.Done = [[report.pk, report.reviewed_at.isoformat()] for report in reports if report.reviewed_at]
        said = f"{len(reports)} {what}. Where that changes a Signal, readers see it at once."
        self.message_user(request, undo.offer(request, said, "review", done))
