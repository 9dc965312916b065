"""Remove the text of published editions when a dispatch is expunged. Only `dispatches/desk/` calls it.

Editions are otherwise kept exactly as readers saw them. There are two exceptions: a dispatch is expunged for a court
order or a danger to life, and a source that becomes confidential loses its name everywhere (`concealing.py`).
`erasing.py` deletes what the desk has of an expunged dispatch, and `unlinking.py` its address in the texts of others.
"""

import secrets
from datetime import date

from django.conf import settings
from django.db.models import Case, Value, When
from django.utils import timezone

from dispatches.models.dispatches import EXPUNGED
from dispatches.public.models import CORRECTING_KINDS, Edition, RetiredAddress


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
