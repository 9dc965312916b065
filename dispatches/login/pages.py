"""The pages for second factors: pass one after the password, and set them up."""

from base64 import b32encode
from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django_otp import login as pass_second_factor
from django_otp import verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

from dispatches.login import factors
from dispatches.login.recording import record_factor

WRONG_CODE = (
    "This code is wrong or was used before. Wait for the next one in your app, and check that your phone's clock is "
    "set automatically."
)


def for_staff(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask for the password first. These pages are open to users who have yet to pass, or set up, a second factor."""

    @never_cache
    @wraps(view)
    def for_staff(request: HttpRequest, *args: Any) -> HttpResponse:
        if not (request.user.is_active and request.user.is_staff):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return view(request, *args)

    return for_staff


def for_owner(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask for the second factor too, if the user has one: only its owner may change it."""

    @for_staff
    @wraps(view)
    def for_owner(request: HttpRequest, *args: Any) -> HttpResponse:
        user = _user(request)
        if factors.has_factor(user) and not factors.is_verified(user):
            return redirect(second_factor_address(user, request.get_full_path()))
        return view(request, *args)

    return for_owner


def is_let_in(request: HttpRequest, user: User) -> bool:
    """Return True if a user's session needs no second factor, or has passed it. Asked several times in a request."""
    if not hasattr(request, "is_let_in"):
        request.is_let_in = factors.may_enter(user)  # type: ignore[attr-defined]
    return bool(request.is_let_in)  # type: ignore[attr-defined]


def second_factor_address(user: User, then: str) -> str:
    """Return the page that a user must pass before the desk opens. It leads on to `then`."""
    name = "second_factor_check" if factors.has_factor(user) else "second_factor"
    return redirect_to_login(then, reverse(f"admin:{name}")).url


@for_staff
def check(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor after the password."""
    user, then, error = _user(request), _next(request), ""
    if factors.is_verified(user) or not factors.has_factor(user):
        return redirect(then)
    if request.method == "POST":
        code = request.POST.get("code", "")
        if device := factors.verify_code(user, code):
            _pass(request, device)
            record_factor(request, "pass_second_factor")
            return redirect(then)
        record_factor(request, "pass_second_factor", is_denied=True)
        error = _explain(user, code)
    own = factors.factors_of(user)
    context: dict[str, Any] = {
        "title": "Second factor",
        "next": then,
        "error": error,
        "has_app": any(isinstance(each, TOTPDevice) for each in own),
        "has_passkey": any(isinstance(each, WebAuthnCredential) for each in own),
        "codes_left": factors.recovery_codes_left(user),
    }
    return _page(request, "admin/second_factor_check.html", context)


@for_owner
def overview(request: HttpRequest) -> HttpResponse:
    """Show a user's second factors, and add or remove them."""
    user = _user(request)
    if request.method == "POST":
        match request.POST.get("action"):
            case "app":
                TOTPDevice.objects.filter(user=user, confirmed=False).delete()
                TOTPDevice.objects.create(user=user, name="Authenticator app", confirmed=False)
                return redirect(_with_next(request, "second_factor_app"))
            case "codes" if factors.has_factor(user):
                codes = factors.new_recovery_codes(user)
                record_factor(request, "make_recovery_codes")
                shown: dict[str, Any] = {"title": "Recovery codes", "codes": codes, "next": _next(request)}
                return _page(request, "admin/recovery_codes.html", shown)
            case "remove":
                _remove(request, user)
        return redirect(_with_next(request, "second_factor"))
    own = factors.factors_of(user)
    context = {
        "title": "Your second factor",
        "next": _next(request),
        "factors": own,
        "is_required": factors.needs_factor(user),
        "has_app": any(isinstance(each, TOTPDevice) for each in own),
        "offers_passkeys": settings.WIRE_HAS_PASSKEYS,
        "codes_left": factors.recovery_codes_left(user),
    }
    return _page(request, "admin/second_factor.html", context)


@for_owner
def app(request: HttpRequest) -> HttpResponse:
    """Show the key of a new authenticator app, until a code proves that the app has it."""
    user, error = _user(request), ""
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    if device is None:
        return redirect(_with_next(request, "second_factor"))
    if request.method == "POST":
        code = factors.normalize(request.POST.get("code", ""))
        if verified := verify_token(user, device.persistent_id, code):
            # A new app replaces the one before.
            TOTPDevice.objects.filter(user=user, confirmed=True).delete()
            verified.confirmed = True
            verified.save()
            _pass(request, verified)
            record_factor(request, "add_authenticator_app")
            messages.success(request, "Your authenticator app works. You need it whenever you log in.")
            return redirect(_with_next(request, "second_factor"))
        error = WRONG_CODE
    context = {
        "title": "Set up an authenticator app",
        "next": _next(request),
        "error": error,
        "key": _spell(device),
        "address": device.config_url,
    }
    return _page(request, "admin/second_factor_app.html", context)


@for_owner
def picture(request: HttpRequest) -> HttpResponse:
    """Draw the QR code of a new authenticator app. Once the app is set up, its key is never shown again."""
    device = TOTPDevice.objects.filter(user=_user(request), confirmed=False).first()
    if device is None:
        raise Http404
    out = BytesIO()
    segno.make(device.config_url, error="m").save(out, kind="svg", scale=5, light="#fff", svgclass=None, lineclass=None)
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")


def urls() -> list[URLPattern]:
    return [
        path("second-factor/", overview, name="second_factor"),
        path("second-factor/check/", check, name="second_factor_check"),
        path("second-factor/app/", app, name="second_factor_app"),
        path("second-factor/app.svg", picture, name="second_factor_picture"),
    ]


def _remove(request: HttpRequest, user: User) -> None:
    own = factors.factors_of(user)
    device = next((each for each in own if each.persistent_id == request.POST.get("device")), None)
    if device is None:
        return
    if len(own) == 1 and factors.needs_factor(user):
        messages.error(request, "Your role requires a second factor. Add another one before you remove this.")
        return
    factors.remove_factor(user, device)
    record_factor(request, "remove_second_factor")
    others = factors.factors_of(user)
    if others:
        # This session may have passed with the one that was removed.
        pass_second_factor(request, others[0])
    messages.success(request, "It was removed.")


def _pass(request: HttpRequest, device: Any) -> None:
    pass_second_factor(request, device)
    request.session.cycle_key()


def _explain(user: User, code: str) -> str:
    until = factors.blocked_until(user, code)
    # After the first wrong codes, the pause is over before the next one is typed.
    if until is None or (until - timezone.now()).total_seconds() < 10:
        return WRONG_CODE
    when = f"{timezone.localtime(until):%H:%M:%S}"
    return (
        f"There were too many wrong codes, so codes of this kind are refused until {when} "
        f"({settings.WIRE_TIME_ZONE_LABEL}). Use a recovery code or a passkey, or ask a Chief for help."
    )


def _spell(device: TOTPDevice) -> str:
    key = b32encode(device.bin_key).decode()
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


def _user(request: HttpRequest) -> User:
    user: Any = request.user
    return user


def _next(request: HttpRequest) -> str:
    """Return the address in `next` to redirect to; the newsroom if it is missing or of another site."""
    address = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    hosts = {request.get_host()}
    is_own = url_has_allowed_host_and_scheme(address, allowed_hosts=hosts, require_https=request.is_secure())
    return address if is_own else reverse("admin:index")


def _with_next(request: HttpRequest, name: str) -> str:
    return redirect_to_login(_next(request), reverse(f"admin:{name}")).url


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, admin.site.each_context(request) | context)
