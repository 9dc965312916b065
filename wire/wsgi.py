"""What each worker of the server runs (`wire/supervisor.py`).

Importing this module sets Django up and has no other effect.
"""

import gc
import os
import resource
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from importlib import import_module
from io import BytesIO
from threading import Thread
from time import sleep
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_resolver, set_script_prefix
from django.utils.log import log_response
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
django.setup(set_prefix=False)

# These import models, which needs Django to be set up.
from dispatches.public import surface  # noqa: E402
from dispatches.public.announcing import announcements  # noqa: E402
from dispatches.public.state import PublicState, read_public_state  # noqa: E402
from wire.cache.pagecache import IS_CLOSED, IS_CUT_OFF, IS_FULL, Application, PageCache, StartResponse  # noqa: E402
from wire.cache.requests import MATCH, NOW, Environ  # noqa: E402
from wire.heartbeat import start_heartbeat  # noqa: E402
from wire.outages import DESK as EDITORS  # noqa: E402
from wire.outages import Outage, outages  # noqa: E402
from wire.shares import Share, ShareFull, SharePerAddress  # noqa: E402
from wire.urls import DESK, INTAKE  # noqa: E402
from wire.views.health import IS_STALE  # noqa: E402

READYZ = "/readyz"
PROBES = {"/healthz", READYZ}

# How many of the server's threads each kind of slow work may take. Together they must leave some for cached pages:
# a worker has more (`supervisor.THREADS`).
RENDERING = Share(active=4, waiting=16)
INSIDE = Share(active=6, waiting=6)
VISITING = Share(active=1, waiting=5)
OUTSIDE = SharePerAddress(active=4, each=2)
PUSHING = Share(active=2, waiting=1)
# One health check at a time looks at the database and the files.
PROBING = Share(active=1, waiting=2, seconds=2)
# Finding out which share a request belongs to asks the database, which may not answer.
CHECKING = Share(active=2, waiting=4, seconds=2)


def start() -> Application:
    """Create the application and start its background work. The server calls this once in each worker process."""
    application = create_application()
    # Idle connections need a file each; the usual limit of 1,024 is soon reached.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # Exclude everything loaded so far from garbage collection, which otherwise slows requests down.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    # The interpreter switches threads after this many seconds. With Python's default of 0.005, a request for a cached
    # page could wait 5 ms for each thread that is running.
    sys.setswitchinterval(0.0005)
    if isinstance(application, PageCache):
        Thread(target=application.keep_current, name="state", daemon=True).start()
        Thread(target=recompress_pages, args=[application], daemon=True).start()
        start_heartbeat(application)
    return application


def create_application() -> Application:
    """Create the WSGI application: the page cache in front of the public pages and the rest of Django."""
    get_resolver().url_patterns  # noqa: B018 - imports the views
    if settings.WIRE_SURFACE == "desk":
        return OtherAddresses(WSGIHandler())
    others = OtherAddresses(WSGIHandler())
    others.cache = PageCache(
        others,
        PublicPages(),
        announcements(),
        read_state,
        bound=settings.WIRE_PAGE_CACHE_MB * 1_000_000,
        share=RENDERING,
    )
    return others.cache


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
        with surface.reading():
            return read_public_state(at)
    finally:
        close_old_connections()


def with_public_middleware(view: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], Any]:
    """Wrap a view in the middleware of public pages: settings.MIDDLEWARE without DESK_MIDDLEWARE (sessions, forms, …).

    Middleware that is added later therefore applies to public pages, unless it is declared as the desk's. The headers
    of CONSTANT_MIDDLEWARE, the same on every public page but the one that may be framed, are computed once.
    """
    public = [path for path in settings.MIDDLEWARE if path not in settings.DESK_MIDDLEWARE]
    constant = _chain([path for path in public if path in settings.CONSTANT_MIDDLEWARE], lambda request: HttpResponse())
    probe = constant(WSGIRequest({"REQUEST_METHOD": "GET", "wsgi.input": BytesIO()}))
    headers = [(name, value) for name, value in probe.items() if name not in HttpResponse().headers]

    respond: Callable[[HttpRequest], Any] = convert_exception_to_response(view)

    def with_constant_headers(request: HttpRequest) -> HttpResponseBase:
        response = respond(request)
        for name, value in headers:
            if name != "X-Frame-Options" or not getattr(response, "xframe_options_exempt", False):
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
            with surface.reading(environ.get(NOW)):
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


