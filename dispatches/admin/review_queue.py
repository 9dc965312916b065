"""Review reports one after another: decide with one press, and the next one is there."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dispatches import desk
from dispatches.admin import undo
from dispatches.admin.editors import editor_of, name_of
from dispatches.admin.own_choices import as_id
from dispatches.admin.panels import effects_of
from dispatches.admin.relays import REASONS as NOT_A_RELAY
from dispatches.admin.teamwork import assigned_to
from sources.independence import Basis
from sources.models import Proposal, Report
from sources.models.reports import BASIS_CHOICES

REVIEWS = "sources.review_report"
# Reasons that reject a report with one press.
REJECTIONS = ["Advertising or spam.", "Not news for us.", "Says nothing new.", "Can’t be verified."]
# Whose reports the queue shows, by the parameter “with”. By default, those that no colleague has taken.
WHOSE = [("", "Not taken by others"), ("me", "Mine"), ("nobody", "Nobody’s"), ("all", "All")]
# A relay has to say what it relays, which the report's form asks for.
BASES = [choice for choice in BASIS_CHOICES if choice[0] != Basis.RELAY]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report is in the queue: its neighbors, and how many wait. `number` is 0 if it no longer waits."""

    number: int
    count: int
    previous: int | None
    next: int | None


def waiting(request: HttpRequest) -> QuerySet[Report]:
    """Return the reports that this user is asked to review, the longest waiting first."""
    user, whose = editor_of(request), _whose(request)
    reports = Report.objects.visible_to(user).kept().filter(review=Report.Review.PENDING)
    if whose == "":
        reports = reports.filter(Q(assignment=None) | Q(assignment__user=user))
    return assigned_to(reports, whose, user).order_by("received_at", "pk")


def begin(request: HttpRequest) -> HttpResponse:
    """Open the first report of the queue, or say that none is waiting."""
    if not request.user.has_perm(REVIEWS):
        raise PermissionDenied
    if first := waiting(request).values_list("pk", flat=True).first():
        return redirect(_address(request, first))
    context = admin.site.each_context(request) | {"title": "Review intake", "opts": Report._meta} | _choices(request)
    return render(request, "admin/sources/report/review_done.html", context)


def show(request: HttpRequest, report: Report, teamwork: dict[str, Any]) -> HttpResponse:
    """Show a report with everything that a decision needs. A POST decides, and opens the next one."""
    if not request.user.has_perm(REVIEWS):
        raise PermissionDenied
    place = _place(request, report)
    error = ""
    if request.method == "POST":
        try:
            return _decide(request, report, place)
        except desk.NotReady as refusal:
            error = str(refusal)
        except ValidationError as refusal:
            error = " ".join(refusal.messages)
        report.refresh_from_db()
    user = editor_of(request)
    proposals = report.proposals.open().visible_to(user).select_related("relays__source", "credits")
    context = admin.site.each_context(request) | {
        "title": "Review intake",
        "opts": Report._meta,
        "report": report,
        "version": version_of(report),
        "place": place,
        "next_address": _address(request, place.next),
        "previous_address": _address(request, place.previous),
        "proposals": list(proposals) if report.basis != Basis.RELAY else [],
        "not_a_relay": NOT_A_RELAY,
        "rejections": REJECTIONS,
        "bases": BASES,
        "effects": effects_of(report, user),
        "teamwork": teamwork,
        "error": error,
        "typed": request.POST.get("reason", "") if error else "",
        **_choices(request),
    }
    return render(request, "admin/sources/report/review.html", context)


def version_of(report: Report) -> str:
    """Return a value that changes with what a reviewer reads, so that nobody accepts a text they have not seen."""
    read = (report.source_id, report.title, report.text, report.url, report.byline, report.said_at.isoformat())
    return hashlib.sha256(repr(read).encode()).hexdigest()[:32]


