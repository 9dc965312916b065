"""Computing Signals anew when what they follow from has changed: for every dispatch that depends on it.

Only `dispatches/desk/` calls `rerate`, inside its lock and its transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from dispatches.desk.composition import compose_rerated, differs
from dispatches.desk.rating import PublicSignal, hash_of_inputs, public_signal
from dispatches.models import Citation, Dispatch, Issuance
from dispatches.public.models import Cause, Edition
from dispatches.public.record import keep_record
from dispatches.signal.rules import Rung
from sources.batches import in_batches
from sources.facts import read_facts, read_groups, relayed_by, reports_naming

# So many dispatches are rated at a time: memory does not grow with their number.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Rerated:
    """The current or the next edition of a dispatch, and the Signal that follows from the facts as they are now."""

    dispatch: int
    edition: Edition
    signal: PublicSignal
    inputs_hash: str

    @property
    def differs(self) -> bool:
        return differs(self.edition, self.signal)


def citing(report_ids: Iterable[int]) -> list[int]:
    """The dispatches that depend on these reports: by a citation of one of them or of any that relays one."""
    found: set[int] = set()
    for batch in in_batches(relayed_by(report_ids)):
        found.update(Citation.objects.filter(report__in=batch).values_list("dispatch", flat=True))
    return sorted(found)


def depending_on_sources(source_ids: Iterable[int]) -> list[int]:
    """The dispatches that depend on what these sources are: on their grade, their owner, their name for readers."""
    return citing(reports_naming(source_ids))


def compute(dispatch_ids: Iterable[int]) -> Iterator[Rerated]:
    """Compute afresh the Signal of every dispatch among these that has an edition which can carry one."""
    groups = read_groups()
    for batch in in_batches(dispatch_ids, BATCH):
        yield from _compute_batch(batch, groups)


def _compute_batch(batch: list[int], groups: Mapping[int, int]) -> Iterator[Rerated]:
    citations: dict[int, list[Citation]] = defaultdict(list)
    for citation in Citation.objects.filter(dispatch__in=batch).for_rating():
        citations[citation.dispatch_id].append(citation)
    facts = read_facts({each.report_id for cited in citations.values() for each in cited}, groups)
    dispatches = Dispatch.objects.filter(pk__in=batch).only("claim_kind", "hold", "publication").order_by("pk")
    open_editions = Edition.objects.filter(
        publication__in=[each.publication_id for each in dispatches], superseded_at__isnull=True
    ).exclude(kind=Edition.Kind.WITHDRAWAL)
    by_publication = {edition.publication_id: edition for edition in open_editions}
    for dispatch in dispatches:
        edition, cited = by_publication.get(dispatch.publication_id or 0), citations[dispatch.pk]
        if edition:
            signal, inputs_hash = public_signal(dispatch, cited, facts), hash_of_inputs(dispatch, cited, facts)
            yield Rerated(dispatch.pk, edition, signal, inputs_hash)


def rerate(dispatch_ids: Iterable[int], *, cause: Cause, now: datetime, at: datetime | None = None) -> int:
    """Issue an edition of kind "signal" wherever readers see another Signal than follows; say for how many they do.

    What is scheduled is replaced before anybody has seen it; where nothing supports it any more, it is called off.
    A past moment (`at`, for what happened elsewhere) counts where the current edition was live by then; what readers
    have seen is never rewritten.
    """
    issued = 0
    for batch in in_batches((each for each in compute(dispatch_ids) if each.differs), BATCH):
        editions: dict[int, Edition] = {}
        for each in batch:
            is_pending = each.edition.live_at > now
            past = at if at and at > each.edition.live_at else now
            moment = each.edition.live_at if is_pending else past
            each.edition.superseded_at = moment
            if not is_pending or each.signal.rung > Rung.UNRATED:
                editions[each.dispatch] = compose_rerated(
                    each.edition,
                    kind=Edition.Kind(each.edition.kind) if is_pending else Edition.Kind.SIGNAL,
                    live_at=moment,
                    cause=cause,
                    signal=each.signal,
                )
        Edition.objects.bulk_update([each.edition for each in batch], ["superseded_at"])
        Edition.objects.bulk_create(editions.values())
        Issuance.objects.bulk_create(
            Issuance(edition=editions[each.dispatch], dispatch_id=each.dispatch, inputs_hash=each.inputs_hash)
            for each in batch
            if each.dispatch in editions
        )
        # Whatever lost its scheduled edition is a draft again, with nothing that is not published.
        called_off = [each.dispatch for each in batch if each.dispatch not in editions]
        Dispatch.objects.filter(pk__in=called_off).update(has_unpublished_changes=False)
        if editions:
            keep_record(min(edition.live_at for edition in editions.values()))
        issued += sum(each.edition.live_at <= now for each in batch)
    return issued
