"""What the server runs: `granian --interface wsgi --factory wire.wsgi:start`.

Importing this module sets Django up and has no other effect.
"""

import gc
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from io import BytesIO
from threading import Thread
from time import sleep
from typing import Any

import django
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_resolver, reverse, set_script_prefix
from django.utils.log import log_response
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
django.setup(set_prefix=False)

# These import models, which needs Django to be set up.
from dispatches.public.announcing import announcements  # noqa: E402
from dispatches.public.state import PublicState, read_public_state  # noqa: E402
from wire.cache.pagecache import Application, PageCache, StartResponse  # noqa: E402
from wire.cache.requests import MATCH, Environ  # noqa: E402


def start() -> PageCache:
    """Create the application and start its background work. The server calls this once in each worker process."""
    application = create_application()
    # Exclude everything loaded so far from garbage collection, which otherwise slows requests down.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    Thread(target=recompress_pages, args=[application], daemon=True).start()
    return application


def create_application() -> PageCache:
    """Create the WSGI application: the page cache in front of the public pages and the rest of Django."""
    get_resolver().url_patterns  # noqa: B018 - imports the views
    public_pages = PublicPages()
    return PageCache(
        SafeMethods(WSGIHandler()),
        public_pages,
        announcements(),
        read_state,
        bound=settings.WIRE_PAGE_CACHE_MB * 1_000_000,
    )


def recompress_pages(cache: PageCache) -> None:
    """Compress cached pages better, one by one, with pauses in which requests come first."""
    while True:
        sleep(0.1 if cache.recompress_one() else 1)


def read_state(at: datetime) -> PublicState:
    """Read the site's state outside of a Django request, which would otherwise manage the connection.

    The connection is returned at once, because there may be more threads than connections.
    """
    close_old_connections()
    try:
        return read_public_state(at)
    finally:
        close_old_connections()


def with_public_middleware(view: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], Any]:
    """Wrap a view in the middleware of public pages: settings.MIDDLEWARE without DESK_MIDDLEWARE (sessions, forms, …).

    Middleware that is added later therefore applies to public pages, unless it is declared as the desk's. The headers
    of CONSTANT_MIDDLEWARE, the same on every public page, are computed once.
    """
    public = [path for path in settings.MIDDLEWARE if path not in settings.DESK_MIDDLEWARE]
    constant = _chain([path for path in public if path in settings.CONSTANT_MIDDLEWARE], lambda request: HttpResponse())
    probe = constant(WSGIRequest({"REQUEST_METHOD": "GET", "wsgi.input": BytesIO()}))
    headers = [(name, value) for name, value in probe.items() if name not in HttpResponse().headers]

    respond: Callable[[HttpRequest], Any] = convert_exception_to_response(view)

    def with_constant_headers(request: HttpRequest) -> HttpResponseBase:
        response = respond(request)
        for name, value in headers:
            response.headers.setdefault(name, value)
        return response

    return _chain([path for path in public if path not in settings.CONSTANT_MIDDLEWARE], with_constant_headers)


def _chain(middleware: list[str], view: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], Any]:
    handler: Callable[[HttpRequest], Any] = convert_exception_to_response(view)
    for path in reversed(middleware):
        handler = convert_exception_to_response(import_string(path)(handler))
    return handler


class PublicPages:
    """Serves public pages with a shorter middleware chain, calling the view that the page cache has already resolved.

    Request signals are not sent; the database connections are returned here instead.

    `convert_exception_to_response` and `log_response` are private API of Django, which its own handler uses in the same
    way. They make an uncached page 0.04 ms, or a third, faster than with the full handler (`python -m bench.handlers`).
    """

    def __init__(self) -> None:
        self._respond = with_public_middleware(self._view)

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        request = WSGIRequest(environ)
        set_script_prefix(request.META["SCRIPT_NAME"])
        try:
            response: HttpResponse = self._respond(request)
            if response.status_code >= 400:
                log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
            start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
            return [response.content]
        finally:
            close_old_connections()

    def _view(self, request: HttpRequest) -> HttpResponseBase:
        match = request.resolver_match = request.META[MATCH]
        return match.func(request, *match.args, **match.kwargs)


class SafeMethods:
    """Django for everything but public pages. Methods other than GET and HEAD are allowed at the desk only.

    The answer 405 is sent without reading the request body, so that a slow sender does not occupy a thread
    (RFC 9110, 9.2.1). Nobody is recognized outside the desk, either.
    """

    def __init__(self, application: Application) -> None:
        self._application, self._refuse = application, with_public_middleware(_refuse_method)
        self._desk = reverse("admin:index")

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(self._desk):
            return self._application(environ, start_response)
        if environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            named = {"HTTP_COOKIE", "HTTP_AUTHORIZATION"}
            return self._application({key: environ[key] for key in environ if key not in named}, start_response)
        response: HttpResponse = self._refuse(WSGIRequest(environ))
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]


def _refuse_method(request: HttpRequest) -> HttpResponse:
    body = b"This address only answers GET and HEAD.\n"
    return HttpResponse(
        body,
        status=405,
        headers={
            "Allow": "GET, HEAD",
            "Cache-Control": "no-store",
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(body)),
        },
    )
