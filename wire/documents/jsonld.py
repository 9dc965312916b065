"""Describe a dispatch as schema.org NewsArticle, and a list as ItemList, for search engines."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from dispatches.public.bidi import language_of_text
from dispatches.public.models import Edition
from dispatches.public.panel import panel_of
from dispatches.public.wording import Rung, signal_label
from wire.documents.addresses import absolute, address_of, card_of
from wire.times import format_timestamp


def describe_list(paths: Sequence[str]) -> dict[str, Any] | None:
    """Return the JSON-LD of a list of pages by their paths, in order; None for an empty list."""
    items = [
        {"@type": "ListItem", "position": position, "url": absolute(path)} for position, path in enumerate(paths, 1)
    ]
    return {"@context": "https://schema.org", "@type": "ItemList", "itemListElement": items} if items else None


def describe_article(edition: Edition) -> dict[str, Any]:
    """Return the JSON-LD of an edition: Signal, corrections, named sources and our policies."""
    publisher = {
        "@type": "NewsMediaOrganization",
        "name": settings.WIRE_SITE_NAME,
        "url": absolute("/"),
        "correctionsPolicy": absolute(reverse("corrections")),
        "verificationFactCheckingPolicy": absolute(reverse("signal")),
    }
    article: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "url": address_of(edition),
        "headline": edition.headline,
        "description": edition.tldr,
        "datePublished": format_timestamp(edition.published_at),
        "dateModified": format_timestamp(edition.revised_at),
        "inLanguage": language_of_text(edition.headline),
        "version": edition.number,
        "articleSection": edition.section.name,
        "image": card_of(edition),
        "author": {"@type": "Organization", "name": edition.byline, "url": absolute("/")},
        "publisher": publisher,
        "contentRating": {
            "@type": "Rating",
            "name": "Signal",
            "ratingValue": int(edition.rung),
            "worstRating": int(Rung.UNRATED),
            "bestRating": int(Rung.CONFIRMED),
            "alternateName": signal_label(edition),
            "ratingExplanation": panel_of(edition).summary,
        },
    }
    if named := edition.named_sources:
        article["citation"] = [
            {"@type": "CreativeWork", "publisher": {"@type": "Organization", "name": line.source}}
            | ({"url": line.url} if line.url else {})
            for line in named
        ]
    if notices := edition.notices:
        article["correction"] = [
            {"@type": "CorrectionComment", "text": notice.note, "datePublished": format_timestamp(notice.live_at)}
            for notice in notices
        ]
    return article
