"""Describe an edition's Signal: {{ edition|signal_meaning }}."""

from django import template

from dispatches.public.steps import signal_since, signal_steps
from dispatches.public.wording import reason_for, signal_label, signal_meaning, upgrade_labels

register = template.Library()
for name in (signal_meaning, signal_label, upgrade_labels, reason_for, signal_steps, signal_since):
    register.filter(name)
