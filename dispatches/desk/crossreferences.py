"""Resolve [[references]] between dispatches, and word them: “as The Zioneer reported earlier this evening”."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone
from django.utils.dateformat import format as format_date

from dispatches.desk.prose import Reference
from dispatches.public.models import Edition


def find(name: str, before: datetime) -> Edition | None:
    """Return the newest dispatch with this slug, or date and slug, that was live at `before`.

    A dispatch is found by every slug it has had; not if it was unpublished or withdrawn at that time.
    """
    match = re.fullmatch(r"(?:(?P<dated>\d{4}-\d{2}-\d{2})/)?(?P<slug>[^/\s]+)", unicodedata.normalize("NFC", name))
    if match is None:
        return None
    candidates = Edition.objects.seen(before).filter(slug=match["slug"])
    if match["dated"]:
        try:
            candidates = candidates.filter(dated=date.fromisoformat(match["dated"]))
        except ValueError:
            return None
    current = Edition.objects.live(before).filter(publication__in=candidates.order_by().values("publication"))
    return current.exclude(kind=Edition.Kind.WITHDRAWAL).order_by("-published_at", "-pk").first()


def phrase(referred: datetime, referring: datetime) -> str:
    """Word a reference to a dispatch published at `referred`, made at `referring`, in the desk's time zone.

    >>> from datetime import timezone as zones
    >>> phrase(datetime(2026, 6, 14, 9, tzinfo=zones.utc), datetime(2026, 6, 25, 9, tzinfo=zones.utc))
    'as The Zioneer reported on June 14'
    """
    then, now = timezone.localtime(referred), timezone.localtime(referring)
    if then.date() != now.date():
        when = "on " + format_date(then, "F j" if then.year == now.year else "F j, Y")
    elif _part_of_day(then) == _part_of_day(now):
        when = f"earlier {_part_of_day(now)}"
    else:
        when = "overnight" if then.hour < 5 else _part_of_day(then)
    return f"as {settings.WIRE_SITE_NAME} reported {when}"


def _part_of_day(at: datetime) -> str:
    match at.hour:
        case hour if hour < 5:
            return "tonight"
        case hour if hour < 12:
            return "this morning"
        case hour if hour < 17:
            return "this afternoon"
        case _:
            return "this evening"


def resolver(
    publication_id: int | None, published_at: datetime, live_at: datetime
) -> Callable[[str], Reference | None]:
    """Return the `resolve` function of `prose.render` for an edition that goes live at `live_at`.

    Phrases are relative to the dispatch's own publication, or to `live_at` if the referenced dispatch is newer.
    """

    def resolve(name: str) -> Reference | None:
        target = find(name, live_at)
        if target is None or target.publication_id == publication_id:
            return None
        referring = published_at if target.published_at <= published_at else live_at
        return Reference(target.publication_id, phrase(target.published_at, referring))

    return resolve
