"""Re-rate the dispatches that depend on something that has changed.

Only `dispatches/desk/` calls `rerate`, under the publication lock.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from dispatches.desk.composition import compose_rerated, compose_scheduled_again, differs
from dispatches.desk.rating import PublicSignal, hash_of_inputs, public_signal
from dispatches.desk.unpublished import has_unpublished_changes
from dispatches.models import Citation, Dispatch, Issuance
from dispatches.public.models import Cause, Edition
from dispatches.public.record import keep_record
from dispatches.signal.rules import Rung
from sources.batches import in_batches
from sources.facts import ControlGroup, read_facts, read_groups, relayed_by, reports_naming

# Dispatches rated at a time, so that memory does not grow with their number.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Rerated:
    """The live and the scheduled edition of a dispatch, or one of them, and the Signal computed from current facts."""

    dispatch: int
    live: Edition | None
    scheduled: Edition | None
    signal: PublicSignal
    inputs_hash: str

    @property
    def editions(self) -> list[Edition]:
        return [edition for edition in (self.live, self.scheduled) if edition]

    @property
    def differs(self) -> bool:
        return any(differs(edition, self.signal) for edition in self.editions)


def citing(report_ids: Iterable[int]) -> list[int]:
    """Return the ids of dispatches that cite one of these reports, or a report that relays one, directly or not."""
    found: set[int] = set()
    for batch in in_batches(relayed_by(report_ids)):
        found.update(Citation.objects.filter(report__in=batch).values_list("dispatch", flat=True))
    return sorted(found)


def depending_on_sources(source_ids: Iterable[int]) -> list[int]:
    """Return the ids of dispatches whose Signal or ledger depends on these sources' grade, owner or public name."""
    return citing(reports_naming(source_ids))


def compute(dispatch_ids: Iterable[int], now: datetime | None = None) -> Iterator[Rerated]:
    """Compute the Signal of each of these dispatches that has a live or scheduled edition and is not withdrawn."""
    groups = read_groups()
    for batch in in_batches(dispatch_ids, BATCH):
        yield from _compute_batch(batch, groups, now or timezone.now())


def _compute_batch(batch: list[int], groups: Mapping[int, ControlGroup], now: datetime) -> Iterator[Rerated]:
    citations: dict[int, list[Citation]] = defaultdict(list)
    for citation in Citation.objects.filter(dispatch__in=batch).for_rating():
        citations[citation.dispatch_id].append(citation)
    facts = read_facts({each.report_id for cited in citations.values() for each in cited}, groups)
    dispatches = Dispatch.objects.filter(pk__in=batch).only("claim_kind", "hold", "publication").order_by("pk")
    current = Edition.objects.filter(
        Q(superseded_at__isnull=True) | Q(superseded_at__gt=now),
        publication__in=[each.publication_id for each in dispatches],
    ).exclude(kind=Edition.Kind.WITHDRAWAL)
    live = {edition.publication_id: edition for edition in current if edition.live_at <= now}
    scheduled = {each.publication_id: each for each in current if each.live_at > now and each.superseded_at is None}
    for dispatch in dispatches:
        live_one, coming = (found.get(dispatch.publication_id or 0) for found in (live, scheduled))
        if live_one or coming:
            cited = citations[dispatch.pk]
            signal, inputs_hash = public_signal(dispatch, cited, facts), hash_of_inputs(dispatch, cited, facts)
            yield Rerated(dispatch.pk, live_one, coming, signal, inputs_hash)


def rerate(dispatch_ids: Iterable[int], *, cause: Cause, now: datetime, at: datetime | None = None) -> int:
    """Issue an edition of kind "signal" wherever the computed Signal differs from the published one.

    Returns the number of live editions replaced. A scheduled edition is replaced in place; if nothing supports it any
    more, it is called off. A past `at` backdates the change to that time where the current edition was already
    live; what readers have seen is never rewritten.
    """
    issued = 0
    for batch in in_batches((each for each in compute(dispatch_ids, now) if each.differs), BATCH):
        renewals = [_renew(each, cause, now, at) for each in batch]
        texts = dict(
            Issuance.objects.filter(edition__in=[old.pk for each in batch for old in each.editions]).values_list(
                "edition", "text"
            )
        )
        # The scheduled ones first: a dispatch has one open edition at most.
        _write_ends(each.scheduled for each in batch if each.scheduled)
        _write_ends(each.live for each in batch if each.live)
        Edition.objects.bulk_create(edition for renewed in renewals for edition, _ in renewed)
        Issuance.objects.bulk_create(
            Issuance(
                edition=edition, dispatch_id=each.dispatch, inputs_hash=each.inputs_hash, text_id=texts.get(replaced.pk)
            )
            for each, renewed in zip(batch, renewals, strict=True)
            for edition, replaced in renewed
        )
        _record_ended(batch, renewals, now)
        if any(renewals):
            keep_record(min(edition.live_at for renewed in renewals for edition, _ in renewed))
        issued += sum(replaced.live_at <= now for renewed in renewals for _, replaced in renewed)
    return issued


def _renew(each: Rerated, cause: Cause, now: datetime, at: datetime | None) -> list[tuple[Edition, Edition]]:
    """Compose the editions that show a new Signal, each with the one that it replaces, and end those.

    What is scheduled follows what is live, so it is issued again with that; not if nothing supports it any more.
    """
    renewed, previous = [], each.live
    if each.live and differs(each.live, each.signal):
        live_at = at if at and at > each.live.live_at else now
        previous = compose_rerated(each.live, live_at=live_at, cause=cause, signal=each.signal)
        each.live.superseded_at = live_at
        renewed.append((previous, each.live))
    if each.scheduled:
        each.scheduled.superseded_at = each.scheduled.live_at
        is_supported = each.signal.rung > Rung.UNRATED
        if is_supported:
            again = compose_scheduled_again(each.scheduled, previous=previous, signal=each.signal)
            renewed.append((again, each.scheduled))
        if previous:
            previous.superseded_at = each.scheduled.live_at if is_supported else None
    return renewed


def _write_ends(editions: Iterable[Edition]) -> None:
    """Store when editions end. Most end at the same time, so one query writes them all."""
    ended: dict[datetime | None, list[int]] = defaultdict(list)
    for edition in editions:
        ended[edition.superseded_at].append(edition.pk)
    for at, ids in ended.items():
        Edition.objects.filter(pk__in=ids).update(superseded_at=at)


def _record_ended(
    batch: Sequence[Rerated], renewals: Sequence[Sequence[tuple[Edition, Edition]]], now: datetime
) -> None:
    """Record why scheduled editions will not go live."""
    replaced = {old.pk for renewed in renewals for _, old in renewed}
    scheduled = {each.scheduled.pk: each.dispatch for each in batch if each.scheduled}
    unsupported = {pk: dispatch for pk, dispatch in scheduled.items() if pk not in replaced}
    for ended, editions in (
        (Issuance.End.REPLACED, replaced & scheduled.keys()),
        (Issuance.End.UNSUPPORTED, unsupported),
    ):
        if editions:
            Issuance.objects.filter(edition__in=editions).update(ended=ended, ended_at=now)
    # Each is a draft again, or has only a live edition to differ from.
    for dispatch in Dispatch.objects.filter(pk__in=unsupported.values()):
        Dispatch.objects.filter(pk=dispatch.pk).update(
            has_unpublished_changes=has_unpublished_changes(dispatch), follows_live=False
        )
