"""Pieces of pages that are rendered once for an edition."""

from typing import Any

from django import template

from dispatches.editions import Edition
from wire.fragments import card_of, fragments

register = template.Library()


@register.simple_tag(takes_context=True)
def card(context: dict[str, Any], edition: Edition, heading: int, time_format: str) -> str:
    """A dispatch in a list: {% card edition 3 "H:i" %}. `heading` is the level of its headline."""
    key = (("card", heading, time_format), edition.pk)
    return fragments.get(context["request"], key, lambda: card_of(edition, heading, time_format))
