"""Request every address of the desk as every role with every method."""

from collections.abc import Iterator
from copy import deepcopy

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ["get", "post", "head", "options", "put", "patch", "delete"]


def routes() -> list[str]:
    """Return the routes below /desk/ from the URL resolver."""
    found = {str(each.pattern): each for each in get_resolver().url_patterns}
    passkeys = _walk(found["desk/passkeys/"], "passkeys/")
    return sorted({*_walk(found["desk/"], ""), *passkeys})


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            yield route
        else:
            yield from _walk(each, route)


def ask(client: Client, method: str, address: str, data: dict | None = None) -> HttpResponse:
    """Return the response, with its changes rolled back, even after a logout."""
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(address, data or {})
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def lets_in(response: HttpResponse) -> bool:
    """Return True if the user gets the page itself: neither the login nor “it doesn't exist”."""
    location = response.get("Location", "")
    if response.status_code in {301, 302}:
        return not location.startswith("/desk/login/") and location != "/desk/"
    return response.status_code == 400 or (response.status_code == 200 and bool(response.content))
