"""Plain text on a page."""

from django import template
from django.utils.safestring import SafeString

from dispatches.bidi import isolate

register = template.Library()


@register.filter
def bidi(text: str) -> SafeString:
    """Escape a text and set Hebrew and Arabic in it apart: {{ edition.headline|bidi }}."""
    return isolate(text)
