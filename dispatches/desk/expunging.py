"""Remove text from published editions: the only code that ever changes one. Only `dispatches/desk/` calls it.

Editions are otherwise kept exactly as readers saw them. There are two exceptions: a source that becomes confidential
loses its name everywhere, and a dispatch is expunged for a court order or a danger to life. `erasing.py` deletes what
the desk has of it, and `unlinking.py` its address in the texts of others.
"""

import json
import secrets
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Cast
from django.utils import timezone

from dispatches.models import Dispatch
from dispatches.models.dispatches import EXPUNGED
from dispatches.public.ledger import REASONS_OF_CONFIDENTIAL, LedgerLine
from dispatches.public.models import CORRECTING_KINDS, Edition, RetiredAddress
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
    """Return the editions whose stored ledger may contain these names, in either database's spelling of JSON."""
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
            edition.ledger = [line.as_json() for line in concealed]
            if edition.primary_source in names:
                edition.primary_source = CONFIDENTIAL_LABEL
            changed.append(edition)
    return Edition.objects.bulk_update(changed, ["ledger", "primary_source"], batch_size=200)


def _concealed(line: LedgerLine) -> LedgerLine:
    if line.why is None:
        return replace(line, source=CONFIDENTIAL_LABEL, url="")
    why = line.why if line.why in REASONS_OF_CONFIDENTIAL else Exclusion.NO_NEW_ORIGIN
    return replace(line, source=CONFIDENTIAL_LABEL, url="", origin=None, why=why)


def erase(publication_id: int, note: str) -> tuple[set[tuple[date, str]], str]:
    """Delete the text of all editions of a dispatch. Their times and the reason (`note`) stay.

    Its addresses are kept as digests, so that they still answer; a slug that says nothing replaces theirs. Returns the
    former addresses (date, slug), and that slug.
    """
    editions = Edition.objects.filter(publication=publication_id)
    addresses = set(editions.order_by().values_list("dated", "slug"))
    RetiredAddress.objects.bulk_create(
        RetiredAddress(digest=RetiredAddress.digest_of(dated, slug), publication_id=publication_id)
        for dated, slug in set(editions.seen().order_by().values_list("dated", "slug"))
    )
    neutral = f"expunged-{secrets.token_hex(6)}"
    Edition.objects.filter(publication=publication_id, superseded_at=None).update(revised_at=timezone.now())
    Edition.objects.filter(publication=publication_id).update(
        note=Case(When(kind__in=CORRECTING_KINDS, then=Value(note)), default=Value("")),
        slug=neutral,
        headline=EXPUNGED,
        byline=settings.WIRE_DESK_NAME,
        primary_source="",
        report_count=0,
        **dict.fromkeys(("tldr", "body_html", "story", "story_name"), ""),
        **{name: [] for name in ("references", "developments", "ledger")},
        development_count=0,
    )
    return addresses, neutral
