"""The Signal's record: what became of dispatches first issued at each rung. Read from editions alone."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from dispatches.editions import Edition
from dispatches.signal import Rung


@dataclass(frozen=True, slots=True)
class RecordLine:
    """Of `issued` dispatches first issued at a rung: to how many each thing has happened since, at least once.

    `time_to_rise` is the median time to the first edition at a higher rung, of those that rose; None if none did.
    """

    rung: Rung
    issued: int
    rose: int
    fell: int
    disputed: int
    corrected: int
    withdrawn: int
    time_to_rise: timedelta | None


def read_record() -> list[RecordLine]:
    """The record of everything that readers have been able to read, a line for each rung; two queries."""
    seen = Edition.objects.seen().order_by()
    of_it = seen.filter(dispatch=OuterRef("dispatch"))
    still_rated = of_it.exclude(kind=Edition.Kind.WITHDRAWAL)
    rising = of_it.filter(rung__gt=OuterRef("rung")).order_by("number")
    firsts = seen.filter(kind=Edition.Kind.FIRST).annotate(
        rose_at=Subquery(rising.values("live_at")[:1]),
        fell=Exists(still_rated.filter(rung__lt=OuterRef("rung"))),
        was_disputed=Exists(of_it.filter(is_disputed=True)),
        was_corrected=Exists(of_it.filter(kind=Edition.Kind.CORRECTION)),
        was_withdrawn=Exists(of_it.filter(kind=Edition.Kind.WITHDRAWAL)),
    )
    lines = firsts.values("rung").annotate(
        issued=Count("pk"),
        rose=Count("pk", filter=Q(rose_at__isnull=False)),
        fallen=Count("pk", filter=Q(fell=True)),
        disputed=Count("pk", filter=Q(was_disputed=True)),
        corrected=Count("pk", filter=Q(was_corrected=True)),
        withdrawn=Count("pk", filter=Q(was_withdrawn=True)),
    )
    counts = {line["rung"]: line for line in lines}
    seconds: dict[int, list[float]] = defaultdict(list)
    for rung, live_at, rose_at in firsts.filter(rose_at__isnull=False).values_list("rung", "live_at", "rose_at"):
        seconds[rung].append((rose_at - live_at).total_seconds())
    nothing = dict.fromkeys(("issued", "rose", "fallen", "disputed", "corrected", "withdrawn"), 0)
    return [
        RecordLine(
            rung=rung,
            issued=line["issued"],
            rose=line["rose"],
            fell=line["fallen"],
            disputed=line["disputed"],
            corrected=line["corrected"],
            withdrawn=line["withdrawn"],
            time_to_rise=timedelta(seconds=median(seconds[rung])) if seconds[rung] else None,
        )
        for rung in (Rung.CONFIRMED, Rung.STRONG, Rung.DEVELOPING)
        for line in [counts.get(rung, nothing)]
    ]
