"""Metadata that pages give to other sites and machines."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from dispatches.public.models import Edition
from wire.documents.addresses import absolute, address_of, card_of, time_of
from wire.times import format_timestamp

register = template.Library()

# Characters that could end the element or start a comment, replaced by equivalent JSON escapes.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@register.filter
def as_jsonld(document: dict[str, Any]) -> SafeString:
    """Embed a document in a page as JSON-LD: data, which browsers do not run."""
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{data}</script>')  # noqa: S308 - escaped just above


@register.filter
def address(edition: Edition) -> str:
    """Return the absolute URL of a dispatch."""
    return address_of(edition)


@register.filter
def absolute_of(name: str) -> str:
    """Return the absolute URL of a page by its name."""
    return absolute(reverse(name))


@register.filter
def card(edition: Edition) -> str:
    """Return the absolute URL of the preview image of an edition."""
    return card_of(edition)


@register.filter
def oembed(edition: Edition) -> str:
    """Return the absolute URL of the oEmbed document of a dispatch."""
    return f"{absolute(reverse('oembed'))}?{urlencode({'url': address_of(edition)}, safe=':/')}"


@register.filter
def time_in_address(edition: Edition) -> str:
    """Return the time of an edition for an address: ?at={{ edition|time_in_address }}."""
    return time_of(edition)


@register.filter
def timestamp(when: datetime | None) -> str:
    """Format a time for machines: <time datetime="{{ edition.live_at|timestamp }}">. Empty for None."""
    return format_timestamp(when) if when else ""
