"""The Signal beside the forms: of what is saved, and, while an editor types, of what would be."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.forms.models import BaseInlineFormSet
from django.utils import timezone

from dispatches.desk.rating import rate_dispatch
from dispatches.desk.readiness import compose_next, find_blockers
from dispatches.desk.rerating import citing
from dispatches.models import Citation, Dispatch
from dispatches.signal.rules import RAISE_MEANS, RUNG_MEANS, WHY_MEANS, Rung, Stance, Why
from sources.facts import read_facts, read_groups, report_facts, source_facts
from sources.models import Proposal, Report

SIGNAL_PANEL = "admin/dispatches/dispatch/_signal_panel.html"
EFFECT_PANEL = "admin/sources/report/_effect_panel.html"

# How many dispatches the report's panel names.
EFFECTS_SHOWN = 20


def read_unsaved(formset: BaseInlineFormSet) -> list[Citation]:
    """The citations that a form would save, in their order.

    Lines that are not filled in yet are left out, and so is a report that is cited a second time for one claim.
    """
    formset.is_valid()
    citations = {
        (form.instance.development_id, form.instance.report_id): form.instance
        for form in formset.forms
        if form.instance.report_id and not form.errors and not form.cleaned_data.get("DELETE")
    }
    return sorted(citations.values(), key=lambda citation: citation.position)


def signal_panel(dispatch: Dispatch, citations: list[Citation], user: User) -> dict[str, Any]:
    """What the desk sees beside the form: the Signal that follows from these citations, why, and what is missing."""
    rating = rate_dispatch(dispatch, citations, read_facts({citation.report_id for citation in citations})).headline
    headline = [citation for citation in citations if citation.development_id is None]
    now = timezone.now()
    composition = compose_next(dispatch, now, citations)
    if user.has_perm("sources.see_confidential"):
        lines = [
            (_name(citation), WHY_MEANS[verdict.why] if verdict.why else "")
            for citation, verdict in zip(headline, rating.verdicts, strict=True)
        ]
    else:
        # What readers would be told, and no more: a reason can tell who a confidential source is.
        ledger = composition.edition.public_ledger
        lines = [(line.source, line.explanation if line.why else "") for line in ledger]
    return {
        "rating": rating,
        "means": RUNG_MEANS[rating.rung],
        "report_count": sum(citation.stance != Stance.CONTEXT for citation in headline),
        "lines": lines,
        "has_unknown_lineage": any(verdict.why is Why.LINEAGE_UNKNOWN for verdict in rating.verdicts),
        "raised_by": [RAISE_MEANS[code] for code in rating.raised_by],
        "missing": find_blockers(composition, now),
        "live": dispatch.live_edition(),
    }


def _name(citation: Citation) -> str:
    source = citation.report.source
    return f"{source} (readers: {source.public_name})" if source.is_confidential else str(source)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of a report does to the Signal of one dispatch."""

    dispatch: Dispatch
    before: Rung
    after: Rung


def effects_of(report: Report, user: User) -> list[Effect]:
    """What becomes of the dispatches that depend on a report if it is saved as this object is now."""
    proposal = Proposal.objects.filter(report=report, state=Proposal.State.OPEN).first()
    groups = read_groups()
    effects = []
    for dispatch in Dispatch.objects.visible_to(user).filter(pk__in=citing([report.pk]))[:EFFECTS_SHOWN]:
        citations = list(dispatch.citations.for_rating())
        needed = {citation.report_id for citation in citations} | {report.pk, report.relays_id or report.pk}
        reports, sources = read_facts(needed, groups)
        before = rate_dispatch(dispatch, citations, (reports, sources))
        named = {source.pk: source_facts(source, groups) for source in (report.source, report.credits) if source}
        changed = reports | {report.pk: report_facts(report, proposal)}
        after = rate_dispatch(dispatch, citations, (changed, sources | named))
        effects.append(Effect(dispatch, before.headline.rung, after.headline.rung))
    return effects
