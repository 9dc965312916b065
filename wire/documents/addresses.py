"""Addresses and names that hold outside of this site: in feeds, in documents, on other sites."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape

from dispatches.public.models import Edition


def absolute(path: str) -> str:
    """The whole address of a path of this site."""
    return settings.WIRE_SITE_URL + path


def address_of(edition: Edition) -> str:
    """The whole address of a dispatch."""
    return absolute(edition.get_absolute_url())


def card_of(edition: Edition) -> str:
    """The whole address of the picture that other sites show beside a link to an edition."""
    return absolute(reverse("card", args=[edition.dated, edition.slug, edition.number]))


def identity_of(edition: Edition) -> str:
    """What names a dispatch for good, whatever its headline or its address become: a tag URI (RFC 4151)."""
    return (
        f"tag:{urlsplit(settings.WIRE_SITE_URL).hostname},{edition.dated.isoformat()}:dispatch-{edition.publication_id}"
    )


def notice_identity_of(edition: Edition) -> str:
    """What names for good that readers were told with this edition what was wrong."""
    return f"{identity_of(edition)}-{edition.number}"


def signal_identity_of(edition: Edition) -> str:
    """What names for good that the Signal changed with this edition: another event, also where it corrects as well."""
    return f"{identity_of(edition)}-{edition.number}-signal"


def with_absolute_links(html: str, page: str) -> str:
    """The safe HTML of a body with every link whole, as it is where the page at this address is not.

    >>> with_absolute_links('<a href="/wire/">x</a> <a href="#y">y</a>', "https://site.example/a/")
    '<a href="https://site.example/wire/">x</a> <a href="https://site.example/a/#y">y</a>'
    """
    return re.sub(r'href="([^"]*)"', lambda match: f'href="{escape(urljoin(page, unescape(match[1])))}"', html)
