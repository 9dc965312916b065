"""Reduce a request for a public page to what the page may depend on, so that no other request header can change it."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest, get_path_info
from django.urls import Resolver404, resolve

from dispatches.public.state import PublicState

Environ = dict[str, Any]

# Keys of the WSGI environment: the state that a page is rendered in, the time as of which, and the resolved view.
STATE, NOW, MATCH = "wire.state", "wire.now", "wire.match"

# Longer paths are resolved each time.
MAX_CACHED_PATH = 300


class PageKey(NamedTuple):
    """What a public page depends on, besides the site's state. The query has no ignored parameters.

    Over HTTPS a page has one more header (HSTS). The host is not part of it: links are made from WIRE_SITE_URL.
    """

    path: str
    query: str
    is_fragment: bool
    is_secure: bool


def page_key_of(environ: Environ) -> PageKey | None:
    """Return the key of a public page, and store its view in the environment.

    None if Django has to answer: it is no public page, the host is not ours, or HTTP has to be redirected to HTTPS.
    """
    path = get_path_info(environ)
    try:
        match = _resolve(path) if len(path) <= MAX_CACHED_PATH else resolve(path)
        parameters = getattr(match.func, "parameters", None)
        if parameters is None:
            return None
        query = _normalize(environ.get("QUERY_STRING", ""), parameters)
        request = WSGIRequest(environ)
        request.get_host()
    except (Resolver404, ValueError, DisallowedHost):
        return None
    is_secure = request.is_secure()
    if settings.SECURE_SSL_REDIRECT and not is_secure:
        return None
    environ[MATCH] = match
    return PageKey(path, query, is_fragment_request(environ), is_secure)


def is_fragment_request(environ: Environ) -> bool:
    """Return True if htmx requests a part of a page. To restore its history it needs the whole page."""
    return environ.get("HTTP_HX_REQUEST") == "true" and environ.get("HTTP_HX_HISTORY_RESTORE_REQUEST") != "true"


def environ_for(page_key: PageKey, environ: Environ, state: PublicState, at: datetime | None) -> Environ:
    """Return the WSGI environment of a GET request for a page, with only the headers that its key stands for.

    The view gets the site's state and the time as of which to render.
    """
    plain = {name: value for name, value in environ.items() if not name.startswith("HTTP_")}
    plain |= {"REQUEST_METHOD": "GET", "QUERY_STRING": page_key.query, STATE: state, NOW: at}
    plain["HTTP_HOST"] = urlsplit(settings.WIRE_SITE_URL).netloc
    if settings.SECURE_PROXY_SSL_HEADER:
        name, secure = settings.SECURE_PROXY_SSL_HEADER
        plain[name] = secure if page_key.is_secure else "http"
    if page_key.is_fragment:
        plain["HTTP_HX_REQUEST"] = "true"
    return plain


# Resolving a path takes as long as querying the database for a page.
_resolve: Any = lru_cache(maxsize=1_000)(resolve)


def _normalize(query: str, parameters: tuple[str, ...]) -> str:
    """Return the parts of a query string that a page depends on, in one order and encoding. Raises ValueError."""
    if not query:
        return ""
    # WSGI passes the bytes of an address as characters (PEP 3333).
    asked = dict(parse_qsl(query.encode("latin-1").decode("utf-8", "replace"), max_num_fields=100))
    return urlencode([(name, asked[name]) for name in parameters if asked.get(name)])
