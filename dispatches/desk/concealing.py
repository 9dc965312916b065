"""Remove a source that became confidential from published editions. Only `dispatches/desk/` calls it.

Its name goes, and so do the edges that lead to it: who relays it, and who shares its owner.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from dispatches.models import Dispatch
from dispatches.public.ledger import REASONS_OF_CONFIDENTIAL, LedgerLine
from dispatches.public.models import Edition
from dispatches.signal.published import BY_OTHERS
from dispatches.signal.rules import Exclusion
from sources.independence import CONFIDENTIAL_LABEL
from sources.models import Report, Source


def conceal(source: Source, names: Collection[str], depending: Iterable[int]) -> int:
    """Remove a source's name from every edition: any name it has had, and the addresses of its reports.

    All editions are searched, because a dispatch may have cited it in the past. A name that another source shares is
    removed only from the `depending` dispatches. Returns the number of editions changed.
    """
    others = Source.objects.exclude(pk=source.pk)
    shared = {*others.filter(name__in=names).values_list("name", flat=True)}
    shared |= {*others.filter(public_label__in=names).values_list("public_label", flat=True)}
    addresses = set(Report.objects.filter(source=source).exclude(url="").values_list("url", flat=True))
    publications = Dispatch.objects.filter(pk__in=list(depending)).values("publication")
    citing = Edition.objects.filter(publication__in=publications)
    return _conceal_in(citing, set(names), addresses) + _conceal_in(_naming(set(names) - shared), set(names) - shared)


def _naming(names: Collection[str]) -> models.QuerySet[Edition]:
    """Return the editions whose stored ledgers may contain these names, in either database's spelling of JSON."""
    stored = Q(primary_source__in=names)
    for name in names:
        for spelled in (json.dumps(name), json.dumps(name, ensure_ascii=False)):
            stored |= Q(headline_ledger__contains=spelled) | Q(step_ledgers__contains=spelled)
    texts = {"headline_ledger": "ledger", "step_ledgers": "developments"}
    as_text = {name: Cast(field, models.TextField()) for name, field in texts.items()}
    return Edition.objects.annotate(**as_text).filter(stored)


def _conceal_in(editions: models.QuerySet[Edition], names: set[str], addresses: Collection[str] = ()) -> int:
    changed = []
    for edition in editions.only("ledger", "developments", "primary_source"):
        before = edition.ledger, edition.developments, edition.primary_source
        edition.ledger = _conceal_json(edition.ledger, names, addresses)
        edition.developments = [
            value | {"ledger": _conceal_json(value["ledger"], names, addresses)} for value in edition.developments
        ]
        if edition.primary_source in names:
            edition.primary_source = CONFIDENTIAL_LABEL
        if before != (edition.ledger, edition.developments, edition.primary_source):
            changed.append(edition)
    return Edition.objects.bulk_update(changed, ["ledger", "developments", "primary_source"], batch_size=200)


def _conceal_json(ledger: list[dict[str, Any]], names: set[str], addresses: Collection[str]) -> list[dict[str, Any]]:
    lines = [LedgerLine.from_json(value) for value in ledger]
    concealed = conceal_lines(lines, names, addresses)
    return ledger if concealed == lines else [line.as_json() for line in concealed]


def conceal_lines(lines: Sequence[LedgerLine], names: set[str], addresses: Collection[str]) -> list[LedgerLine]:
    """Return a ledger without these sources: their lines, and those that lead to one, become stated lines."""
    hidden = {n for n, line in enumerate(lines, 1) if line.source in names or line.url in addresses}
    leading = {n for n, line in enumerate(lines, 1) if line.credits and line.credits.name in names}
    while more := {n for n, line in enumerate(lines, 1) if line.relays in hidden | leading} - hidden - leading:
        leading |= more
    if not hidden | leading:
        return list(lines)
    # Whoever added nothing because of one of these.
    origins = {lines[n - 1].origin for n in hidden | leading if lines[n - 1].why is None}
    leading |= {n for n, line in enumerate(lines, 1) if line.why in BY_OTHERS and line.origin in origins} - hidden
    stated = [
        _stated(replace(line, source=CONFIDENTIAL_LABEL, url=""))
        if n in hidden
        else _stated(line)
        if n in leading
        else line
        for n, line in enumerate(lines, 1)
    ]
    return _without_lone_owners(stated)


def _stated(line: LedgerLine) -> LedgerLine:
    if line.why is Exclusion.PROPOSED_CONTRADICTION and not line.is_named:
        # The edition stays disputed; readers are not told that it was a proposal.
        line = replace(line, why=Exclusion.CONTRADICTS)
    of_named = {Exclusion.GRADED_OUT, Exclusion.PROPOSED_CONTRADICTION}
    allowed = REASONS_OF_CONFIDENTIAL | (of_named if line.is_named else set())
    why = line.why if line.why is None or line.why in allowed else Exclusion.NO_NEW_ORIGIN
    return LedgerLine(line.source, line.url, line.stance, line.origin if why is None else None, why)


def _without_lone_owners(lines: Sequence[LedgerLine]) -> list[LedgerLine]:
    """Remove the names of owners who no longer join two sources that are shown."""
    sources: dict[str, set[int]] = {}
    for line in lines:
        sources.setdefault(line.owner, set()).add(line.party)
        if line.credits:
            sources.setdefault(line.credits.owner, set()).add(line.credits.number)
    lone = {owner for owner, parties in sources.items() if len(parties) < 2}
    return [
        replace(
            line,
            owner="" if line.owner in lone else line.owner,
            credits=replace(line.credits, owner="") if line.credits and line.credits.owner in lone else line.credits,
        )
        for line in lines
    ]
