"""From the tables to the values that `independence.py` reasons about."""

from collections.abc import Iterable

from sources.independence import Basis, Grade, ReportFacts, SourceFacts, control_groups
from sources.models import Holding, Owner, Report, Source

RECORDS = frozenset({Source.Kind.RECORD, Source.Kind.DOCUMENT, Source.Kind.WITNESS})


def read_facts(report_ids: Iterable[int]) -> tuple[dict[int, ReportFacts], dict[int, SourceFacts]]:
    """Read these reports with every report on their relay chains, and all sources that these name.

    One query for each step of the longest relay chain, one for the sources and two for the owners.
    """
    reports: dict[int, ReportFacts] = {}
    wanted = set(report_ids)
    while wanted:
        found = Report.objects.filter(pk__in=wanted)
        for report in found:
            reports[report.pk] = ReportFacts(
                id=report.pk,
                source=report.source_id,
                basis=Basis(report.basis),
                relays=report.relays_id,
                credits=report.credits_id,
                is_accepted=report.review == Report.Review.ACCEPTED,
                is_retracted=report.retracted_at is not None,
            )
        wanted = {report.relays_id for report in found if report.relays_id} - reports.keys()

    named = {report.source for report in reports.values()} | {
        report.credits for report in reports.values() if report.credits
    }
    groups = _read_groups()
    return reports, {
        source.pk: SourceFacts(
            id=source.pk,
            group=f"owner {groups[source.owner_id]}" if source.owner_id else f"source {source.pk}",
            grade=Grade(source.grade),
            is_record=source.kind in RECORDS,
            is_ours=source.is_ours,
        )
        for source in Source.objects.filter(pk__in=named)
    }


def _read_groups() -> dict[int, int]:
    return control_groups(
        list(Owner.objects.values_list("pk", flat=True)),
        [(holding.held_id, holding.holder_id) for holding in Holding.objects.all() if holding.controls],
    )
