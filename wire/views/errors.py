"""Error pages. They explain what readers can do, and reveal no internals."""

import logging
import sys

from django.http import HttpRequest, HttpResponse
from django.template import loader

from wire.cache.policy import FRESHNESS
from wire.context import site
from wire.errors import NEVER_PUBLISHED, NotFound
from wire.outages import DESK as EDITORS
from wire.outages import READERS, Outage, outage_of, outages
from wire.posted import posted_fields
from wire.urls import DESK

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(
        400,
        "This request could not be understood",
        "Something in the address or the form is invalid. Go back and try again.",
    )


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    return _error(
        403,
        "You don’t have access to this page",
        "You may need to log in again, or this page may belong to the desk. If you were sending a form, go back, "
        "copy what you typed, reload the page and send it once more.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not isinstance(exception, NotFound):
        exception = NotFound(NEVER_PUBLISHED)
    response = _error(404, "There is nothing at this address", str(exception), exception.instead)
    if not request.path.startswith(f"/{DESK}"):
        # As short-lived as pages: what is published at this address later is seen as soon as there.
        response["Cache-Control"] = FRESHNESS
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    error = sys.exc_info()[1]
    if error and (outage := outage_of(error)):
        return _unavailable(request, outage, error)
    return _error(
        500,
        "Something went wrong on our side",
        "Please try again in a minute. Nothing that was published is lost.",
    )


def _unavailable(request: HttpRequest, outage: Outage, error: BaseException) -> HttpResponse:
    """The database is busy, full or gone. An editor gets back what the form had."""
    is_desk = request.path.startswith(f"/{DESK}")
    outages.begin(EDITORS if is_desk else READERS, outage, error)
    more = {"request": request, "fields": posted_fields(request) if is_desk else [], "has_files": bool(request.FILES)}
    title = f"{outage.title if is_desk else 'This page can’t be shown'} at the moment"
    response = _error(503, title, outage.advice, template="unavailable.html", more=more)
    response["Retry-After"] = "5" if outage is Outage.BUSY else "30"
    return response


def _error(
    status: int,
    title: str,
    text: str,
    instead: str = "",
    template: str = "error.html",
    more: dict[str, object] | None = None,
) -> HttpResponse:
    context = site() | {"status": status, "title": title, "text": text, "instead": instead} | (more or {})
    if status != 404:
        # The database may be what failed.
        context["sections"] = []
    try:
        response = HttpResponse(loader.render_to_string(template, context), status=status)
    except ValueError as error:
        # Static files that were not collected have no address.
        logger.error("The error page can't be rendered: %s", error)
        response = HttpResponse(f"{title}. {text}\n", status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
