"""What pages tell other sites and machines."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from dispatches.public.models import Edition
from wire.documents.addresses import address_of, card_of
from wire.moments import write_moment, write_timestamp

register = template.Library()

# What could end the element, begin another, or a comment, written so that JSON means the same by it.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@register.filter
def as_jsonld(document: dict[str, Any]) -> SafeString:
    """A document as the element that carries it in a page: data, which no browser runs."""
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{data}</script>')  # noqa: S308 - escaped just above


@register.filter
def address(edition: Edition) -> str:
    """The whole address of a dispatch."""
    return address_of(edition)


@register.filter
def card(edition: Edition) -> str:
    """The whole address of the picture of an edition."""
    return card_of(edition)


@register.filter
def in_address(moment: datetime) -> str:
    """A moment as it stands in an address: ?at={{ edition.live_at|in_address }}."""
    return write_moment(moment)


@register.filter
def timestamp(moment: datetime | None) -> str:
    """A moment for machines: <time datetime="{{ edition.live_at|timestamp }}">; nothing for none."""
    return write_timestamp(moment) if moment else ""
