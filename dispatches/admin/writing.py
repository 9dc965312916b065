"""Help for writing: a preview of the Markdown, and dispatches to refer to."""

from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dispatches.desk.composition import compose_body
from dispatches.public.models import Edition

LONGEST = 100_000
OFFERED = 8


@require_POST
def preview_prose(request: HttpRequest) -> HttpResponse:
    """Render the body as if published now, and list the references that were not found."""
    if not request.user.has_perm("dispatches.change_dispatch"):
        raise PermissionDenied
    markdown = request.POST.get("body", "")
    if len(markdown) > LONGEST:
        raise BadRequest("The text is too long.")
    composition = compose_body(markdown, timezone.now())
    context = {"edition": composition.edition, "unresolved": composition.unresolved}
    return render(request, "admin/_prose.html", context)


@require_safe
def find_references(request: HttpRequest) -> HttpResponse:
    """Return the newest readable dispatches whose headline or address contains the search terms."""
    if not request.user.has_perm("dispatches.change_dispatch"):
        raise PermissionDenied
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    matching = Q(headline__icontains=words) | Q(slug__icontains=words)
    found = list(Edition.objects.for_wire().filter(matching)[:OFFERED])
    alike = Edition.objects.for_wire().filter(slug__in={each.slug for each in found})
    slugs = list(alike.values_list("slug", flat=True))
    return JsonResponse(
        {
            "found": [
                {
                    "name": each.slug if slugs.count(each.slug) == 1 else f"{each.dated}/{each.slug}",
                    "headline": each.headline,
                    "day": f"{each.dated:%-d %B %Y}",
                }
                for each in found
            ]
        }
    )
