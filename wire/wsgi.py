"""What the server runs: `granian --interface wsgi wire.wsgi:application`."""

import gc
import os
from datetime import datetime

import django
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest, get_script_name
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import get_resolver, set_script_prefix

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
django.setup(set_prefix=False)

# What has models can only be imported now.
from dispatches.announcing import announcements  # noqa: E402
from dispatches.editions import PublicState, read_public_state  # noqa: E402
from wire.pagecache import MATCH, Environ, PageCache, StartResponse  # noqa: E402


def read_state(at: datetime) -> PublicState:
    """The site's state, asked for outside of any request of Django's, who sees to its connections only within one."""
    close_old_connections()
    return read_public_state(at)


class PublicHandler(BaseHandler):
    """Django on a shorter way: through `PUBLIC_MIDDLEWARE` to the view that the page cache has found already.

    It sends no signals of its requests, and so returns the connections to the database itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware()

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        set_script_prefix(get_script_name(environ))
        try:
            response = self.get_response(WSGIRequest(environ))
            start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
            return [b"".join(response)]
        finally:
            close_old_connections()

    def load_middleware(self, is_async: bool = False) -> None:
        whole, settings.MIDDLEWARE = settings.MIDDLEWARE, settings.PUBLIC_MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = whole

    def _get_response(self, request: HttpRequest) -> HttpResponseBase:
        match = request.resolver_match = request.META[MATCH]
        return match.func(request, *match.args, **match.kwargs)


# What has been loaded stays: the collector need not look at it again and again, least of all while a page is made.
get_resolver().url_patterns  # noqa: B018 - loads the views
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)

application = PageCache(
    WSGIHandler(), PublicHandler(), announcements(), read_state, bound=settings.WIRE_PAGE_CACHE_MB * 1_000_000
)
