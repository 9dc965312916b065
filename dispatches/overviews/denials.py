"""Record in the log what users try at the desk without the right to: pages check permissions before verbs do."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from dispatches.desk import log


def recording_denials(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrap a view of the desk: a POST that is refused is recorded under the name of its address."""

    @wraps(view)
    def recording(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except PermissionDenied as error:
            if request.method == "POST" and isinstance(request.user, User) and request.resolver_match:
                verb, obj = _asked_for(request.resolver_match)
                log.record_denial(error, request.user, verb, {}, obj)
            raise

    return recording


def _asked_for(match: ResolverMatch) -> tuple[str, models.Model | None]:
    """Return the verb and the object of an address: its name is “dispatches_dispatch_withdraw”."""
    name = match.url_name or ""
    app, _, rest = name.partition("_")
    model, _, verb = rest.partition("_")
    given = str(next(iter(match.kwargs.values()), ""))
    try:
        found = apps.get_model(app, model)
    except LookupError:
        return name[:60], None
    is_id = given.isascii() and given.isdigit() and len(given) <= 18
    return verb[:60], found(pk=int(given)) if is_id else None
