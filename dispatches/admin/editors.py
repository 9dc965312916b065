"""The user who is at the desk."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def name_of(user: User | None) -> str:
    """Return a user's display name."""
    return (user.get_full_name() or user.username) if user else "Someone"


def editor_of(request: HttpRequest) -> User:
    """Return the logged-in user; the admin admits no one else."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
