"""The Signal card for other sites: a frame, and the oEmbed document that leads to it (https://oembed.com)."""

from datetime import date
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.html import format_html
from django.views.decorators.clickjacking import xframe_options_exempt

from dispatches.public.models import Edition
from wire.cache.policy import public
from wire.converters import is_number
from wire.documents.addresses import absolute, card_of
from wire.errors import NotFound
from wire.views.dispatches import edition_at, has_moved, redirect_to

# The size of the frame in pixels, and the least that is of use.
WIDTH, HEIGHT, SMALLEST = 560, 460, 160

# It may be framed by any site. It runs no script, sends no form, and loads our style sheet only.
POLICY = build_policy(
    config={
        "default-src": [NONE],
        "style-src": [SELF],
        "form-action": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": ["*"],
    }
)


@public()
@xframe_options_exempt
def embed(request: HttpRequest, dated: date, slug: str) -> HttpResponseBase:
    """Show the Signal card of a dispatch. If it was withdrawn, the card says when and why instead."""
    current = edition_at(request, dated, slug)
    if has_moved(current, slug):
        return redirect_to(request, "embed", current)
    response = render(request, "wire/embed.html", {"edition": current}, status=410 if current.is_withdrawn else 200)
    response["Content-Security-Policy"] = POLICY
    return response


@public("url", "format", "maxwidth", "maxheight")
def oembed(request: HttpRequest) -> HttpResponse:
    """The oEmbed document of the dispatch at ?url=, which other sites turn into a frame."""
    if request.GET.get("format", "json") != "json":
        return HttpResponse("Only JSON is available.\n", status=501, content_type="text/plain; charset=utf-8")
    edition = _edition_of_address(request, request.GET.get("url", ""))
    width, height = _at_most(request, "maxwidth", WIDTH), _at_most(request, "maxheight", HEIGHT)
    frame = format_html(
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>',
        absolute(reverse("embed", args=[edition.dated, edition.slug])),
        f"Signal of: {edition.headline}",
        width,
        height,
    )
    return JsonResponse(
        {
            "version": "1.0",
            "type": "rich",
            "title": edition.headline,
            "author_name": edition.byline,
            "provider_name": settings.WIRE_SITE_NAME,
            "provider_url": absolute("/"),
            "cache_age": 1,
            "thumbnail_url": card_of(edition),
            "thumbnail_width": 1200,
            "thumbnail_height": 630,
            "width": width,
            "height": height,
            "html": frame,
        },
        json_dumps_params={"ensure_ascii": False},
    )


def _edition_of_address(request: HttpRequest, address: str) -> Edition:
    """Return the current edition of the dispatch with this absolute URL. Raises NotFound."""
    wanted = NotFound("Give the address of a dispatch: /oembed.json?url=…")
    try:
        parts = urlsplit(address)
        match = resolve(unquote(parts.path))
    except (ValueError, Resolver404) as error:
        raise wanted from error
    if parts.netloc != urlsplit(settings.WIRE_SITE_URL).netloc or match.url_name != "dispatch":
        raise wanted
    edition = edition_at(request, **match.kwargs)
    if edition.is_withdrawn:
        raise NotFound("It was withdrawn.")
    return edition


def _at_most(request: HttpRequest, name: str, usual: int) -> int:
    """Return a length in pixels, no greater than the query string allows."""
    given = request.GET.get(name, "")
    return max(SMALLEST, min(usual, int(given))) if is_number(given) else usual
