"""Plain text on a page."""

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString

from dispatches.public.bidi import isolate
from dispatches.public.pieces import Piece, as_html

register = template.Library()


@register.filter
def bidi(text: str) -> SafeString:
    """Escape a text, and isolate Hebrew and Arabic in it: {{ edition.headline|bidi }}."""
    return isolate(text)


@register.filter
def pieces(runs: Sequence[Piece]) -> SafeString:
    """Render marked pieces of text: {{ marked.headline|pieces }}."""
    return as_html(runs)
