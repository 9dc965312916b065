"""Undo a bulk action."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from dispatches import desk
from dispatches.admin.editors import editor_of
from dispatches.models import Dispatch
from sources.models import Proposal, Report

SALT = "undo"
AN_HOUR = 60 * 60

# Each changed object: its id, and what tells whether it was changed again since. Later decisions are kept.
Done = list[list[object]]


def offer(request: HttpRequest, said: str, kind: str, done: Done) -> SafeString | str:
    """Return a message with an undo button."""
    if not done:
        return said
    return format_html(
        '{} <form method="post" action="{}" class="desk-undo">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="done" value="{}">'
        '<button type="submit" class="button">Undo</button></form>',
        said,
        reverse("admin:dispatches_dispatch_undo"),
        get_token(request),
        signing.dumps([kind, editor_of(request).pk, done], salt=SALT, compress=True),
    )


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Undo the action described in the signed token, for the user who did it, within an hour."""
    try:
        kind, user, done = signing.loads(request.POST.get("done", ""), salt=SALT, max_age=AN_HOUR)
    except signing.SignatureExpired:
        messages.error(request, "That was more than an hour ago. Change them one by one.")
        return redirect("admin:index")
    except signing.BadSignature as error:
        raise BadRequest from error
    permission, take_back, address = KINDS[kind]
    if user != editor_of(request).pk or not request.user.has_perm(permission):
        raise PermissionDenied
    undone = sum(take_back(request, pk, when) for pk, when in done)
    left = len(done) - undone
    said = f"Undone: {undone}."
    messages.success(request, f"{said} Left as they are, because they were changed since: {left}." if left else said)
    return redirect(address)


def _undo_review(request: HttpRequest, pk: int, when: str) -> bool:
    report = Report.objects.visible_to(editor_of(request)).kept().filter(pk=pk).first()
    return report is not None and desk.undo_review(
        report=report, actor=editor_of(request), reviewed_at=datetime.fromisoformat(when)
    )


def reviewed(report: Report, basis: str, proposal: Proposal | None) -> list[object]:
    """Return what undoes a review: of a report that had this basis, and of the proposal that was decided with it."""
    reviewed_at = report.reviewed_at.isoformat() if report.reviewed_at else ""
    decided = [proposal.pk, proposal.decided_at.isoformat()] if proposal and proposal.decided_at else []
    return [report.pk, [reviewed_at, basis, *decided]]


def _undo_queue(request: HttpRequest, pk: int, when: list[Any]) -> bool:
    reviewed_at, basis, *decided = when
    if not _undo_review(request, pk, reviewed_at):
        return False
    if decided:
        return _reopen(request, decided[0], f"{decided[1]} {basis}")
    report, user = Report.objects.get(pk=pk), editor_of(request)
    if report.basis != basis:
        desk.set_basis(report=report, actor=user, basis=basis)
    return True


def _reopen(request: HttpRequest, pk: int, when: str) -> bool:
    decided_at, _, basis = when.partition(" ")
    proposal = Proposal.objects.visible_to(editor_of(request)).filter(pk=pk).select_related("report").first()
    return proposal is not None and desk.reopen_proposal(
        proposal=proposal, actor=editor_of(request), decided_at=datetime.fromisoformat(decided_at), basis=basis
    )


def _bring_back(request: HttpRequest, pk: int, when: str) -> bool:
    drafts = Dispatch.objects.changeable_by(editor_of(request))
    dispatch = drafts.filter(pk=pk, set_aside_at__isnull=False).first()
    if dispatch:
        desk.reopen_draft(dispatch=dispatch, actor=editor_of(request))
    return dispatch is not None


KINDS: dict[str, tuple[str, Callable[[HttpRequest, int, Any], bool], str]] = {
    "queue": ("sources.review_report", _undo_queue, "admin:sources_report_review"),
    "review": ("sources.review_report", _undo_review, "admin:sources_report_changelist"),
    "relays": ("sources.review_report", _reopen, "admin:sources_report_relays"),
    "bring-back": ("dispatches.change_dispatch", _bring_back, "admin:dispatches_dispatch_changelist"),
}
