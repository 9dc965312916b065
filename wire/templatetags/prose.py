"""Plain text on a page."""

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString

from dispatches.public.bidi import is_rtl, isolate, language_of_text
from dispatches.public.pieces import Piece, as_html

register = template.Library()


@register.filter
def bidi(text: str) -> SafeString:
    """Escape a text, and isolate Hebrew and Arabic in it: {{ edition.headline|bidi }}."""
    return isolate(text)


@register.filter
def direction(text: str) -> SafeString:
    """Return the attributes of an element for a text that is not English: <h1{{ edition.headline|direction }}>."""
    language = language_of_text(text)
    if language == "en":
        return SafeString("")
    return SafeString(f' dir="rtl" lang="{language}"' if is_rtl(text) else f' lang="{language}"')


@register.filter
def language(text: str) -> str:
    """Return the language of a text without its script, as news sitemaps want it: "he"."""
    return language_of_text(text).partition("-")[0]


@register.filter
def pieces(runs: Sequence[Piece]) -> SafeString:
    """Render marked pieces of text: {{ marked.headline|pieces }}."""
    return as_html(runs)