class OtherAddresses:
    """Django for everything but public pages: the desk, static files, and addresses that do not exist.

    Readers' addresses are answered as on the readers' surface: without cookies, and to GET and HEAD only. The answer
    405 is sent without reading the request body, so that a slow sender does not occupy a thread (RFC 9110, 9.2.1).
    Requests to the desk take a thread of its share; those without a login of other shares: for pages, and for bodies.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        # The page cache in front, if there is one.
        self.cache: PageCache | None = None
        self._refuse = with_public_middleware(_refuse)
        self._serves_readers = settings.WIRE_SURFACE != "desk"
        self._client_address = import_string(settings.AXES_CLIENT_IP_CALLABLE)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path, is_safe = environ["PATH_INFO"], environ["REQUEST_METHOD"] in {"GET", "HEAD"}
        try:
            if IS_FULL in environ:
                raise ShareFull
            if IS_CLOSED in environ:
                return self._say(environ, start_response, 503, CLOSED)
            if IS_CUT_OFF in environ:
                return self._say(environ, start_response, 503, "The site can't be read at the moment. Try again later.")
            if settings.WIRE_SURFACE != "public" and path.startswith(f"/{DESK}"):
                with self._share_of(environ, path, is_safe):
                    return self._application(environ, start_response)
            if not is_safe:
                return self._say(environ, start_response, 405, "This address only answers GET and HEAD.")
            if path in PROBES:
                with PROBING if path == READYZ else nullcontext():
                    return self._application(self._as_probe(environ), start_response)
            # They are not rendered.
            is_plain = path.startswith(settings.STATIC_URL)
            if not (self._serves_readers or is_plain):
                return self._say(environ, start_response, 404, f"Readers' pages are at {settings.WIRE_SITE_URL}.")
            environ = {name: value for name, value in environ.items() if name not in _FROM_READERS}
            with nullcontext() if is_plain else RENDERING, surface.reading():
                return self._application(environ, start_response)
        except ShareFull:
            return self._say(environ, start_response, 503, "Too many requests at once. Try again in a few seconds.")

    def _share_of(self, environ: Environ, path: str, is_safe: bool) -> AbstractContextManager[None]:
        if path.startswith(f"/{DESK}{INTAKE}"):
            return PUSHING
        with CHECKING:
            is_inside = has_login(environ)
        if is_inside:
            return INSIDE
        return VISITING if is_safe else OUTSIDE.of(self._client_address(WSGIRequest(environ)) or "")

    def _as_probe(self, environ: Environ) -> Environ:
        """Return the environment of a health check, as if it had come from the site's own proxy: it may be by IP."""
        environ = {name: value for name, value in environ.items() if name not in _FROM_READERS}
        environ["HTTP_HOST"] = urlsplit(settings.WIRE_SITE_URL).netloc
        if settings.SECURE_PROXY_SSL_HEADER:
            name, secure = settings.SECURE_PROXY_SSL_HEADER
            environ[name] = secure
        if self.cache and self.cache.withdrawals_served is None:
            environ[IS_STALE] = True
        return environ

    def _say(self, environ: Environ, start_response: StartResponse, status: int, text: str) -> list[bytes]:
        response: HttpResponse = self._refuse(WSGIRequest(environ | {SAYING: (status, text)}))
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else response.content]


_FROM_READERS = {"HTTP_COOKIE", "HTTP_AUTHORIZATION"}
SAYING = "wire.saying"
CLOSED = "The site was restored from a backup and is not open to readers yet. Try again later."


def has_login(environ: Environ) -> bool:
    """Return True if a request comes with the session of someone who is logged in. Reads no request body."""
    key = WSGIRequest(environ).COOKIES.get(settings.SESSION_COOKIE_NAME)
    try:
        is_inside = bool(key) and SESSION_KEY in import_module(settings.SESSION_ENGINE).SessionStore(key)
        if key:
            outages.end(EDITORS, Outage.GONE)
        return is_inside
    except DatabaseError:
        # The request itself will meet the same error, and report it.
        return False
    finally:
        close_old_connections()


def _refuse(request: HttpRequest) -> HttpResponse:
    status, text = request.META[SAYING]
    body = f"{text}\n".encode()
    headers = {
        "Cache-Control": "no-store",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(body)),
    }
    if status == 405:
        headers["Allow"] = "GET, HEAD"
    if status == 503:
        headers["Retry-After"] = "3"
    return HttpResponse(body, status=status, headers=headers)
