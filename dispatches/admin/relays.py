"""The queue of proposed relays: equal proposals are grouped, and decided together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from dispatches import desk
from dispatches.admin import undo
from dispatches.admin.editors import editor_of
from dispatches.admin.own_choices import as_id
from sources.lineage.evidence import Passage, quoted_passages, shared_passages
from sources.models import Proposal, Report, Source

GROUPS = 30
ROWS = 100
# How many are read at a time. More appear when these are decided.
READ = 1_000

# Reasons that clear a proposal with one press.
REASONS = [
    "Own reporting that only mentions or quotes the other.",
    "Both reported the same event independently.",
    "Only set phrases match.",
]


@dataclass(frozen=True, slots=True)
class Group:
    """Open proposals of one relay: reports that each seem to relay one report, or credit one source."""

    kind: str
    relays: Report | None
    credits: Source | None
    proposals: list[Proposal]

    @property
    def shown(self) -> list[Proposal]:
        return self.proposals[:ROWS]


def open_proposals(request: HttpRequest) -> QuerySet[Proposal]:
    """Return undecided proposals, except of reports that were rejected or marked as relays by hand."""
    waiting = Proposal.objects.open().visible_to(editor_of(request)).exclude(report__review=Report.Review.REJECTED)
    return waiting.exclude(report__basis="relay").select_related("report__source", "relays__source", "credits")


def group(proposals: Iterable[Proposal]) -> list[Group]:
    """Group proposals, the largest groups first, where one decision settles most."""
    groups: dict[tuple[str, int | None, int | None], Group] = {}
    for each in proposals:
        key = (each.kind, each.relays_id, each.credits_id)
        groups.setdefault(key, Group(each.get_kind_display(), each.relays, each.credits, [])).proposals.append(each)
    return sorted(groups.values(), key=lambda group: -len(group.proposals))


def queue(request: HttpRequest) -> HttpResponse:
    """Show the groups. A POST decides the ticked proposals of one group."""
    if not request.user.has_perm("sources.review_report"):
        raise PermissionDenied
    if request.method == "POST":
        return _decide(request)
    groups = group(open_proposals(request).order_by("-report__said_at", "pk")[:READ])
    context = admin.site.each_context(request) | {
        "title": "Proposed relays",
        "groups": groups[:GROUPS],
        "more": len(groups) > GROUPS or any(len(each.proposals) > ROWS for each in groups),
        "reasons": REASONS,
        "opts": Report._meta,
    }
    return render(request, "admin/sources/report/relays.html", context)


class Side(NamedTuple):
    """A report in a comparison, with what to mark in its text."""

    label: str
    report: Report
    passages: list[Passage]


class Evidence(NamedTuple):
    """A proposal, why it was made, and both texts with their common passages marked."""

    proposal: Proposal
    reason: SafeString
    sides: list[Side]


@require_GET
def evidence(request: HttpRequest, object_id: int) -> HttpResponse:
    """Show why a report may be a relay: beside the report that it seems to relay, with common passages marked."""
    if not request.user.has_perm("sources.review_report"):
        raise PermissionDenied
    report = get_object_or_404(Report.objects.visible_to(editor_of(request)).select_related("source"), pk=object_id)
    proposals = report.proposals.visible_to(editor_of(request)).select_related("relays__source", "credits")
    found = []
    for proposal in sorted(proposals, key=lambda each: (each.state != Proposal.State.OPEN, each.pk)):
        proposal.report = report
        found.append(Evidence(proposal, reason_of(proposal), _sides(proposal)))
    context = admin.site.each_context(request) | {
        "title": "Compare",
        "report": report,
        "found": found,
        "reasons": REASONS,
        "opts": Report._meta,
    }
    return render(request, "admin/sources/report/evidence.html", context)


def _sides(proposal: Proposal) -> list[Side]:
    report, relayed = proposal.report, proposal.relays
    if relayed is None:
        return [Side("Seems to be a relay", report, quoted_passages(report.text, proposal.evidence))]
    return [
        Side("Seems to be a relay", report, shared_passages(report.text, relayed.text)),
        Side("Its origin", relayed, shared_passages(relayed.text, report.text)),
    ]


def reason_of(proposal: Proposal) -> SafeString:
    """Return in a sentence why a report seems to be a relay, and what follows from it.

    Names and quotations are isolated, so that one in Hebrew does not turn the sentence around.
    """
    evidence = proposal.evidence.rstrip(".")
    match proposal.kind:
        case Proposal.Kind.COPY | Proposal.Kind.BYLINE:
            evidence = evidence[:1].lower() + evidence[1:]
            said = (
                "{source} seems to repeat {carried}, because {evidence}. Until you decide, it counts toward {carried}."
            )
        case Proposal.Kind.SEVERAL:
            said = (
                "{source} credits several agencies, so neither they nor {source} are known to be the origin: "
                "{evidence}. Until you decide, its lineage is unknown."
            )
        case _:
            said = "{source} credits {carried}: {evidence}. Until you decide, it counts as {carried}’s."
    parts = {"source": proposal.report.source.name, "carried": proposal.carried, "evidence": evidence}
    return format_html(said, **{name: format_html("<bdi>{}</bdi>", part) for name, part in parts.items()})


def _decide(request: HttpRequest) -> HttpResponse:
    chosen = [pk for pk in map(as_id, request.POST.getlist("proposal")) if pk]
    proposals = list(open_proposals(request).filter(pk__in=chosen))
    before = {each.pk: each.report.basis for each in proposals}
    is_relay = "relay" in request.POST
    # From one of the buttons, or the text field after them.
    reason = (request.POST.get("because") or request.POST.get("reason", "")).replace("\0", "")
    answer = redirect("admin:sources_report_relays")
    if not proposals:
        messages.warning(request, "Nothing was decided: none was ticked, or they have been decided already.")
        return answer
    try:
        if is_relay:
            count = desk.accept_proposals(proposals=proposals, actor=editor_of(request))
        else:
            count = desk.clear_proposals(proposals=proposals, actor=editor_of(request), reason=reason)
    except desk.NotReady as error:
        messages.error(request, str(error))
        return answer
    done: undo.Done = [
        [each.pk, f"{each.decided_at.isoformat()} {before[each.pk]}"]
        for each in Proposal.objects.filter(pk__in=before, decided_by=editor_of(request))
        if each.decided_at
    ]
    comes_of_it = "relays count toward the source they relay." if is_relay else "they count with their stated basis."
    said = f"{count} decided: {comes_of_it}"
    messages.success(request, undo.offer(request, said, "relays", done))
    return answer
