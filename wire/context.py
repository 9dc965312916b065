"""Template context for every page."""

from django.conf import settings
from django.http import HttpRequest

from dispatches.public.models import Section


def site(request: HttpRequest | None = None) -> dict[str, object]:
    """The site's own texts, and its sections, which are queried only if a template uses them."""
    return {
        "site": {
            "name": settings.WIRE_SITE_NAME,
            "desk": settings.WIRE_DESK_NAME,
            "coordinates": settings.WIRE_COORDINATES,
            "accountability": settings.WIRE_ACCOUNTABILITY,
            "time_zone": settings.WIRE_TIME_ZONE_LABEL,
        },
        "sections": Section.objects.all(),
    }
