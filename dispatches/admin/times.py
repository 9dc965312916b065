"""Interpret dates and times typed in the desk's time zone.
When clocks are set back, an hour occurs twice, and the form asks which one is meant. When they are set forward, an
hour is skipped, and the form says what to type. An unchanged time is always kept as stored.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString

# Dates in this range are valid in every time zone, for all models and in both databases.
EARLIEST, LATEST = date(1900, 1, 2), date(9000, 12, 31)
FIRST, SECOND = "0", "1"


def utc_offset(offset: timedelta) -> str:
    """Format an offset from UTC.

    >>> utc_offset(timedelta(hours=3)), utc_offset(timedelta(hours=-2, minutes=-30)), utc_offset(timedelta())
    ('UTC+3', 'UTC−2:30', 'UTC')
    """
    minutes, seconds = divmod(round(abs(offset).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    words = ":".join(
        [str(hours), *([f"{minutes:02}"] if minutes or seconds else []), *([f"{seconds:02}"] * (seconds > 0))]
    )
    return f"UTC{'−' if offset < timedelta() else '+'}{words}" if offset else "UTC"


def offsets(local: datetime) -> tuple[timedelta, timedelta]:
    """Return the UTC offsets before and after a clock change at this naive time; equal if there is none.

    The first is larger if the time occurs twice, and smaller if it is skipped (PEP 495).
    """
    zone = timezone.get_current_timezone()
    before, after = (local.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return before, after


def is_repeated(local: datetime) -> bool:
    """Return True if this naive time occurs twice."""
    before, after = offsets(local)
    return before > after


def time_in_words(when: datetime) -> str:
    """Format a time to the second, with its UTC offset if the clock shows it twice."""
    return format_date(timezone.localtime(when), "F j, Y, H:i:s") + which_of_two(when)


def minute_in_words(when: datetime) -> str:
    """Format a time to the minute, with its UTC offset if the clock shows it twice."""
    return format_date(timezone.localtime(when), "F j, Y, H:i") + which_of_two(when)


def which_of_two(when: datetime) -> str:
    """Return “ (UTC+2)” if the clock shows this time twice, else nothing."""
    local = timezone.localtime(when)
    offset = local.utcoffset() or timedelta()
    return f" ({utc_offset(offset)})" if is_repeated(local.replace(tzinfo=None, fold=0)) else ""


class DeskTimeWidget(AdminSplitDateTime):
    """Inputs for date and time, with a choice between first and second if the time occurs twice."""

    # The seconds are not shown, but an unchanged time keeps them.
    supports_microseconds = True

    def __init__(self, name: str = "") -> None:
        super().__init__()
        forms.MultiWidget.__init__(self, [*self.widgets, forms.Select()])
        if name:
            self.name_parts(name)

    def name_parts(self, name: str) -> None:
        """Give each input its own label for screen readers."""
        for widget, what in zip(self.widgets, ("date", "time", "first or second"), strict=True):
            widget.attrs.setdefault("aria-label", f"{name}, {what}")

    def decompress(self, value: datetime | None) -> Any:
        if value is None:
            return [None, None, ""]
        local = timezone.localtime(value)
        shown = local.replace(tzinfo=None, microsecond=0, fold=0)
        return [shown.date(), shown.time(), str(local.fold) if is_repeated(shown) else ""]

    def render(self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None) -> SafeString:
        parts: list[Any] = list(value) if isinstance(value, list | tuple) else self.decompress(value)
        inputs = super().render(name, parts, dict(attrs or {}), renderer)
        local = _read(parts)
        if local is None or not is_repeated(local):
            return inputs
        before, after = offsets(local)
        choices = [
            (FIRST, f"first, before the clocks go back ({utc_offset(before)})"),
            (SECOND, f"second, after the clocks went back ({utc_offset(after)})"),
        ]
        chosen = parts[2] if len(parts) > 2 and parts[2] in (FIRST, SECOND) else ""
        select = forms.Select(self.widgets[-1].attrs, choices if chosen else [("", "first or second?"), *choices])
        part_attrs = {"id": f"{attrs['id']}_2"} if attrs and "id" in attrs else {}
        return format_html(
            '{}<p class="desk-which">{}</p>', inputs, select.render(f"{name}_2", chosen, part_attrs, renderer)
        )


class DeskTimeField(forms.SplitDateTimeField):
    """A time in the desk's time zone. All forms of the desk use this field."""

    widget = DeskTimeWidget
    default_error_messages = {
        "invalid_date": "Enter the date like 2026-06-25.",
        "invalid_time": "Enter the time like 14:30.",
        "incomplete": "Enter both date and time.",
        "out_of_range": f"Give a date from {format_date(EARLIEST, 'F j, Y')} to {format_date(LATEST, 'F j, Y')}.",
        "repeated": "On %(day)s the clocks are set back, so %(clock)s occurs twice. Choose the first or the second.",
        "skipped": "On %(day)s the clocks are set forward, so %(clock)s does not exist. Enter %(before)s or %(after)s.",
    }

    # The initial value.
    stored: datetime | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs | {"require_all_fields": False, "show_hidden_initial": False})
        self.fields = (*self.fields, forms.CharField(required=False))

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        initial = form.get_initial_for_field(self, field_name)
        self.stored = initial if isinstance(initial, datetime) else None
        return super().get_bound_field(form, field_name)

    def compress(self, data_list: Any) -> datetime | None:
        if not data_list:
            return None
        day, clock, which = data_list
        if self.stored and self._is_shown(self.stored, day, clock, which):
            return self.stored
        if not EARLIEST <= day <= LATEST:
            raise ValidationError(self.error_messages["out_of_range"], code="out_of_range")
        local = datetime.combine(day, clock)
        first, second = (
            local.replace(tzinfo=timezone.get_current_timezone(), fold=fold).astimezone(UTC) for fold in (0, 1)
        )
        if first == second:
            return first
        if first > second:
            raise self._refuse("skipped", local, before=second, after=first)
        if which not in (FIRST, SECOND):
            raise self._refuse("repeated", local)
        return second if which == SECOND else first

    def _is_shown(self, when: datetime, day: date, clock: time, which: str) -> bool:
        shown_day, shown_clock, shown_which = DeskTimeWidget().decompress(when)
        return (day, clock) == (shown_day, shown_clock) and (not shown_which or which in ("", shown_which))

    def _refuse(self, code: str, local: datetime, **times: datetime) -> ValidationError:
        others = {name: timezone.localtime(when) for name, when in times.items()}
        is_same_day = all(other.date() == local.date() for other in others.values())
        params = {
            "day": f"{format_date(local, 'F j, Y')} ({settings.WIRE_TIME_ZONE_LABEL})",
            "clock": _clock(local),
            **{
                name: _clock(other) if is_same_day else f"{other:%Y-%m-%d} {_clock(other)}"
                for name, other in others.items()
            },
        }
        return ValidationError(self.error_messages[code], code=code, params=params)


_DATE, _TIME = forms.DateField(), forms.TimeField()


def _read(parts: Sequence[Any]) -> datetime | None:
    """Return the naive time in a widget's parts, if there is a valid one."""
    try:
        day, clock = _DATE.to_python(parts[0]), _TIME.to_python(parts[1])
    except ValidationError:
        return None
    return datetime.combine(day, clock) if day and clock else None


def _clock(local: datetime) -> str:
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
