"""Durations in words."""

from datetime import timedelta

from django import template

register = template.Library()


@register.filter
def span(length: timedelta | None) -> str:
    """Format a duration in its two largest units: "3 h 20 min"."""
    if length is None:
        return "–"
    minutes = round(length.total_seconds() / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
