"""Read the tables into the values that `independence.py` reasons about."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sources.batches import in_batches
from sources.independence import Basis, Grade, ReportFacts, SourceFacts, control_groups
from sources.models import Holding, Owner, Proposal, Report, Source

RECORDS = frozenset({Source.Kind.RECORD, Source.Kind.DOCUMENT, Source.Kind.WITNESS})


class ControlGroup(NamedTuple):
    """A control group by the smallest id of its owners, and the name of its topmost owner.

    If nobody is on top, or several are, it has the name of the owner with that id.
    """

    id: int
    owner: str


def read_groups() -> dict[int, ControlGroup]:
    """Return the control group of every owner, by owner id. Two queries."""
    names = dict(Owner.objects.values_list("pk", "name"))
    holdings = [(holding.held_id, holding.holder_id) for holding in Holding.objects.all() if holding.controls]
    groups, held = control_groups(names, holdings), {held for held, _ in holdings}
    tops: dict[int, list[int]] = {}
    for owner, group in groups.items():
        if owner not in held:
            tops.setdefault(group, []).append(owner)
    named = {group: top[0] if len(top := tops.get(group, [])) == 1 else group for group in groups.values()}
    return {owner: ControlGroup(group, names[named[group]]) for owner, group in groups.items()}


def read_facts(
    report_ids: Iterable[int], groups: Mapping[int, ControlGroup] | None = None
) -> tuple[dict[int, ReportFacts], dict[int, SourceFacts]]:
    """Read these reports, every report on their relay chains, and all sources that these name.

    Two queries for each step of the longest relay chain and one for the sources; two more for the control groups if
    they are not given.
    """
    reports: dict[int, ReportFacts] = {}
    wanted = set(report_ids)
    while wanted:
        proposals: dict[int, Proposal] = {}
        for proposal in Proposal.objects.filter(report__in=wanted, state=Proposal.State.OPEN):
            # Of several open proposals, the oldest counts.
            proposals.setdefault(proposal.report_id, proposal)
        # Without the texts.
        rows = Report.objects.filter(pk__in=wanted).only(*_FACTS).order_by()
        found = [report_facts(report, proposals.get(report.pk)) for report in rows]
        reports |= {report.id: report for report in found}
        wanted = {report.relays for report in found if report.relays is not None} - reports.keys()

    named = {report.source for report in reports.values()}
    named |= {report.credits for report in reports.values() if report.credits is not None}
    if groups is None:
        groups = read_groups()
    return reports, {source.pk: source_facts(source, groups) for source in Source.objects.filter(pk__in=named)}


# The fields of a report that `report_facts` reads.
_FACTS = ["source", "basis", "relays", "credits", "review", "retracted_at"]


def report_facts(report: Report, proposal: Proposal | None = None) -> ReportFacts:
    """Convert a report, with the open proposal for it if there is one, to what the rules need.

    If an editor has marked it as a relay, the proposal is ignored.
    """
    is_proposed = proposal is not None and report.basis != Basis.RELAY
    pointing = proposal if proposal is not None and is_proposed else report
    return ReportFacts(
        id=report.pk,
        source=report.source_id,
        basis=Basis.RELAY if is_proposed else Basis(report.basis),
        relays=pointing.relays_id,
        credits=pointing.credits_id,
        is_accepted=report.review == Report.Review.ACCEPTED,
        is_rejected=report.review == Report.Review.REJECTED,
        is_retracted=report.retracted_at is not None,
        is_proposed=is_proposed,
    )


def source_facts(source: Source, groups: Mapping[int, ControlGroup]) -> SourceFacts:
    """Convert a source to what the rules need. The owner of a confidential one has no name here."""
    group = groups[source.owner_id] if source.owner_id else None
    return SourceFacts(
        id=source.pk,
        group=f"owner {group.id}" if group else f"source {source.pk}",
        grade=Grade(source.grade),
        is_record=source.kind in RECORDS,
        is_ours=source.is_ours,
        is_confidential=source.is_confidential,
        name=source.public_name,
        owner=group.owner if group and not source.is_confidential else "",
    )


def relayed_by(report_ids: Iterable[int]) -> set[int]:
    """Return these reports and all that relay one of them, directly or not, open proposals included."""
    found = set(report_ids)
    step = found
    while step:
        relaying: set[int] = set()
        for batch in in_batches(step):
            proposed = Proposal.objects.filter(relays__in=batch, state=Proposal.State.OPEN)
            relaying.update(Report.objects.filter(relays__in=batch).values_list("pk", flat=True))
            relaying.update(proposed.values_list("report", flat=True))
        step = relaying - found
        found |= step
    return found


def reports_naming(source_ids: Iterable[int]) -> set[int]:
    """Return the reports of these sources and those that credit one of them, open proposals included."""
    sources = list(source_ids)
    return {
        *Report.objects.filter(source__in=sources).values_list("pk", flat=True),
        *Report.objects.filter(credits__in=sources).values_list("pk", flat=True),
        *Proposal.objects.filter(credits__in=sources, state=Proposal.State.OPEN).values_list("report", flat=True),
    }
