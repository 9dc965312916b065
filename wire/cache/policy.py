"""Declare which pages are public, and what browsers and caches may do with them. `pagecache.py` relies on it."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from wire.cache.requests import is_fragment_request
from wire.logs import is_address_concealed

# Fresh for one second and never stale: a withdrawn dispatch must be gone from every cache within two seconds.
# The zeros are for caches that serve stale pages unless told otherwise (RFC 5861), such as Varnish (its grace period).
SHORT_LIVED = "max-age=1, must-revalidate, stale-while-revalidate=0, stale-if-error=0"
FRESHNESS = f"public, {SHORT_LIVED}"
VARY = "HX-Request, HX-History-Restore-Request"


def wants_fragment(request: HttpRequest) -> bool:
    """Return True if htmx requests a part of a page."""
    return is_fragment_request(request.META)


View = Callable[..., HttpResponseBase]


def public(*parameters: str) -> Callable[[View], View]:
    """Mark a view as a public page: GET and HEAD only, the same for everyone, cacheable by anyone.
    The page depends only on its path, on these query `parameters`, and on the site's state. A view that also depends
    on the clock sets `SHORT_LIVED`, which the page cache does not store.
    """

    def decorate(view: View) -> View:
        @require_safe
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = view(request, *args, **kwargs)
            response.headers["Vary"] = VARY
            response.headers.setdefault("Cache-Control", FRESHNESS)
            response["Surrogate-Key"] = _surrogate_keys(request, kwargs)
            return response

        page.parameters = parameters  # type: ignore[attr-defined]
        return page

    return decorate


def _surrogate_keys(request: HttpRequest, named: Mapping[str, Any]) -> str:
    """Return surrogate keys for purging a cache: all pages, pages of a kind, all pages of a dispatch.

    A former address of a withdrawn dispatch has none of its own: one that was expunged may name somebody.
    """
    keys = ["wire", request.resolver_match.url_name if request.resolver_match else ""]
    if "slug" in named and not is_address_concealed(request):
        day = f"{named['dated']}/".replace("-", "/") if "dated" in named else ""
        keys.append(day + named["slug"])
    return " ".join(key for key in keys if key)
