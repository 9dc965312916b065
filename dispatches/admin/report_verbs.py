"""The buttons on a report: what each does, when it is offered, and what it tells the editor."""

from datetime import datetime

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatches import desk
from dispatches.admin.forms import AddToForm
from dispatches.admin.verbs import Outcome, Verb
from dispatches.models import Dispatch
from sources.models import Proposal, Report

REVIEWS = "sources.review_report"
# Verbs that decide about the source's newer text.
NEWER_TEXT_VERBS = {"take-words", "keep-words"}


def _accept(report: Report, editor: User) -> SafeString:
    desk.accept_report(report=report, actor=editor)
    return _and_next("Accepted: “{}”. Affected Signals were updated.", report, editor)


def _and_next(said: str, report: Report, editor: User) -> SafeString:
    """Return what was done, with a link to the queue if more is waiting."""
    said = format_html(said, report.title)
    if not Report.objects.visible_to(editor).kept().filter(review=Report.Review.PENDING).exists():
        return said
    return format_html('{} <a href="{}">Review the next one</a>', said, reverse("admin:sources_report_review"))


def _accept_and_file(report: Report, editor: User) -> Outcome:
    desk.accept_report(report=report, actor=editor)
    return _file(report, editor)


def _file(report: Report, editor: User) -> Outcome:
    dispatch, is_new = desk.get_or_file_dispatch(report=report, actor=editor)
    said = "Draft filed from the report." if is_new else "You already have a draft that cites it."
    return Outcome(f"{said} Readers don't see it yet.", reverse("admin:dispatches_dispatch_change", args=[dispatch.pk]))


def _add_to(report: Report, editor: User, dispatch: Dispatch, how: str, at: datetime | None, text: str) -> Outcome:
    if how == "citation":
        desk.cite(dispatch=dispatch, report=report, actor=editor)
    elif at:
        desk.add_development(
            dispatch=dispatch, actor=editor, at=at, text=text, report=report if how == "both" else None
        )
    live = dispatch.live_edition()
    seen = "Readers see a new development with the next edition, and a changed Signal immediately." if live else ""
    return Outcome(
        f"Added to “{dispatch.headline}”. {seen or 'Readers don’t see it yet.'}",
        reverse("admin:dispatches_dispatch_change", args=[dispatch.pk]),
    )


def _reject(report: Report, editor: User, reason: str) -> SafeString:
    desk.reject_report(report=report, actor=editor, reason=reason)
    return _and_next("Rejected: “{}”. It doesn't count, and readers never see it.", report, editor)


def _restore(report: Report, editor: User) -> str:
    desk.undo_retraction(report=report, actor=editor)
    return f"Retraction undone: “{report.title}” counts again."


def _retract(report: Report, editor: User) -> str:
    desk.retract_report(report=report, actor=editor)
    return f"Retracted: “{report.title}” no longer counts."


def _has_newer_text(report: Report | None) -> bool:
    return report is not None and report.newer_version is not None


def _accept_newer_text(report: Report, editor: User) -> str:
    desk.accept_newer_text(report=report, actor=editor)
    return "The report has its source's new text. The old one is in the history."


def _preview_newer_text(report: Report) -> str:
    words = report.newer_version or {}
    return f"The new text: “{words.get('title')}” {words.get('text')}"


def _keep_accepted_text(report: Report, editor: User) -> str:
    desk.keep_accepted_text(report=report, actor=editor)
    return "The accepted text is kept. The newsroom tells you if the source changes it again."


def _open_proposal(report: Report | None) -> Proposal | None:
    """Return the first open proposal that the form shows to this user."""
    shown = [each.pk for each in getattr(report, "waiting", [])]
    return report.proposals.filter(state=Proposal.State.OPEN, pk__in=shown).first() if report else None


def _has_open_proposal(report: Report | None) -> bool:
    return _open_proposal(report) is not None


def _accept_proposal(report: Report, editor: User) -> str:
    if proposal := _open_proposal(report):
        desk.accept_proposal(proposal=proposal, actor=editor)
    return "Marked as a relay. It counts toward the source it relays."


def _clear_proposal(report: Report, editor: User, reason: str) -> str:
    if proposal := _open_proposal(report):
        desk.clear_proposal(proposal=proposal, actor=editor, reason=reason)
    return "Cleared. It counts with its stated basis."


def _is_usable(report: Report | None) -> bool:
    return report is not None and report.review != Report.Review.REJECTED and report.expunged_at is None


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why it is not a relay", max_length=300, widget=AdminTextareaWidget(attrs={"rows": 3})
    )


class RejectForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=300,
        help_text="Kept with the report. Readers never see it.",
        widget=AdminTextareaWidget(attrs={"rows": 3}),
    )


VERBS = [
    Verb(
        "accept-file",
        "Accept and file dispatch",
        _accept_and_file,
        lambda report: report is None or report.review != Report.Review.ACCEPTED,
        "Accepts it, and files a draft with its title as the headline.",
        permission=REVIEWS,
        is_primary=True,
    ),
    Verb(
        "accept",
        "Accept",
        _accept,
        lambda report: report is None or report.review != Report.Review.ACCEPTED,
        "Counts it in every dispatch that cites it.",
        permission=REVIEWS,
    ),
    Verb(
        "reject",
        "Reject",
        _reject,
        lambda report: report is None or report.review != Report.Review.REJECTED,
        "Never counts it. Readers never see it.",
        RejectForm,
        permission=REVIEWS,
    ),
    Verb(
        "file",
        "File dispatch",
        _file,
        _is_usable,
        "Files a draft that cites it, with its title as the headline.",
        permission="dispatches.add_dispatch",
        only_reads=True,
    ),
    Verb(
        "add-to",
        "Add to dispatch",
        _add_to,
        _is_usable,
        "Adds it to an existing dispatch as a citation, a development, or both.",
        AddToForm,
        permission="dispatches.change_dispatch",
        only_reads=True,
    ),
    Verb(
        "retract",
        "Mark as retracted",
        _retract,
        lambda report: report is not None and report.retracted_at is None,
        "The source retracted it. Neither it nor its relays count, and affected Signals change immediately.",
        forms.Form,
        permission=REVIEWS,
        is_destructive=True,
    ),
    Verb(
        "restore",
        "Undo retraction",
        _restore,
        lambda report: report is not None and report.retracted_at is not None,
        "Counts it again.",
        permission=REVIEWS,
    ),
    Verb(
        "take-words",
        "Use the new text",
        _accept_newer_text,
        _has_newer_text,
        "Replaces the accepted text with the source's new one, and checks it for relays again.",
        permission=REVIEWS,
        preview=_preview_newer_text,
    ),
    Verb(
        "keep-words",
        "Keep the accepted text",
        _keep_accepted_text,
        _has_newer_text,
        "Keeps the accepted text, and drops the source's new one.",
        permission=REVIEWS,
    ),
    Verb(
        "accept-proposal",
        "Confirm relay",
        _accept_proposal,
        _has_open_proposal,
        "Counts it toward the source it relays.",
        permission=REVIEWS,
    ),
    Verb(
        "clear-proposal",
        "Not a relay",
        _clear_proposal,
        _has_open_proposal,
        "Clears the proposal. The report counts with its stated basis.",
        ReasonForm,
        permission=REVIEWS,
    ),
]