def _decide(request: HttpRequest, report: Report, place: Place) -> HttpResponse:
    onward = redirect(_address(request, place.next))
    if report.review != Report.Review.PENDING:
        who = name_of(report.reviewed_by) if report.reviewed_by else "A colleague"
        messages.warning(request, f"{who} has reviewed “{report.title}” already. Nothing changed.")
        return onward
    if request.POST.get("version") != version_of(report):
        raise desk.NotReady(["Its text has changed since you opened this page. Read it, then press again."])
    before = report.basis
    with desk.publication_lock():
        said, proposal = _carry_out(request, report)
        if "accept-file" in request.POST:
            dispatch, _ = desk.get_or_file_dispatch(report=report, actor=editor_of(request))
            said, onward = f"{said} A draft cites it.", redirect("admin:dispatches_dispatch_change", dispatch.pk)
    messages.success(request, undo.offer(request, said, "queue", [undo.reviewed(report, before, proposal)]))
    return onward


def _carry_out(request: HttpRequest, report: Report) -> tuple[str, Proposal | None]:
    """Do what the pressed button says. Returns the message, and the proposal that was decided, if any."""
    user, posted = editor_of(request), request.POST
    reason = (posted.get("because") or posted.get("reason", "")).replace("\0", "")
    if "accept" in posted or "accept-file" in posted:
        _set_basis(report, posted.get("basis", report.basis), user)
        desk.accept_report(report=report, actor=user)
        return f"Accepted: “{report.title}”.", None
    if "relay" in posted or "own" in posted:
        proposal = _proposal(report, posted.get("proposal", ""), user)
        if "relay" in posted:
            desk.accept_proposal(proposal=proposal, actor=user)
        else:
            desk.clear_proposal(proposal=proposal, actor=user, reason=reason)
        desk.accept_report(report=report, actor=user)
        return f"Accepted {'as a relay' if 'relay' in posted else 'as no relay'}: “{report.title}”.", proposal
    if "reject" in posted or reason:
        desk.reject_report(report=report, actor=user, reason=reason)
        return f"Rejected: “{report.title}”.", None
    raise desk.NotReady(["Nothing was chosen. Use one of the buttons."])


def _proposal(report: Report, chosen: str, user: User) -> Proposal:
    proposal = report.proposals.open().visible_to(user).filter(pk=as_id(chosen) or 0).first()
    if proposal is None:
        raise desk.NotReady(["That proposal has been decided already. Check what is left, then press again."])
    proposal.report = report
    return proposal


def _set_basis(report: Report, basis: str, user: User) -> None:
    if basis == report.basis:
        return
    if basis not in dict(BASES):
        raise desk.NotReady(["Choose how the report knows. For a relay, open its form and say what it relays."])
    desk.set_basis(report=report, actor=user, basis=basis)


def _place(request: HttpRequest, report: Report) -> Place:
    rows = waiting(request)
    key = (report.received_at, report.pk)
    before = rows.filter(_beyond("lt", *key))
    after = rows.filter(_beyond("gt", *key))
    ids = [
        (after.values_list("pk", flat=True).first() or rows.exclude(pk=report.pk).values_list("pk", flat=True).first()),
        before.reverse().values_list("pk", flat=True).first(),
    ]
    is_waiting = rows.filter(pk=report.pk).exists()
    return Place(before.count() + 1 if is_waiting else 0, rows.count(), previous=ids[1], next=ids[0])


def _beyond(way: str, at: datetime, pk: int) -> Q:
    return Q(**{f"received_at__{way}": at}) | Q(received_at=at, **{f"pk__{way}": pk})


def _whose(request: HttpRequest) -> str:
    whose = request.GET.get("with", "")
    return whose if whose in dict(WHOSE) else ""


def _address(request: HttpRequest, pk: int | None) -> str:
    where = reverse("admin:sources_report_review_one", args=[pk]) if pk else reverse("admin:sources_report_review")
    whose = _whose(request)
    return f"{where}?{urlencode({'with': whose})}" if whose else where


def _choices(request: HttpRequest) -> dict[str, Any]:
    return {"whose": _whose(request), "choices": WHOSE, "begin_address": reverse("admin:sources_report_review")}
