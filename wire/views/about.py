"""Pages about the site: how the Signal is computed, and the corrections."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dispatches.public.examples import work_examples
from dispatches.public.models import Edition
from dispatches.public.record import read_record
from dispatches.public.wording import EXCLUSION_LABELS, RULES_VERSION, RUNG_DESCRIPTIONS, UPGRADE_LABELS, Rung
from wire.cache.policy import public
from wire.documents.addresses import absolute
from wire.views.charts import draw_flow, draw_record
from wire.views.lists import read_place

CORRECTIONS_PER_PAGE = 30


@public("before")
def corrections(request: HttpRequest) -> HttpResponse:
    """All corrections, clarifications, withdrawals and restorations, newest first."""
    before = read_place(request, "before")
    given = Edition.objects.corrections().defer("body_html", "ledger", "developments")
    page = list((given.issued_before(before) if before else given)[: CORRECTIONS_PER_PAGE + 1])
    older = page[CORRECTIONS_PER_PAGE - 1].issue_cursor if len(page) > CORRECTIONS_PER_PAGE else None
    canonical = absolute(request.path + (f"?before={before}" if before else ""))
    context = {"editions": page[:CORRECTIONS_PER_PAGE], "before": before, "older": older, "canonical": canonical}
    return render(request, "wire/corrections.html", context)


@public()
def signal(request: HttpRequest) -> HttpResponse:
    """The meaning of the Signal, generated from its rules; and its record."""
    first, *examples = work_examples()
    return render(
        request,
        "wire/signal.html",
        {
            "example": first,
            "flow": draw_flow(first.public_ledger, first.origins, first.signal),
            "rungs": [(rung, means) for rung, means in RUNG_DESCRIPTIONS.items() if rung is not Rung.UNRATED],
            "reasons": EXCLUSION_LABELS.values(),
            "raises": UPGRADE_LABELS.values(),
            "examples": examples,
            "record": draw_record(read_record()),
            "rules_version": RULES_VERSION,
        },
    )
