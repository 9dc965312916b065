"""Data for the charts on the pages, and durations in words."""

from datetime import timedelta

from django import template

from dispatches.public.models import Edition
from wire.views.charts import Flow, draw_flow

register = template.Library()


@register.filter
def flow(edition: Edition) -> Flow:
    """Return the layout of an edition's ledger chart: {% with flow=edition|flow %}."""
    return draw_flow(edition.public_ledger, edition.origins, edition.signal)


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
