"""Who has to wait after too many wrong passwords: one address, for one user (django-axes, set up in the settings)."""

import ipaddress
from math import ceil
from typing import Any

from axes.helpers import get_client_username, get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dispatches.login.waiting import ask_to_wait


def client_address(request: HttpRequest) -> str | None:
    """Return the address that a request comes from; None if it is unknown.

    Behind proxies, that is the address noted by the outermost of them: what stands before it in X-Forwarded-For was
    sent by the client, and may be made up. Of an IPv6 address, it is the network: one subscriber has the whole of it.
    """
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if each.strip()]
    if settings.WIRE_PROXIES and forwarded:
        address = forwarded[-settings.WIRE_PROXIES :][0]
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)


def refuse(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """Answer a login during a lockout: when to try again."""
    attempts = AccessAttempt.objects.filter(
        username=get_client_username(request, credentials), ip_address=client_address(request)
    )
    latest = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first() or timezone.now()
    until = latest + get_cool_off(request)
    seconds = max(1, ceil((until - timezone.now()).total_seconds()))
    minutes = ceil(seconds / 60)
    when = f"{timezone.localtime(until):%H:%M}"
    text = (
        f"There were {settings.AXES_FAILURE_LIMIT} wrong passwords for this user from your network. Try again in "
        f"{minutes} minute{'s' if minutes > 1 else ''}, after {when} ({settings.WIRE_TIME_ZONE_LABEL}). From another "
        "network you can log in now. If you have forgotten your password, ask a Chief for a new one."
    )
    return ask_to_wait(request, status=429, title="Wait before you log in again", text=text, seconds=seconds)
