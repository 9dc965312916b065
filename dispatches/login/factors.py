"""Second factors of users: authenticator apps, passkeys, and recovery codes in case those are lost."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

RECOVERY_CODES = 10
# How WIRE_SECOND_FACTOR names superusers, who need no role.
SUPERUSER = "Superuser"


def factors_of(user: User) -> list[Any]:
    """Return the authenticator app and the passkeys of a user. Recovery codes alone are not a second factor."""
    return [
        *TOTPDevice.objects.filter(user=user, confirmed=True),
        *WebAuthnCredential.objects.filter(user=user, confirmed=True).order_by("created_at"),
    ]


def has_factor(user: User) -> bool:
    """Return True if a user has a second factor. One query, because it runs on every request to the desk."""
    apps, passkeys = (model.objects.filter(user=user, confirmed=True) for model in (TOTPDevice, WebAuthnCredential))
    return bool(apps.values("pk").union(passkeys.values("pk")).exists())


def needs_factor(user: User) -> bool:
    """Return True if this installation requires a second factor of a user, by role."""
    roles = settings.WIRE_SECOND_FACTOR
    if not roles:
        return False
    if user.is_superuser and SUPERUSER in roles:
        return True
    return user.groups.filter(name__in=roles).exists()


def is_verified(user: User | AnonymousUser) -> bool:
    """Return True if this session has passed a second factor."""
    return getattr(user, "otp_device", None) is not None


def may_enter(user: User) -> bool:
    """Return True if nothing but the password is needed, or the second factor was passed too."""
    return is_verified(user) or not (has_factor(user) or needs_factor(user))


def normalize(code: str) -> str:
    """Remove what people add to codes.

    >>> normalize(" 123 456 "), normalize("ABCD-efgh")
    ('123456', 'abcdefgh')
    """
    return "".join(each for each in code if each.isalnum()).lower()[:16]


def verify_code(user: User, code: str) -> Any | None:
    """Return the device that accepts a code of the app, or a recovery code; None if it is wrong or comes too early.

    Wrong codes make a device refuse all codes for a while, which doubles each time.
    """
    for device in _devices_for(user, normalize(code)):
        if verify_token(user, device.persistent_id, normalize(code)):
            return device
    return None


def blocked_until(user: User, code: str) -> datetime | None:
    """Return until when codes of this kind are refused after wrong ones; None if they are not."""
    waits = [
        details["locked_until"]
        for _, details in (each.verify_is_allowed() for each in _devices_for(user, normalize(code)))
        if details
    ]
    return max(waits, default=None)


def _devices_for(user: User, code: str) -> Iterator[Any]:
    is_of_app = code.isascii() and code.isdigit() and len(code) == 6
    model = TOTPDevice if is_of_app else StaticDevice
    yield from model.objects.filter(user=user, confirmed=True)


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Replace a user's recovery codes. They are shown once."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="Recovery codes")
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def recovery_codes_left(user: User) -> int:
    return StaticToken.objects.filter(device__user=user).count()


@transaction.atomic
def remove_factor(user: User, device: Any) -> None:
    """Remove one second factor, and with the last one the recovery codes."""
    device.delete()
    if not has_factor(user):
        StaticDevice.objects.filter(user=user).delete()


@transaction.atomic
def reset_factors(user: User) -> None:
    """Remove all second factors of a user, who then logs in with the password alone. Ends the user's sessions."""
    for model in (TOTPDevice, StaticDevice, WebAuthnCredential):
        model.objects.filter(user=user).delete()
    end_sessions(user)


def end_sessions(user: User) -> None:
    """End all sessions of a user."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
