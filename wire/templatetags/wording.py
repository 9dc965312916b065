"""An edition's Signal in words: {{ edition|signal_means }}."""

from django import template

from dispatches.public.steps import signal_since, signal_steps
from dispatches.public.wording import raised_by_words, reason_for, signal_means, signal_words

register = template.Library()
for name in (signal_means, signal_words, raised_by_words, reason_for, signal_steps, signal_since):
    register.filter(name)
