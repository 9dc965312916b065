"""Absolute URLs and permanent ids, for feeds, documents and other sites."""

import re
from datetime import UTC
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.html import escape

from dispatches.public.models import Edition
from wire.times import format_time, whole_second


def absolute(path: str) -> str:
    """Return the absolute URL of a path, in ASCII."""
    return settings.WIRE_SITE_URL + iri_to_uri(path)


def address_of(edition: Edition) -> str:
    """Return the absolute URL of a dispatch."""
    return absolute(edition.get_absolute_url())


def address_of_edition(edition: Edition) -> str:
    """Return the absolute URL of a dispatch as it was in this edition, even if that is not the current one."""
    return f"{address_of(edition)}?at={time_of(edition)}"


def time_of(edition: Edition) -> str:
    """Return the time that leads to an edition as ?at=: to the second, unless the edition was replaced by then."""
    is_brief = edition.replaced_at and edition.replaced_at <= whole_second(edition.live_at)
    return (
        edition.live_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if is_brief else format_time(edition.live_at)
    )


def card_of(edition: Edition) -> str:
    """Return the absolute URL of the preview image of an edition."""
    return absolute(reverse("card", args=[edition.dated, edition.slug, edition.number]))


def identity_of(edition: Edition) -> str:
    """Return the permanent id of a dispatch, whatever its headline and address: a tag URI (RFC 4151)."""
    return (
        f"tag:{urlsplit(settings.WIRE_SITE_URL).hostname},{edition.dated.isoformat()}:dispatch-{edition.publication_id}"
    )


def notice_identity_of(edition: Edition) -> str:
    """Return the permanent id of the correction notice in an edition."""
    return f"{identity_of(edition)}-{edition.number}"


def signal_identity_of(edition: Edition) -> str:
    """Return the permanent id of the Signal change in an edition, distinct from that of a notice in it."""
    return f"{identity_of(edition)}-{edition.number}-signal"


def with_absolute_links(html: str, page: str) -> str:
    """Make every link in a body absolute; `page` is the page's own address. Expects safe HTML.

    >>> with_absolute_links('<a href="/wire/">x</a> <a href="#y">y</a>', "https://site.example/a/")
    '<a href="https://site.example/wire/">x</a> <a href="https://site.example/a/#y">y</a>'
    """
    return re.sub(r'href="([^"]*)"', lambda match: f'href="{escape(urljoin(page, unescape(match[1])))}"', html)
