"""The Signal's record: what became of dispatches first issued at each rung. Read from editions alone.

Counting a million dispatches takes seconds, so what was counted is kept up to some moment: what readers have had until
then is never changed. What a record needs beyond it are the dispatches that have moved since.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils import timezone

from dispatches.public.models import Edition, SignalTally
from dispatches.public.querysets import EditionQuerySet
from dispatches.signal.rules import Rung

# How far behind the counts that are kept may be; and what of the present is not kept yet, since clocks differ.
BEHIND, PRESENT = timedelta(hours=1), timedelta(minutes=1)

Counts = Counter[str]


@dataclass(frozen=True, slots=True)
class RecordLine:
    """Of `issued` dispatches first issued at a rung: to how many each thing has happened since, at least once.

    `time_to_rise` is the median time to the first edition at a higher rung, of those that rose, to the minute (or, from
    a day on, to the hour); None if none did.
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
    """The record of everything that readers have been able to read up to a moment (now), a line for each rung."""
    counts = _count_on(SignalTally.objects.first(), at or timezone.now())
    return [_line(rung, counts) for rung in (Rung.CONFIRMED, Rung.STRONG, Rung.DEVELOPING)]


def keep_record(live_at: datetime) -> None:
    """Keep what was counted, after an edition has been issued that is live from a moment on, at most once in an hour.

    What is issued as of the past, as an import of history does, was not counted: then all is to be counted anew.
    """
    now, kept = timezone.now(), SignalTally.objects.first()
    if kept and live_at <= kept.until:
        kept.delete()
    elif now - live_at < BEHIND and (kept is None or now - kept.until > BEHIND):
        until = now - PRESENT
        SignalTally.objects.update_or_create(pk=1, defaults={"until": until, "counts": _count_on(kept, until)})


def _count_on(kept: SignalTally | None, until: datetime) -> Counts:
    """The counts up to a moment: those that are kept, and what has changed in them since."""
    if kept is None:
        return _count(Edition.objects.all(), until)
    moved = Edition.objects.filter(live_at__gt=kept.until, live_at__lte=until)
    counts = Counter(kept.counts)
    counts.update(_count(moved, until))
    counts.subtract(_count(moved, kept.until))
    return counts


def _count(editions: EditionQuerySet, until: datetime) -> Counts:
    """The counts of the dispatches that these editions are of, as they stood at a moment."""
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
    """As exactly as readers are told it: whole minutes, from a day on whole hours."""
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
    # Of an even number, between the two in the middle.
    half = sums[-1] / 2
    return timedelta(minutes=(after[bisect_left(sums, half)][0] + after[bisect_right(sums, half)][0]) / 2)
