"""Sitemaps and robots.txt for search engines, and security.txt."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from dispatches.public.models import Section
from wire.cache.fragments import fragments
from wire.cache.policy import SHORT_LIVED, public
from wire.documents.addresses import absolute
from wire.documents.feeds import for_xml
from wire.documents.sitemaps import read_news, read_part, read_parts
from wire.errors import NotFound
from wire.times import format_timestamp

XML = "application/xml; charset=utf-8"


@public()
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """The index of the sitemaps, which depends only on their number."""
    parts = read_parts()

    def render_index() -> str:
        addresses = [absolute(reverse("sitemap-pages")), absolute(reverse("news-sitemap"))]
        addresses += [absolute(reverse("sitemap", args=[part])) for part in parts]
        return _render("wire/sitemap_index.xml", {"addresses": addresses})

    return HttpResponse(fragments.get(request, (request.path, len(parts)), render_index), content_type=XML)


@public()
def sitemap_pages(request: HttpRequest) -> HttpResponse:
    """The sitemap of all pages other than dispatches."""
    names = ("top-stories", "wire", "signal", "corrections", "following")
    paths = [*map(reverse, names), *(section.get_absolute_url() for section in Section.objects.all())]
    entries = [(absolute(path), None) for path in paths]
    return HttpResponse(_render("wire/sitemap.xml", {"entries": entries}), content_type=XML)


@public()
def sitemap(request: HttpRequest, part: int) -> HttpResponse:
    """The sitemap of one month's dispatches."""
    editions = read_part(part)
    if not editions:
        raise NotFound("There is no such sitemap.")
    entries = [(absolute(each.get_absolute_url()), each.revised_at) for each in editions]
    return HttpResponse(_render("wire/sitemap.xml", {"entries": entries}), content_type=XML)


@public()
def news_sitemap(request: HttpRequest) -> HttpResponse:
    """The sitemap of the last two days, for news search."""
    entries = [(absolute(each.get_absolute_url()), each) for each in read_news()]
    context = {"entries": entries, "name": settings.WIRE_SITE_NAME}
    response = HttpResponse(_render("wire/news_sitemap.xml", context), content_type=XML)
    # Dispatches drop out of it by the clock alone.
    response["Cache-Control"] = SHORT_LIVED
    return response


def _render(template: str, context: dict[str, Any]) -> str:
    return for_xml(render_to_string(template, context))


@public()
def robots(request: HttpRequest) -> HttpResponse:
    """Exclude crawlers from the desk and from the endless combinations of a search."""
    lines = [
        "User-agent: *",
        "Disallow: /desk/",
        "Disallow: /search/",
        "Disallow: /*/history/?",
        "",
        f"Sitemap: {absolute(reverse('sitemap-index'))}",
        f"Sitemap: {absolute(reverse('news-sitemap'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@public()
def security(request: HttpRequest) -> HttpResponse:
    """Where to report a weakness (RFC 9116)."""
    if not settings.WIRE_SECURITY_CONTACT:
        raise NotFound("This site names no contact for reports of weaknesses.")
    # Expires is required, and at most a year ahead. Rounded to the day, so that the response is the same all day.
    expires = datetime.combine(timezone.now().astimezone(UTC).date() + timedelta(days=180), time(), tzinfo=UTC)
    lines = [
        f"Contact: {settings.WIRE_SECURITY_CONTACT}",
        f"Expires: {format_timestamp(expires)}",
        f"Canonical: {absolute(request.path)}",
        "Preferred-Languages: en",
    ]
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = SHORT_LIVED
    return response
