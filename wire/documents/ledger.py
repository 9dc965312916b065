"""Describe a dispatch's public ledger as JSON; its schema is static/wire/signal.schema.json."""

from typing import Any

from django.conf import settings

from dispatches.public.models import Edition
from dispatches.public.steps import signal_since
from dispatches.public.wording import UPGRADE_LABELS, reliability_required, upgrades_of
from wire.documents.addresses import absolute, address_of
from wire.times import format_timestamp

VERSION = 1


def describe_ledger(edition: Edition) -> dict[str, Any]:
    """Return the public account of how the Signal of an edition was computed."""
    return {
        "$schema": absolute(f"{settings.STATIC_URL}wire/signal.schema.json"),
        "version": VERSION,
        "dispatch": address_of(edition),
        "headline": edition.headline,
        "edition": edition.number,
        "live_at": format_timestamp(edition.live_at),
        "rules": edition.rules_version,
        "signal": describe_signal(edition),
        "reports": [
            {
                "source": line.source,
                "url": line.url,
                "stance": line.stance,
                "origin": line.origin,
                "why": line.why,
                "explanation": line.explanation,
            }
            for line in edition.public_ledger
        ],
        "reliability": reliability_required(edition.signal, edition.origins)._asdict(),
        "upgrades": [{"code": code, "explanation": UPGRADE_LABELS[code]} for code in upgrades_of(edition)],
        "developments": [
            {
                "at": format_timestamp(development.at),
                "text": development.text,
                "rung": development.rung.word,
                "is_disputed": development.is_disputed,
            }
            for development in edition.public_developments
        ],
    }


def describe_signal(edition: Edition) -> dict[str, Any]:
    """Return the Signal of an edition and its marks."""
    return {
        "rung": edition.signal.word,
        "origins": edition.origins,
        "is_disputed": edition.is_disputed,
        "is_held": edition.is_held,
        "is_corrected": edition.is_corrected,
        "is_withdrawn": edition.is_withdrawn,
        "since": format_timestamp(signal_since(edition)),
    }
