"""Health checks for whoever watches the servers: by any host, so that a load balancer may ask by address."""

import logging
from threading import Lock
from time import monotonic

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dispatches.public.installation import find_problems

logger = logging.getLogger(__name__)

# Key of the WSGI environment: the process has not read the site's state for some seconds.
IS_STALE = "wire.is_stale"
# For how long, in seconds, an answer is repeated: finding out takes longer than a page.
REPEATED = 5.0


class _Latest:
    """The problems found last, and when."""

    lock = Lock()
    found: list[str] = []
    at = float("-inf")


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return _say(200, ["ok"])


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The process can serve its pages, or says in words why not."""
    if IS_STALE in request.META:
        # Not asked again: it may not answer at all.
        return _say(503, ["The database does not answer. Cached pages are served."])
    with _Latest.lock:
        if monotonic() - _Latest.at > REPEATED:
            problems = find_problems()
            found = [problem.what for problem in problems]
            if found != _Latest.found:
                said = f"Not ready. {' '.join(map(str, problems))}" if found else "Ready again."
                logger.warning("%s", said)
            _Latest.found, _Latest.at = found, monotonic()
        found = _Latest.found
    return _say(503, found) if found else _say(200, ["ready"])


def _say(status: int, lines: list[str]) -> HttpResponse:
    response = HttpResponse("\n".join([*lines, ""]), status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
