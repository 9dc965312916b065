"""Describe a dispatch's public ledger as JSON; its schema is static/wire/signal.schema.json."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from django.conf import settings

from dispatches.public.ledger import LedgerLine, Rated
from dispatches.public.models import Edition
from dispatches.public.steps import signal_since
from dispatches.public.wording import UPGRADE_LABELS, reliability_required, upgrades_of
from wire.documents.addresses import absolute, address_of
from wire.times import format_timestamp

VERSION = 2


def describe_ledger(edition: Edition) -> dict[str, Any]:
    """Return the public account of how the Signals of an edition were computed: reports, and what joins them."""
    ids = Ids()
    return {
        "$schema": absolute(f"{settings.STATIC_URL}wire/signal.schema.json"),
        "version": VERSION,
        "dispatch": address_of(edition),
        "headline": edition.headline,
        "edition": edition.number,
        "live_at": format_timestamp(edition.live_at),
        "rules": edition.rules_version,
        "kind": edition.claim_kind,
        "signal": describe_signal(edition),
        **describe_claim(edition, ids),
        "developments": [
            {
                "at": format_timestamp(development.at),
                "text": development.text,
                "rung": development.rung.word,
                "origins": development.origins,
                "is_disputed": development.is_disputed,
                **describe_claim(development, ids),
            }
            for development in edition.public_developments
        ],
    }


class Ids:
    """Ids of reports, sources and groups, each unique in one document and without meaning outside it."""

    def __init__(self) -> None:
        self._numbers = {letter: count(1) for letter in "rsg"}

    def next(self, letter: str) -> str:
        return f"{letter}{next(self._numbers[letter])}"


def describe_claim(rated: Rated, ids: Ids) -> dict[str, Any]:
    """Return the reports on a claim, their sources, the groups that join these, and what the Signal requires."""
    lines = rated.public_ledger
    sources = _sources_of(lines, ids)
    owners = dict.fromkeys(owner for _, _, owner in sources.values() if owner)
    groups = {owner: ids.next("g") for owner in owners}
    reports = [ids.next("r") for _ in lines]

    def relayed_by(line: LedgerLine) -> str | None:
        if line.relays is not None:
            return reports[line.relays - 1]
        return sources[line.credits.number][0] if line.credits else None

    return {
        "groups": [{"id": group, "owner": owner} for owner, group in groups.items()],
        "sources": [
            {"id": source, "name": name, "group": groups.get(owner)} for source, name, owner in sources.values()
        ],
        "reports": [
            {
                "id": report,
                "source": sources[line.party][0] if line.party else None,
                "name": line.source,
                "url": line.url,
                "stance": line.stance,
                "basis": line.basis,
                "relays": relayed_by(line),
                "is_proposed": line.is_proposed,
                "is_party": line.is_interested,
                "is_retracted": line.is_retracted,
                "is_resolved": line.is_resolved,
                "origin": line.origin,
                "why": line.why,
                "explanation": line.explanation,
            }
            for report, line in zip(reports, lines, strict=True)
        ],
        "reliability": reliability_required(rated.signal, rated.origins)._asdict(),
        "upgrades": [{"code": code, "explanation": UPGRADE_LABELS[code]} for code in upgrades_of(rated)],
    }


def _sources_of(lines: Sequence[LedgerLine], ids: Ids) -> dict[int, tuple[str, str, str]]:
    """Return the id, name and shared owner of each named source in a ledger, by its number there."""
    found: dict[int, tuple[str, str]] = {}
    for line in lines:
        if line.party:
            found.setdefault(line.party, (line.source, line.owner))
        if line.credits:
            found.setdefault(line.credits.number, (line.credits.name, line.credits.owner))
    return {number: (ids.next("s"), *found[number]) for number in sorted(found)}


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
