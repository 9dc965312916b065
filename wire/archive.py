"""The calendar of the archive: years with their months, months with their days."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Count, Exists
from django.urls import reverse

from dispatches.editions import Edition, EditionQuerySet, SiteState


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a month, and how many dispatches it has."""

    date: date
    count: int

    def get_absolute_url(self) -> str:
        return reverse("day", args=[self.date])


class Month:
    """A calendar month, from its `first` to its `last` day."""

    def __init__(self, first: date) -> None:
        self.first = first
        self.last = first.replace(day=calendar.monthrange(first.year, first.month)[1])

    def get_absolute_url(self) -> str:
        return reverse("month", args=[self.first])

    @property
    def dispatches(self) -> EditionQuerySet:
        return Edition.objects.for_wire().dated_within(self.first, self.last)

    @property
    def indent(self) -> int:
        """The weekday of the first, from 1 for Monday."""
        return self.first.isoweekday()

    @cached_property
    def days(self) -> list[Day]:
        """Every day of the month."""
        counts = dict(
            self.dispatches.order_by().values("dated").annotate(count=Count("pk")).values_list("dated", "count")
        )
        dates = [self.first + timedelta(days=n) for n in range(self.last.day)]
        return [Day(each, counts.get(each, 0)) for each in dates]

    @property
    def earlier(self) -> "Month | None":
        """The last month before this one that has dispatches."""
        return _month_of(Edition.objects.for_wire().filter(dated__lt=self.first).order_by("-dated"))

    @property
    def later(self) -> "Month | None":
        """The first month after this one that has dispatches."""
        return _month_of(Edition.objects.for_wire().filter(dated__gt=self.last).order_by("dated"))


class Year:
    """A calendar year, from its `first` to its `last` day."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.first, self.last = date(number, 1, 1), date(number, 12, 31)

    def get_absolute_url(self) -> str:
        return reverse("year", args=[self.number])

    @property
    def dispatches(self) -> EditionQuerySet:
        return Edition.objects.for_wire().dated_within(self.first, self.last)

    @cached_property
    def months(self) -> list[tuple[Month, bool]]:
        """Every month of the year, and whether it has dispatches; asked in one query."""
        months = [Month(self.first.replace(month=number)) for number in range(1, 13)]
        asked = {f"m{each.first.month}": Exists(each.dispatches.order_by()) for each in months}
        answer = SiteState.objects.annotate(**asked).values(*asked).first() or {}
        return [(each, bool(answer.get(f"m{each.first.month}"))) for each in months]

    @property
    def earlier(self) -> "Year | None":
        """The last year before this one that has dispatches."""
        return _year_of(Edition.objects.for_wire().filter(dated__lt=self.first).order_by("-dated"))

    @property
    def later(self) -> "Year | None":
        """The first year after this one that has dispatches."""
        return _year_of(Edition.objects.for_wire().filter(dated__gt=self.last).order_by("dated"))


def _month_of(editions: EditionQuerySet) -> Month | None:
    nearest = editions.values_list("dated", flat=True).first()
    return Month(nearest.replace(day=1)) if nearest else None


def _year_of(editions: EditionQuerySet) -> Year | None:
    nearest = editions.values_list("dated", flat=True).first()
    return Year(nearest.year) if nearest else None
