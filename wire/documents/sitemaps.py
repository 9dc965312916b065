"""Which addresses the sitemaps list: all dispatches by month, and the latest news."""

from datetime import date, datetime, timedelta

from dispatches.public import surface
from dispatches.public.models import Edition
from wire.views.archive import Month, Year, day_after, day_before

# The limits that search engines set for news sitemaps: two days, and this many entries.
NEWS_AGE, MOST_NEWS = timedelta(days=2), 1_000


def read_parts() -> list[int]:
    """Return the months with readable dispatches, as numbers such as 202606. One query per year."""
    first, last = day_after(date.min), day_before(date.max)
    if first is None or last is None:
        return []
    years = (Year(number) for number in range(first.year, last.year + 1))
    return [_number(month) for year in years for month, has_dispatches in year.months if has_dispatches]


def read_part(number: int) -> list[Edition]:
    """Return the readable dispatches of a month, with the fields for their address and last change."""
    year, month = divmod(number, 100)
    if not (1 <= year <= 9999 and 1 <= month <= 12):
        return []
    dispatches = Month(date(year, month, 1)).dispatches.order_by("published_at", "publication_id")
    return list(dispatches.select_related(None).only("publication_id", "dated", "slug", "revised_at"))


def _number(month: Month) -> int:
    return month.first.year * 100 + month.first.month


def read_news(at: datetime | None = None) -> list[Edition]:
    """Return the newest dispatches."""
    now = at or surface.now()
    return list(Edition.objects.for_wire(now).filter(published_at__gt=now - NEWS_AGE)[:MOST_NEWS])
