"""Which addresses a search engine should know: all of them, in parts that never need a long count, and the news."""

from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from dispatches.public.editions import Edition, EditionQuerySet

# A part holds the dispatches of so many consecutive numbers. The protocol allows 50,000 addresses in a file, and as
# many files; small ones are made quickly.
PART = 5_000
# News, as search engines have it: at most two days old, and at most so many.
NEWS_AGE, MOST_NEWS = timedelta(days=2), 1_000


def read_parts() -> list[int]:
    """The numbers of the parts that there are: up to the last that has a dispatch which readers can read."""
    last = (Edition.objects.aggregate(last=Max("dispatch_id"))["last"] or 0) // PART
    while last and not _within(last).exists():
        last -= 1
    return list(range(last + 1))


def read_part(number: int) -> list[Edition]:
    """The dispatches of a part that readers can read, with their addresses and when something last changed."""
    return list(_within(number).only("dispatch_id", "dated", "slug", "revised_at"))


def _within(part: int) -> EditionQuerySet:
    within = Edition.objects.for_wire().filter(dispatch_id__gte=part * PART, dispatch_id__lt=(part + 1) * PART)
    return within.order_by("dispatch_id").select_related(None)


def read_news(at: datetime | None = None) -> list[Edition]:
    """The newest dispatches."""
    now = at or timezone.now()
    return list(Edition.objects.for_wire(now).filter(published_at__gt=now - NEWS_AGE)[:MOST_NEWS])
