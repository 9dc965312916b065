"""The Signal's record: what became of dispatches first issued at each rung. Computed from editions alone.

Counting a million dispatches takes seconds, so counts up to a past time are cached; that past never changes. Only
dispatches that changed since are counted again.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from dispatches.public import surface
from dispatches.public.models import Edition, SignalTally
from dispatches.public.querysets import EditionQuerySet
from dispatches.signal.rules import Rung

# How far the cached counts may lag behind, and how much of the present is left out because clocks differ.
BEHIND, PRESENT = timedelta(hours=1), timedelta(minutes=1)

Counts = Counter[str]


@dataclass(frozen=True, slots=True)
class RecordLine:
    """Of the dispatches first issued at a rung: how many were later raised, lowered, and so on, at least once.

    `time_to_rise` is the median time to the first edition at a higher rung, rounded to minutes, or to hours from a day
    on; None if none rose.
    """

    rung: Rung
    issued: int
    rose: int
    fell: int
    disputed: int
    corrected: int
    withdrawn: int
    time_to_rise: timedelta | None


WHAT = ("issued", "rose", "fell", "disputed", "corrected", "withdrawn")


def read_record(at: datetime | None = None) -> list[RecordLine]:
    """Return the record of everything published by a time (default: now), one line per rung."""
    counts = _count_on(SignalTally.objects.first(), at or surface.now())
    return [_line(rung, counts) for rung in (Rung.CONFIRMED, Rung.STRONG, Rung.DEVELOPING)]


def keep_record(live_at: datetime) -> None:
    """Update the cached counts, at most once an hour, after an edition was issued that is live from `live_at`.

    A backdated edition, as imports issue, invalidates them, and everything is counted again.
    """
    now, kept = surface.now(), SignalTally.objects.first()
    if kept and live_at <= kept.until:
        kept.delete()
    elif now - live_at < BEHIND and (kept is None or now - kept.until > BEHIND):
        until = now - PRESENT
        SignalTally.objects.update_or_create(pk=1, defaults={"until": until, "counts": _count_on(kept, until)})


def _count_on(kept: SignalTally | None, until: datetime) -> Counts:
    """Return the counts up to a time, starting from the cached ones."""
    if kept is None:
        return _count(Edition.objects.all(), until)
    moved = Edition.objects.filter(live_at__gt=kept.until, live_at__lte=until)
    counts = Counter(kept.counts)
    counts.update(_count(moved, until))
    counts.subtract(_count(moved, kept.until))
    return counts


def _count(editions: EditionQuerySet, until: datetime) -> Counts:
    """Count the dispatches of these editions, as of a time."""
    seen = Edition.objects.seen(until).order_by()
    of_it = seen.filter(publication=OuterRef("publication"))
    still_rated = of_it.exclude(kind=Edition.Kind.WITHDRAWAL)
    rising = of_it.filter(rung__gt=OuterRef("rung")).order_by("number")
    firsts = seen.filter(kind=Edition.Kind.FIRST, publication__in=editions.values("publication")).annotate(
        rose_at=Subquery(rising.values("live_at")[:1]),
        was_lower=Exists(still_rated.filter(rung__lt=OuterRef("rung"))),
        was_disputed=Exists(of_it.filter(is_disputed=True)),
        was_corrected=Exists(of_it.filter(kind=Edition.Kind.CORRECTION)),
        was_withdrawn=Exists(of_it.filter(kind=Edition.Kind.WITHDRAWAL)),
    )
    lines = firsts.values("rung").annotate(
        issued=Count("pk"),
        rose=Count("pk", filter=Q(rose_at__isnull=False)),
        fell=Count("pk", filter=Q(was_lower=True)),
        disputed=Count("pk", filter=Q(was_disputed=True)),
        corrected=Count("pk", filter=Q(was_corrected=True)),
        withdrawn=Count("pk", filter=Q(was_withdrawn=True)),
    )
    counts = Counter[str]()
    for line in lines:
        counts.update({f"{line['rung']} {what}": line[what] for what in WHAT})  # type: ignore[literal-required]
    for rung, live_at, rose_at in firsts.filter(rose_at__isnull=False).values_list("rung", "live_at", "rose_at"):
        counts[f"{rung} rose after {_minutes(rose_at - live_at)}"] += 1
    return counts


def _minutes(span: timedelta) -> int:
    """Round a time span to what readers are shown: minutes, or hours from a day on."""
    minutes = int(span.total_seconds() // 60)
    return minutes if minutes < 24 * 60 else minutes - minutes % 60


def _line(rung: Rung, counts: Counts) -> RecordLine:
    issued, rose, fell, disputed, corrected, withdrawn = (counts[f"{rung.value} {what}"] for what in WHAT)
    return RecordLine(rung, issued, rose, fell, disputed, corrected, withdrawn, _time_to_rise(counts, rung))


def _time_to_rise(counts: Counts, rung: Rung) -> timedelta | None:
    start = f"{rung.value} rose after "
    after = sorted((int(key.removeprefix(start)), number) for key, number in counts.items() if key.startswith(start))
    sums = list(accumulate(number for _, number in after))
    if not sums or not sums[-1]:
        return None
    # The mean of the middle two, if the number is even.
    half = sums[-1] / 2
    return timedelta(minutes=(after[bisect_left(sums, half)][0] + after[bisect_right(sums, half)][0]) / 2)
