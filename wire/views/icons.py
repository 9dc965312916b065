"""The site's icon, at the addresses where browsers look for one unasked, and the web app manifest."""

import struct

import resvg_py
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse

from wire.cache.policy import public

ICON = "wire/icon.svg"
# Width and height in pixels.
FAVICON, TOUCH_ICON = 32, 180


def _draw(size: int) -> bytes:
    """Return the icon as a square PNG."""
    return bytes(
        resvg_py.svg_to_bytes(svg_path=str(finders.find(ICON)), width=size, height=size, skip_system_fonts=True)
    )


@public()
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon as ICO: a directory with one entry, and a PNG."""
    image = _draw(FAVICON)
    directory = struct.pack("<3H4B2H2L", 0, 1, 1, FAVICON, FAVICON, 0, 0, 1, 32, len(image), 6 + 16)
    return HttpResponse(directory + image, content_type="image/x-icon")


@public()
def touch_icon(request: HttpRequest) -> HttpResponse:
    """The icon for the home screen of a phone."""
    return HttpResponse(_draw(TOUCH_ICON), content_type="image/png")


@public()
def manifest(request: HttpRequest) -> JsonResponse:
    """The web app manifest (W3C): name and icons for a home screen."""
    return JsonResponse(
        {
            "name": settings.WIRE_SITE_NAME,
            "short_name": settings.WIRE_SITE_NAME,
            "start_url": reverse("top-stories"),
            "display": "browser",
            "icons": [
                {"src": static(ICON), "type": "image/svg+xml", "sizes": "any"},
                {"src": reverse("touch-icon"), "type": "image/png", "sizes": f"{TOUCH_ICON}x{TOUCH_ICON}"},
            ],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )
