"""The archive's calendar: years and their months, months and their days."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, QuerySet
from django.urls import reverse

from dispatches.public import prepared, surface
from dispatches.public.models import Edition, SiteState
from dispatches.public.querysets import Days, EditionQuerySet


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a month, and its number of dispatches."""

    date: date
    count: int

    def get_absolute_url(self) -> str:
        return reverse("day", args=[self.date])


class Month:
    """A calendar month, from its `first` to its `last` day."""

    def __init__(self, first: date) -> None:
        self.first = first
        self.last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        self.within = Days.between(self.first, self.last)

    def get_absolute_url(self) -> str:
        return reverse("month", args=[self.first])

    @property
    def dispatches(self) -> EditionQuerySet:
        return Edition.objects.for_wire().dated_within(self.within)

    @property
    def indent(self) -> int:
        """The ISO weekday of the first day: 1 for Monday."""
        return self.first.isoweekday()

    @cached_property
    def days(self) -> list[Day]:
        """All days of the month."""
        counts = dict(prepared.ask("days of a month", _count_by_day, surface.now(), *self.within))
        dates = [self.first + timedelta(days=n) for n in range(self.last.day)]
        return [Day(each, counts.get(each, 0)) for each in dates]

    @property
    def earlier(self) -> "Month | None":
        """The closest earlier month with dispatches."""
        nearest = day_before(self.first)
        return Month(nearest.replace(day=1)) if nearest else None

    @property
    def later(self) -> "Month | None":
        """The closest later month with dispatches."""
        nearest = day_after(self.last)
        return Month(nearest.replace(day=1)) if nearest else None


class Year:
    """A calendar year, from its `first` to its `last` day."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.first, self.last = date(number, 1, 1), date(number, 12, 31)
        self.within = Days.between(self.first, self.last)

    def get_absolute_url(self) -> str:
        return reverse("year", args=[self.number])

    @property
    def dispatches(self) -> EditionQuerySet:
        return Edition.objects.for_wire().dated_within(self.within)

    @cached_property
    def months(self) -> list[tuple[Month, bool]]:
        """All months of the year, and whether they have dispatches. One query."""
        months = [Month(self.first.replace(month=number)) for number in range(1, 13)]
        values = [day for each in months for day in (each.first, each.last)]
        answers = next(iter(prepared.ask("months of a year", _which_have_some, surface.now(), *values)), ())
        return [(each, bool(has_some)) for each, has_some in zip(months, answers or [False] * 12, strict=True)]

    @property
    def earlier(self) -> "Year | None":
        """The closest earlier year with dispatches."""
        nearest = day_before(self.first)
        return Year(nearest.year) if nearest else None

    @property
    def later(self) -> "Year | None":
        """The closest later year with dispatches."""
        nearest = day_after(self.last)
        return Year(nearest.year) if nearest else None


def day_before(day: date) -> date | None:
    """Return the closest earlier day with dispatches."""
    return next((dated for (dated,) in prepared.ask("day before", _before, surface.now(), day)), None)


def day_after(day: date) -> date | None:
    """Return the closest later day with dispatches."""
    return next((dated for (dated,) in prepared.ask("day after", _after, surface.now(), day)), None)


def _before(when: datetime, day: date) -> QuerySet:
    return Edition.objects.for_wire(when).filter(dated__lt=day).order_by("-dated").values_list("dated")[:1]


def _after(when: datetime, day: date) -> QuerySet:
    return Edition.objects.for_wire(when).filter(dated__gt=day).order_by("dated").values_list("dated")[:1]


def _count_by_day(when: datetime, *within: Any) -> QuerySet:
    dispatches = Edition.objects.for_wire(when).dated_within(Days(*within)).order_by()
    return dispatches.values("dated").annotate(count=Count("pk")).values_list("dated", "count")


def _which_have_some(when: datetime, *days: date) -> QuerySet:
    """Return whether each of these periods (first and last day) has dispatches, as one row."""
    periods = zip(days[::2], days[1::2], strict=True)
    wire = Edition.objects.for_wire(when).order_by()
    asked = {f"period_{number}": Exists(wire.filter(dated__range=each)) for number, each in enumerate(periods)}
    return SiteState.objects.annotate(**asked).values_list(*asked)
