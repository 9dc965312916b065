"""Describe an edition's Signal: {{ edition|signal_label }}."""

from django import template

from dispatches.public.panel import group_lines, panel_of
from dispatches.public.steps import signal_since, signal_steps
from dispatches.public.wording import reason_for, signal_label

register = template.Library()
for name in (signal_label, reason_for, signal_steps, signal_since):
    register.filter(name)
register.filter("panel", panel_of)
register.filter("ledger_groups", group_lines)
