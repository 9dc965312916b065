"""Taking words out of what was published. Nothing else ever changes an edition, and only `dispatches/desk/` calls it.

What readers had is otherwise kept as it was, and can be read at its moment. Two things go before that: a source that
has become confidential is named nowhere any more, and what has to go when a court or a life demands it is gone.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import replace

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Cast
from django.utils import timezone

from dispatches.models import Dispatch
from dispatches.public.ledger import REASONS_OF_CONFIDENTIAL, LedgerLine
from dispatches.public.models import CORRECTING_KINDS, Edition
from dispatches.signal.rules import Why
from sources.independence import CONFIDENTIAL_LABEL
from sources.models import Report, Source

# What stands in the place of a headline that is gone.
GONE = "Expunged"


def conceal(source: Source, names: Collection[str], depending: Iterable[int]) -> int:
    """Let no edition name a source any more, by any of the names it has had or the addresses of its reports.

    Dispatches that do not cite it any more did so once, so all editions are looked through. A name that another source
    has too is taken out of the `depending` dispatches alone. Says in how many editions that changed something.
    """
    others = Source.objects.exclude(pk=source.pk)
    shared = {*others.filter(name__in=names).values_list("name", flat=True)}
    shared |= {*others.filter(public_label__in=names).values_list("public_label", flat=True)}
    addresses = set(Report.objects.filter(source=source).exclude(url="").values_list("url", flat=True))
    publications = Dispatch.objects.filter(pk__in=list(depending)).values("publication")
    citing = Edition.objects.filter(publication__in=publications)
    return _conceal_in(citing, set(names), addresses) + _conceal_in(_naming(set(names) - shared), set(names) - shared)


def _naming(names: Collection[str]) -> models.QuerySet[Edition]:
    """The editions in whose stored ledger these names seem to stand, as one database writes JSON or the other."""
    stored = Q(primary_source__in=names)
    for name in names:
        stored |= Q(text__contains=json.dumps(name)) | Q(text__contains=json.dumps(name, ensure_ascii=False))
    return Edition.objects.annotate(text=Cast("ledger", models.TextField())).filter(stored)


def _conceal_in(editions: models.QuerySet[Edition], names: set[str], addresses: Collection[str] = ()) -> int:
    changed = []
    for edition in editions.only("ledger", "primary_source"):
        lines = edition.public_ledger
        concealed = [_concealed(line) if line.source in names or line.url in addresses else line for line in lines]
        if concealed != lines or edition.primary_source in names:
            edition.ledger = edition.ledger | {"lines": [line.as_json() for line in concealed]}
            if edition.primary_source in names:
                edition.primary_source = CONFIDENTIAL_LABEL
            changed.append(edition)
    return Edition.objects.bulk_update(changed, ["ledger", "primary_source"], batch_size=200)


def _concealed(line: LedgerLine) -> LedgerLine:
    if line.why is None:
        return replace(line, source=CONFIDENTIAL_LABEL, url="")
    why = line.why if line.why in REASONS_OF_CONFIDENTIAL else Why.NO_NEW_ORIGIN
    return replace(line, source=CONFIDENTIAL_LABEL, url="", origin=None, why=why)


def blank(publication_id: int, note: str) -> None:
    """Take every word of a dispatch out of its editions; only when they were live, and why it is gone, is left.

    Its address stays, as that of a tombstone, with the words that it was made of.
    """
    Edition.objects.filter(publication=publication_id, superseded_at=None).update(revised_at=timezone.now())
    Edition.objects.filter(publication=publication_id).update(
        note=Case(When(kind__in=CORRECTING_KINDS, then=Value(note)), default=Value("")),
        headline=GONE,
        byline=settings.WIRE_DESK_NAME,
        primary_source="",
        report_count=0,
        **dict.fromkeys(("tldr", "body_html", "story", "story_name"), ""),
        **{name: [] for name in ("references", "developments", "raised_by")},
        development_count=0,
        ledger={},
    )
