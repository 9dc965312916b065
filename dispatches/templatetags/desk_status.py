"""The status of a dispatch in the desk's lists."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from dispatches.admin.dispatch_status import parts
from dispatches.overviews.status import status_line

register = template.Library()


@register.simple_tag
def desk_status(row: Any) -> SafeString:
    """Show what is live, saved and scheduled of a dispatch that `for_desk` read: {% desk_status dispatch %}."""
    return status_line(row)


register.filter("parts", parts)
