"""The page behind the bell: what concerns a user. Outside of `dispatches.admin`, because the admin site needs it."""

from datetime import datetime

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from dispatches.desk.notifications import PERIOD, Kind, Notification, mark_as_seen, notifications
from dispatches.models import Dispatch


def show(request: HttpRequest) -> HttpResponse:
    """List a user's notifications. A POST marks those as seen that the page has shown."""
    user, now = request.user, timezone.now()
    if not isinstance(user, User):
        raise PermissionDenied
    if request.method == "POST":
        mark_as_seen(user, min(_time(request.POST.get("until", "")), now))
        return redirect("admin:notifications")
    found = notifications(user, now)
    context = admin.site.each_context(request) | {
        "title": "Notifications",
        "rows": [(each, _address(each)) for each in found],
        "count_new": sum(each.is_new for each in found),
        "until": now.isoformat(),
        "days": PERIOD.days,
    }
    return render(request, "admin/notifications.html", context)


def _address(each: Notification) -> str:
    name = "dispatches_dispatch_change" if isinstance(each.work, Dispatch) else "sources_report_change"
    fragment = "#teamwork" if each.kind in {Kind.MENTION, Kind.COMMENT} else ""
    return reverse(f"admin:{name}", args=[each.work.pk]) + fragment


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest from error
    if at.tzinfo is None:
        raise BadRequest("The time has no zone.")
    return at
