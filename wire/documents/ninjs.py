"""Describe a dispatch as ninjs 3.1, the IPTC's JSON format for news.
Our Signal has no place in the standard, so it is an additional property, `signal`. The document's schema is
static/wire/ninjs.schema.json, which extends the standard's schema in the way that it provides for.
"""

from typing import Any

from django.conf import settings
from django.urls import reverse

from dispatches.public.bidi import language_of_text
from dispatches.public.ledger import PublicDevelopment
from dispatches.public.models import Edition
from dispatches.public.panel import panel_of
from dispatches.public.search.documents import plain_text
from wire.documents.addresses import absolute, address_of, card_of, identity_of, with_absolute_links
from wire.documents.ledger import describe_signal
from wire.times import format_timestamp


def describe_item(edition: Edition) -> dict[str, Any]:
    """Return the item of an edition. For a withdrawn one: only its ids, that it is canceled, when, and why."""
    item: dict[str, Any] = {
        "uri": identity_of(edition),
        "standard": {
            "name": "ninjs",
            "version": "3.1",
            "schema": absolute(f"{settings.STATIC_URL}wire/ninjs.schema.json"),
        },
        "type": "text",
        "version": str(edition.number),
        "firstCreated": format_timestamp(edition.published_at),
        "versionCreated": format_timestamp(edition.live_at),
        "pubStatus": "canceled" if edition.is_withdrawn else "usable",
        "language": language_of_text(edition.headline),
        "headlines": [{"role": "main", "value": edition.headline}],
        "altIds": [{"role": "web", "value": address_of(edition)}],
        "by": edition.byline,
        "copyrightHolder": settings.WIRE_SITE_NAME,
        "subjects": [{"name": edition.section.beat, "rel": "about"}],
        "signal": describe_signal(edition),
    }
    if edition.note:
        item["edNote"] = f"{edition.get_kind_display()}: {edition.note}"
    if edition.is_withdrawn:
        return item | {"representationType": "partial"}
    text = plain_text(edition.linked_body)
    item["signal"] |= {
        "summary": panel_of(edition).summary,
        "developments": [_describe_development(each) for each in edition.public_developments if each.is_rated],
    }
    return item | {
        "representationType": "full",
        "slugline": edition.slug,
        "descriptions": [{"role": "summary", "contentType": "text/plain", "value": edition.tldr}],
        "bodies": [
            {
                "role": "main",
                "contentType": "text/html",
                "charCount": len(text),
                "wordCount": len(text.split()),
                "value": with_absolute_links(edition.body, address_of(edition)),
            },
            {"role": "plain", "contentType": "text/plain", "value": text},
        ],
        "infoSources": [
            {"name": line.source, "role": line.stance} | ({"uri": line.url} if line.url else {})
            for line in edition.named_sources
        ],
        "renditions": [
            {
                "name": "card",
                "href": card_of(edition),
                "contentType": "image/png",
                "width": 1200,
                "height": 630,
            }
        ],
        "trustIndicators": [
            {"title": "How the Signal is computed", "href": absolute(reverse("signal"))},
            {"title": "Corrections", "href": absolute(reverse("corrections"))},
            {"title": "History", "href": absolute(reverse("history", args=[edition.dated, edition.slug]))},
            {"title": "Ledger", "href": absolute(reverse("signal-ledger", args=[edition.dated, edition.slug]))},
        ],
    }


def _describe_development(development: PublicDevelopment) -> dict[str, Any]:
    """Return the Signal of a development, which has reports of its own."""
    return {
        "at": format_timestamp(development.at),
        "text": development.text,
        "rung": development.signal.word,
        "origins": development.origins,
        "is_disputed": development.is_disputed,
        "summary": panel_of(development).summary,
    }
