"""Errors. Readers get words and a way on; nothing of what went wrong inside."""

from django.http import HttpRequest, HttpResponse
from django.template import loader

from wire.context import site
from wire.errors import NEVER_PUBLISHED, NothingHere


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(
        400,
        "That request could not be read",
        "The address or the form had something in it that this site does not understand. Go back and try again.",
    )


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    return _error(
        403,
        "That is not open to you",
        "You may need to log in again, or this page may belong to the desk. If you were sending a form, go back, "
        "copy what you typed, reload the page and send it once more.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    reason = str(exception) if isinstance(exception, NothingHere) else NEVER_PUBLISHED
    return _error(404, "There is nothing at this address", reason)


def server_error(request: HttpRequest) -> HttpResponse:
    return _error(
        500,
        "Something went wrong on our side",
        "Please try again in a minute. What is published is not lost.",
    )


def _error(status: int, title: str, text: str) -> HttpResponse:
    # Only the installation's own words: an error page must not need the database that may be what failed.
    context = site() | {"status": status, "title": title, "text": text}
    response = HttpResponse(loader.render_to_string("error.html", context), status=status)
    response["Cache-Control"] = "no-store"
    return response
