"""The Signal panel beside a form: as saved and, while an editor types, as it would be."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from dispatches.admin.origins import standing_for_desk, standing_for_readers
from dispatches.desk.proposing import claims_of, preview_proposals
from dispatches.desk.rating import rate_dispatch
from dispatches.desk.readiness import compose_next, find_blockers
from dispatches.desk.rerating import citing
from dispatches.models import Citation, Dispatch
from dispatches.public.panel import panel_of
from dispatches.signal.rules import UPGRADE_LABELS, Exclusion, Rung
from sources.facts import read_facts, read_groups, report_facts, source_facts
from sources.models import Proposal, Report

SIGNAL_PANEL = "admin/dispatches/dispatch/_signal_panel.html"
EFFECT_PANEL = "admin/sources/report/_effect_panel.html"

# How many dispatches the report's panel lists.
EFFECTS_SHOWN = 20


def signal_panel(dispatch: Dispatch, citations: list[Citation], user: User) -> dict[str, Any]:
    """Return the panel's content: the Signal computed from these citations, the reasons, and what is missing."""
    facts = read_facts({citation.report_id for citation in citations})
    rating = rate_dispatch(dispatch, citations, facts).headline
    headline = [citation for citation in citations if citation.development_id is None]
    now = timezone.now()
    composition = compose_next(dispatch, now, citations, facts)
    if user.has_perm("sources.see_confidential"):
        standing = standing_for_desk(headline, rating, facts, user)
    else:
        standing = standing_for_readers(headline, composition.edition.public_ledger)
    return {
        "rating": rating,
        "readers": panel_of(composition.edition),
        "standing": standing,
        "has_unknown_lineage": any(verdict.why is Exclusion.LINEAGE_UNKNOWN for verdict in rating.verdicts),
        "upgrades": [UPGRADE_LABELS[code] for code in rating.upgrades],
        "missing": find_blockers(composition, now),
        "live": dispatch.live_edition(),
    }


@dataclass(frozen=True, slots=True)
class Effect:
    """How a change of a report affects the Signal of one dispatch."""

    dispatch: Dispatch
    before: Rung
    after: Rung
    # The report's words that seem to contradict what it is cited for, if that is not decided.
    contradicts: str = ""


def effects_of(report: Report, user: User) -> list[Effect]:
    """Return what happens to the dependent dispatches if a report is saved as it is now."""
    proposal = Proposal.objects.filter(report=report, state=Proposal.State.OPEN).first()
    groups = read_groups()
    effects = []
    for dispatch in Dispatch.objects.visible_to(user).filter(pk__in=citing([report.pk]))[:EFFECTS_SHOWN]:
        citations = list(dispatch.citations.for_rating())
        needed = {citation.report_id for citation in citations} | {report.pk, report.relays_id or report.pk}
        reports, sources = read_facts(needed, groups)
        before = rate_dispatch(dispatch, citations, (reports, sources))
        own = [citation for citation in citations if citation.report_id == report.pk]
        for citation in own:
            citation.report = report
        preview_proposals(own, claims_of(dispatch))
        named = {source.pk: source_facts(source, groups) for source in (report.source, report.credits) if source}
        changed = reports | {report.pk: report_facts(report, proposal)}
        after = rate_dispatch(dispatch, citations, (changed, sources | named))
        contradicts = next((each.contradiction.evidence for each in own if each.is_contradiction_proposed), "")
        effects.append(Effect(dispatch, before.headline.rung, after.headline.rung, contradicts))
    return effects
