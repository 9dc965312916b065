"""Every address of the desk, asked as every role by every method: the answers, to be compared with what is meant."""

from collections.abc import Iterator
from copy import deepcopy

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ["get", "post", "head", "options", "put", "patch", "delete"]


def routes() -> list[str]:
    """The routes below /desk/, as the resolver has them."""
    desk = next(each for each in get_resolver().url_patterns if str(each.pattern) == "desk/")
    return sorted(set(_walk(desk, "")))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            yield route
        else:
            yield from _walk(each, route)


def ask(client: Client, method: str, address: str, data: dict | None = None) -> HttpResponse:
    """The answer, with all that it changed taken back; also a logout."""
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(address, data or {})
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def lets_in(response: HttpResponse) -> bool:
    """Whether somebody got at what stands at the address. The login and “it doesn't exist” are no answer."""
    location = response.get("Location", "")
    if response.status_code in {301, 302}:
        return not location.startswith("/desk/login/") and location != "/desk/"
    return response.status_code == 400 or (response.status_code == 200 and bool(response.content))
