"""Re-rate the dispatches that depend on something that has changed.

Only `dispatches/desk/` calls `rerate`, under the publication lock.
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

# Dispatches rated at a time, so that memory does not grow with their number.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Rerated:
    """The live or scheduled edition of a dispatch, and the Signal computed from the current facts."""

    dispatch: int
    edition: Edition
    signal: PublicSignal
    inputs_hash: str

    @property
    def differs(self) -> bool:
        return differs(self.edition, self.signal)


def citing(report_ids: Iterable[int]) -> list[int]:
    """Return the ids of dispatches that cite one of these reports, or a report that relays one, directly or not."""
    found: set[int] = set()
    for batch in in_batches(relayed_by(report_ids)):
        found.update(Citation.objects.filter(report__in=batch).values_list("dispatch", flat=True))
    return sorted(found)


def depending_on_sources(source_ids: Iterable[int]) -> list[int]:
    """Return the ids of dispatches whose Signal or ledger depends on these sources' grade, owner or public name."""
    return citing(reports_naming(source_ids))


def compute(dispatch_ids: Iterable[int]) -> Iterator[Rerated]:
    """Compute the Signal of each of these dispatches that has a live or scheduled edition and is not withdrawn."""
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
    """Issue an edition of kind "signal" wherever the computed Signal differs from the published one.

    Returns the number of live editions replaced. A scheduled edition is replaced in place; if nothing supports it any
    more, its schedule is canceled. A past `at` backdates the change to that time where the current edition was already
    live; what readers have seen is never rewritten.
    """
    issued = 0
    for batch in in_batches((each for each in compute(dispatch_ids) if each.differs), BATCH):
        editions: dict[int, Edition] = {}
        for each in batch:
            is_pending = each.edition.live_at > now
            changed_at = at if at and at > each.edition.live_at else now
            live_at = each.edition.live_at if is_pending else changed_at
            each.edition.superseded_at = live_at
            if not is_pending or each.signal.rung > Rung.UNRATED:
                editions[each.dispatch] = compose_rerated(
                    each.edition,
                    kind=Edition.Kind(each.edition.kind) if is_pending else Edition.Kind.SIGNAL,
                    live_at=live_at,
                    cause=cause,
                    signal=each.signal,
                )
        ended: dict[datetime, list[int]] = defaultdict(list)
        for each in batch:
            ended[each.edition.superseded_at or now].append(each.edition.pk)
        # Most end at the same time, so one query writes them all.
        for ended_at, ids in ended.items():
            Edition.objects.filter(pk__in=ids).update(superseded_at=ended_at)
        Edition.objects.bulk_create(editions.values())
        Issuance.objects.bulk_create(
            Issuance(edition=editions[each.dispatch], dispatch_id=each.dispatch, inputs_hash=each.inputs_hash)
            for each in batch
            if each.dispatch in editions
        )
        # A dispatch that lost its scheduled edition is a draft again, so nothing of it counts as unpublished.
        canceled = [each.dispatch for each in batch if each.dispatch not in editions]
        Dispatch.objects.filter(pk__in=canceled).update(has_unpublished_changes=False)
        if editions:
            keep_record(min(edition.live_at for edition in editions.values()))
        issued += sum(each.edition.live_at <= now for each in batch)
    return issued
