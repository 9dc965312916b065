"""What browsers and caches may keep of a public page, and for how long."""

import hashlib
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.views.decorators.http import condition, require_safe
from django_htmx.middleware import HtmxDetails

from dispatches.editions import read_site_state

FRESHNESS = "public, max-age=5, stale-while-revalidate=30"


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page; when it restores a page for Back, it needs the whole."""
    htmx = HtmxDetails(request)
    return bool(htmx) and not htmx.history_restore_request


View = Callable[..., HttpResponseBase]


def public(view: View) -> View:
    """A page for readers: GET and HEAD only, cacheable by anybody, and answered 304 while the site has not changed.

    A public page follows from its address, the state of the site and the code alone, so these make its ETag.
    """

    def etag(request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        parts = [read_site_state(), _release(), str(wants_fragment(request))]
        # A digest with our key: nobody reads out of it how often the desk has done what.
        return f'"{salted_hmac("etag", " ".join(parts)).hexdigest()[:20]}"'

    conditional = condition(etag_func=etag)(view)

    @require_safe
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = conditional(request, *args, **kwargs)
        patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
        response.headers.setdefault("Cache-Control", FRESHNESS)
        return response

    return page


@cache
def _release() -> str:
    """A short name for the templates, style sheets and settings that pages are made with."""
    digest = hashlib.sha256()
    for folder in ("templates", "static", "wire", "dispatches"):
        for path in sorted((settings.BASE_DIR / folder).rglob("*")):
            if path.is_file() and path.suffix in {".html", ".css", ".js", ".py"}:
                digest.update(path.read_bytes())
    for name in sorted(name for name in dir(settings) if name.startswith(("WIRE_", "TIME_ZONE"))):
        digest.update(f"{name}={getattr(settings, name)!r}".encode())
    return digest.hexdigest()[:12]
