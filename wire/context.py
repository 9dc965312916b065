"""What every page knows without being told."""

from django.conf import settings
from django.http import HttpRequest

from dispatches.public.models import Section


def site(request: HttpRequest | None = None) -> dict[str, object]:
    """The installation's own words, and its sections: a query only where a template asks for them."""
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
