"""Which pages are public, and what browsers and caches may keep of them. The page cache (`pagecache.py`) goes by it."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from wire.cache.pagecache import asks_for_fragment

# One second, and nothing stale after it: whatever the desk withdraws has to be gone from every cache within two.
# The zeros are for caches that serve stale pages unless told otherwise (RFC 5861), such as Varnish (its grace period).
BRIEFLY = "max-age=1, must-revalidate, stale-while-revalidate=0, stale-if-error=0"
FRESHNESS = f"public, {BRIEFLY}"
VARY = "HX-Request, HX-History-Restore-Request"


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return asks_for_fragment(request.META)


View = Callable[..., HttpResponseBase]


def public(*parameters: str) -> Callable[[View], View]:
    """A page for readers: GET and HEAD only, the same for everybody, to be kept by anybody.

    It follows from its path, these `parameters` of its address and the state of the site alone, whatever else there is
    in a reader's request. A view whose page also follows from the clock sets `BRIEFLY`, which the page cache skips.
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
    """Names by which a cache that can be told to let go of pages finds them: all of them, a kind, all of a dispatch."""
    keys = ["wire", request.resolver_match.url_name if request.resolver_match else ""]
    if "slug" in named:
        day = f"{named['dated']}/".replace("-", "/") if "dated" in named else ""
        keys.append(day + named["slug"])
    return " ".join(key for key in keys if key)
