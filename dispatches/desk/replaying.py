"""Remove again what was removed after a backup was made, before readers see the restored site."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone

from dispatches.desk import documents
from dispatches.desk.actors import Actor
from dispatches.desk.erasing import erase_reports
from dispatches.desk.publishing import expunge, expunge_draft, withdraw
from dispatches.desk.removals import Kind, Removal, possible_digests_of
from dispatches.desk.scheduling import cancel_schedule
from dispatches.desk.transactions import saving, verb
from dispatches.history import revisions
from dispatches.models import Dispatch
from dispatches.public.models import Edition, RetiredAddress
from sources.digests import possible_digests
from sources.models import Report, Source

# The list has no words, so the reasons that readers were given are lost.
WITHDRAWN_NOTE = "Withdrawn. The site was restored from a backup since, which does not have the reason."
EXPUNGED_NOTE = "Removed. The site was restored from a backup since, which does not have the reason."


@dataclass(slots=True)
class Replayed:
    """How much was removed again. `uncertain`: withdrawn, but the list does not say that the removal was completed."""

    withdrawn: int = 0
    expunged: int = 0
    reports: int = 0
    concealed: int = 0
    uncertain: list[Dispatch] = field(default_factory=list)


def replay(removals: Iterable[Removal], *, actor: Actor) -> Replayed:
    """Remove what these removals name, as far as this database still has it. Doing it twice changes nothing more."""
    done = Replayed()
    by_publication: dict[int, Removal] = {}
    by_source: dict[int, Removal] = {}
    expunged: list[Removal] = []
    for each in removals:
        if each.kind is Kind.EXPUNGED and each.is_done:
            expunged.append(each)
        elif each.source is not None and (each.is_done or each.kind is Kind.CONCEALED):
            by_source[each.source] = each
        elif each.publication is not None and (each.is_done or each.kind is not Kind.RESTORED):
            by_publication[each.publication] = each
    _expunge_again(expunged, done, actor)
    for each in by_publication.values():
        dispatch = Dispatch.objects.filter(publication=each.publication, expunged_at=None).first()
        if dispatch and each.kind is not Kind.RESTORED and _withdraw_again(dispatch, actor):
            done.withdrawn += 1
            if not each.is_done:
                done.uncertain.append(dispatch)
    for each in by_source.values():
        if each.kind is Kind.CONCEALED:
            done.concealed += _conceal_again(each, actor)
    return done


def _withdraw_again(dispatch: Dispatch, actor: Actor) -> bool:
    """Withdraw a dispatch, or cancel its schedule if it is not live yet. Returns False if readers see neither."""
    live, scheduled = dispatch.current_editions()
    if live is None and scheduled:
        cancel_schedule(dispatch=dispatch, actor=actor)
        return True
    if live is None or live.is_withdrawn:
        return False
    withdraw(dispatch=dispatch, actor=actor, note=WITHDRAWN_NOTE)
    return True


def _expunge_again(removals: list[Removal], done: Replayed, actor: Actor) -> None:
    wanted = {each.dispatch: each for each in removals if each.dispatch}
    reports = {digest for each in removals for digest in each.reports}
    if wanted:
        for dispatch in Dispatch.objects.filter(expunged_at=None).iterator():
            found = next((wanted[each] for each in possible_digests_of(dispatch) if each in wanted), None)
            if found:
                _expunge_one_again(dispatch, actor)
                _retire_addresses(dispatch, found)
                done.expunged += 1
    if reports:
        left = [
            report.pk
            for report in Report.objects.filter(expunged_at=None).iterator()
            if reports.intersection(possible_digests_of(report))
        ]
        done.reports = expunge_reports(report_ids=left, actor=actor) if left else 0


def _expunge_one_again(dispatch: Dispatch, actor: Actor) -> None:
    if dispatch.live_edition():
        expunge(dispatch=dispatch, actor=actor, note=EXPUNGED_NOTE)
    else:
        expunge_draft(dispatch=dispatch, actor=actor)


def _retire_addresses(dispatch: Dispatch, removal: Removal) -> None:
    """Let the addresses that it got after the backup answer, too."""
    publication = dispatch.publication_id
    if publication and Edition.objects.live().filter(publication=publication).exists():
        RetiredAddress.objects.bulk_create(
            [RetiredAddress(digest=digest, publication_id=publication) for digest in removal.addresses],
            ignore_conflicts=True,
        )


def _conceal_again(removal: Removal, actor: Actor) -> bool:
    source = Source.objects.filter(pk=removal.source or 0, is_confidential=False).first()
    if source is None:
        return False
    names = {source.name, source.public_name, *revisions.ever(source, "name", "public_label")}
    if not any({*possible_digests("source", name)} & {*removal.names} for name in names):
        return False
    with saving(source, actor=actor, how="Confidential before the restore"):
        source.is_confidential = True
        source.save()
    return True


@verb(None)
def expunge_reports(*, report_ids: list[int], actor: Actor) -> int:
    """Erase the words of reports for good. Returns how many."""
    reports = [*Report.objects.filter(pk__in=report_ids)]
    documents.erase(reports)
    erase_reports(reports, timezone.now())
    return len(reports)
