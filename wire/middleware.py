"""Middleware for every response: security headers, and removal of control characters."""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# What other sites may embed or load: addresses by name, and a static file. Everything else is for this site only.
SHARED = {
    *("card", "touch-icon", "ninjs", "items", "signal-ledger", "embed", "oembed"),
    *("wire-feed", "corrections-feed", "section-feed", "story-feed", "signal-feed"),
}
# The style sheet is for the frame: in a sandbox, its origin is none.
SHARED_FILES = {"wire/ninjs.schema.json", "wire/wire.css"}
# What collectstatic adds to the names of files.
_DIGEST = re.compile(r"\.[0-9a-f]{12}(?=\.\w+$)")
# Features of browsers that no page uses.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen"),
        *("geolocation", "gyroscope", "hid", "identity-credentials-get", "idle-detection", "interest-cohort"),
        *("local-fonts", "magnetometer", "microphone", "midi", "otp-credentials", "payment", "picture-in-picture"),
        *("screen-wake-lock", "serial", "storage-access", "usb", "window-management"),
        "xr-spatial-tracking",
    )
)


def set_policies(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Set what Django and django-csp do not set, and what Django does not set on the refusal of a foreign host."""
    standing = {
        "Permissions-Policy": PERMISSIONS,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    }
    shared_paths = {settings.STATIC_URL + name for name in SHARED_FILES}

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        name = request.resolver_match.url_name if request.resolver_match else ""
        is_shared = name in SHARED or _DIGEST.sub("", request.path) in shared_paths
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin" if is_shared else "same-origin"
        for header, value in standing.items():
            response.headers.setdefault(header, value)
        return response

    return respond


# The characters that `sources/text.py` removes, in UTF-8. It begins with one set of bytes, and not with alternatives,
# because the regular expression engine then skips everything else ten times as fast.
_UNCLEAN = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xc2\xd8\xe2\xef\xf0-\xf4]"
    rb"(?:(?<=[\x00-\x1f\x7f])|(?<=\xc2)[\x80-\x9f]|(?<=\xd8)\x9c"
    rb"|(?<=\xe2)(?:\x80[\x8e\x8f\xaa-\xae]|\x81[\xa6-\xa9])"
    rb"|(?<=\xef)(?:\xb7[\x90-\xaf]|\xbf[\xbe\xbf])|(?<=[\xf0-\xf4])[\x8f\x9f\xaf\xbf]\xbf[\xbe\xbf])"
)


def clean_text(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Remove control characters, noncharacters and direction marks from every page and document.

    They are removed when a text is stored. This is for what was stored otherwise, for settings, and for what a request
    says that a page repeats.
    """

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if isinstance(response, HttpResponse) and not response.headers.get("Content-Type", "").startswith("image/"):
            content = response.content
            if _UNCLEAN.search(content):
                response.content = _UNCLEAN.sub(b"", content)
        return response

    return respond
