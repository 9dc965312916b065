"""Error pages. They explain what readers can do, and reveal no internals."""

from django.http import HttpRequest, HttpResponse
from django.template import loader

from wire.cache.policy import FRESHNESS
from wire.context import site
from wire.errors import NEVER_PUBLISHED, NotFound
from wire.urls import DESK


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
    return _error(
        500,
        "Something went wrong on our side",
        "Please try again in a minute. Nothing that was published is lost.",
    )


def _error(status: int, title: str, text: str, instead: str = "") -> HttpResponse:
    context = site() | {"status": status, "title": title, "text": text, "instead": instead}
    if status != 404:
        # The database may be what failed.
        context["sections"] = []
    response = HttpResponse(loader.render_to_string("error.html", context), status=status)
    response["Cache-Control"] = "no-store"
    return response
