"""Computing Signals anew when what they follow from has changed: for every dispatch that depends on it.

Only `dispatches/desk.py` calls `rerate`, inside its lock and its transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from dispatches.desk.composition import compose_rerated, differs
from dispatches.desk.rating import PublicSignal, hash_of_inputs, public_signal
from dispatches.models import Citation, Dispatch
from dispatches.public.editions import Cause, Edition
from dispatches.public.record import keep_record
from dispatches.signal.rules import Rung
from sources.facts import in_batches, read_facts, read_groups, relayed_by, reports_naming

# So many dispatches are rated at a time: memory does not grow with their number.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Rerated:
    """An edition that is, or is next to be, current; and the Signal that follows from the facts as they are now."""

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
    dispatches = Dispatch.objects.only("claim_kind", "hold").in_bulk(batch)
    open_editions = Edition.objects.filter(dispatch__in=batch, superseded_at__isnull=True)
    for edition in open_editions.exclude(kind=Edition.Kind.WITHDRAWAL).order_by("dispatch"):
        dispatch, cited = dispatches[edition.dispatch_id], citations[edition.dispatch_id]
        yield Rerated(edition, public_signal(dispatch, cited, facts), hash_of_inputs(dispatch, cited, facts))


def rerate(dispatch_ids: Iterable[int], *, cause: Cause, now: datetime, at: datetime | None = None) -> int:
    """Issue an edition of kind "signal" wherever readers see another Signal than follows; say for how many they do.

    What is scheduled is replaced before anybody has seen it; where nothing supports it any more, it is called off.
    A past moment (`at`, for what happened elsewhere) counts where the current edition was live by then; what readers
    have seen is never rewritten.
    """
    issued = 0
    for batch in in_batches((each for each in compute(dispatch_ids) if each.differs), BATCH):
        editions = []
        for each in batch:
            is_pending = each.edition.live_at > now
            past = at if at and at > each.edition.live_at else now
            moment = each.edition.live_at if is_pending else past
            each.edition.superseded_at = moment
            if not is_pending or each.signal.rung > Rung.UNRATED:
                editions.append(
                    compose_rerated(
                        each.edition,
                        kind=Edition.Kind(each.edition.kind) if is_pending else Edition.Kind.SIGNAL,
                        live_at=moment,
                        cause=cause,
                        signal=each.signal,
                        inputs_hash=each.inputs_hash,
                    )
                )
        Edition.objects.bulk_update([each.edition for each in batch], ["superseded_at"])
        Edition.objects.bulk_create(editions)
        # Whatever lost its scheduled edition is a draft again, with nothing that is not published.
        reissued = {edition.dispatch_id for edition in editions}
        called_off = [each.edition.dispatch_id for each in batch if each.edition.dispatch_id not in reissued]
        Dispatch.objects.filter(pk__in=called_off).update(has_unpublished_changes=False)
        if editions:
            keep_record(min(edition.live_at for edition in editions))
        issued += sum(each.edition.live_at <= now for each in batch)
    return issued
