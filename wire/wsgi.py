"""What the server runs: `granian --interface wsgi wire.wsgi:application`."""

import gc
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from io import BytesIO
from threading import Thread
from time import sleep
from typing import cast

import django
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import get_resolver, reverse, set_script_prefix
from django.utils.log import log_response

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
django.setup(set_prefix=False)

# What has models can only be imported now.
from dispatches.public.announcing import announcements  # noqa: E402
from dispatches.public.state import PublicState, read_public_state  # noqa: E402
from wire.cache.pagecache import MATCH, Application, Environ, PageCache, StartResponse  # noqa: E402
from wire.cache.responses import Headers  # noqa: E402


def read_state(at: datetime) -> PublicState:
    """The site's state, asked for outside of any request of Django's, who sees to its connections only within one.

    The connection goes back at once: there are fewer of them than there may be threads that look at the state.
    """
    close_old_connections()
    try:
        return read_public_state(at)
    finally:
        close_old_connections()


Respond = Callable[[HttpRequest], HttpResponse]


class PublicPages:
    """Django on a shorter way, for public pages: straight to the view that the page cache has found already.

    They need neither session nor user nor form, and their policies are the same for every response. It sends no
    signals of its requests, and so returns the connections to the database itself.
    """

    def __init__(self) -> None:
        self._respond = cast(Respond, convert_exception_to_response(self._view))
        self._security = SecurityMiddleware(self._respond)
        self.policies = {scheme: self._work_out_policies(scheme) for scheme in ("http", "https")}

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        request = WSGIRequest(environ)
        set_script_prefix(request.META["SCRIPT_NAME"])
        try:
            response = self._respond(request)
            if response.status_code >= 400:
                log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
            headers = [*response.items(), *self.policies[request.scheme or "http"]]
            start_response(f"{response.status_code} {response.reason_phrase}", headers)
            return [response.content]
        finally:
            close_old_connections()

    def _view(self, request: HttpRequest) -> HttpResponseBase:
        request.get_host()  # Raises DisallowedHost for one that is not ours.
        match = request.resolver_match = request.META[MATCH]
        return self._security.process_request(request) or match.func(request, *match.args, **match.kwargs)

    def _work_out_policies(self, scheme: str) -> Headers:
        """What the middleware for policies adds to a response."""
        request = WSGIRequest({"REQUEST_METHOD": "GET", "wsgi.url_scheme": scheme, "wsgi.input": BytesIO()})
        response = HttpResponse()
        plain = set(response.headers)
        for middleware in (SecurityMiddleware, CSPMiddleware, XFrameOptionsMiddleware):
            middleware(self._respond).process_response(request, response)
        return [(name, value) for name, value in response.items() if name not in plain]


class SafeMethods:
    """Django for everything but public pages. Only the desk takes other methods than GET and HEAD (RFC 9110, 9.2.1).

    The answer 405 needs no request body, so a reader who sends one slowly holds no thread while it arrives.
    """

    def __init__(self, application: Application, policies: dict[str, Headers]) -> None:
        self._application, self._policies = application, policies
        self._desk = reverse("admin:index")

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in {"GET", "HEAD"} or environ["PATH_INFO"].startswith(self._desk):
            return self._application(environ, start_response)
        body = b"This address only answers GET and HEAD.\n"
        headers = [
            ("Allow", "GET, HEAD"),
            ("Cache-Control", "no-store"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
        ]
        policies = self._policies[WSGIRequest(environ).scheme or "http"]
        start_response("405 Method Not Allowed", [*headers, *policies])
        return [body]


# What has been loaded stays: the collector need not look at it again and again, least of all while a page is made.
get_resolver().url_patterns  # noqa: B018 - loads the views
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)

public_pages = PublicPages()
application = PageCache(
    SafeMethods(WSGIHandler(), public_pages.policies),
    public_pages,
    announcements(),
    read_state,
    bound=settings.WIRE_PAGE_CACHE_MB * 1_000_000,
)


def pack_what_stands(cache: PageCache) -> None:
    """Pack pages well, one after the other, with pauses: whoever asks for others comes first."""
    while True:
        sleep(0.1 if cache.pack_one() else 1)


Thread(target=pack_what_stands, args=[application], daemon=True).start()
