"""The table of the world's agencies, with suggested grades that a Chief confirms."""

from typing import NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dispatches import desk
from dispatches.admin.editors import editor_of
from sources.independence import Grade
from sources.lineage.agencies import agencies
from sources.lineage.parties import source_of_agency
from sources.models import Source
from sources.models.sources import GRADE_CHOICES


class Row(NamedTuple):
    """An agency with a suggested grade, the desk's source for it, and the grade to select."""

    name: str
    source: Source | None
    selected: str

    @property
    def is_new(self) -> bool:
        """True if confirming the grade changes something: the agency is no source yet, or can't be judged."""
        return self.source is None or self.source.grade == Grade.F


def grade_agencies(request: HttpRequest) -> HttpResponse:
    """Show the agencies. A POST gives the ticked ones their grades."""
    if not request.user.has_perm("sources.grade_source") or not request.user.has_perm("sources.see_confidential"):
        raise PermissionDenied
    suggested = {agency.names[0]: agency for agency in agencies() if agency.grade}
    if request.method == "POST":
        known = dict(GRADE_CHOICES)
        ticked = [name for name in request.POST.getlist("agency") if name in suggested]
        grades = {name: request.POST.get(f"grade {name}", "") for name in ticked}
        graded = desk.grade_agencies(
            grades={name: grade for name, grade in grades.items() if grade in known}, actor=editor_of(request)
        )
        messages.success(request, f"Graded: {', '.join(map(str, graded))}." if graded else "No grade was changed.")
        return redirect("admin:sources_source_agencies")
    rows = []
    for name, agency in suggested.items():
        source = source_of_agency(agency)
        is_graded = source is not None and source.grade != Grade.F
        rows.append(Row(name, source, source.grade if source and is_graded else agency.grade))
    context = admin.site.each_context(request) | {
        "title": "Grades of agencies",
        "rows": rows,
        "grades": GRADE_CHOICES,
        "opts": Source._meta,
    }
    return render(request, "admin/sources/source/agencies.html", context)
