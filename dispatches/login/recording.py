"""Record in the log who logs in and out, who fails to, and whose second factors change."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from dispatches.desk import log


def record_logins() -> None:
    """Listen to Django's logins. Called once, when the app is ready."""
    user_logged_in.connect(_logged_in, dispatch_uid="log")
    user_logged_out.connect(_logged_out, dispatch_uid="log")
    user_login_failed.connect(_login_failed, dispatch_uid="log")


def _logged_in(user: Any, **kwargs: Any) -> None:
    log.record(user, "log_in", user)


def _logged_out(user: Any, **kwargs: Any) -> None:
    if user:
        log.record(user, "log_out", user)


def _login_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Record a wrong password; during a lockout, which follows after a few, nothing more.

    What was typed as the username is not stored: it may be a password.
    """
    if getattr(request, "axes_locked_out", False):
        return
    user = User.objects.filter(username=credentials.get("username") or "").first()
    log.record(None, "log_in", user, is_denied=True)


def record_factor(request: HttpRequest, verb: str, *, is_denied: bool = False) -> None:
    """Add an entry to the log: a user added, removed or passed one of their own second factors."""
    user: Any = request.user
    log.record(user, verb, user, is_denied=is_denied)
