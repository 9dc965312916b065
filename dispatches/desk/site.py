"""Verbs for the whole site: its lead, its search index, re-rating after a change of the rules."""

from collections.abc import Iterable

from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from dispatches.desk import documents, indexing
from dispatches.desk.actors import Actor
from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import advance_state, rerate_now, verb
from dispatches.desk.withdrawals import purge_after_commit
from dispatches.models import Dispatch
from dispatches.public.announcing import announce_at_commit
from dispatches.public.models import Cause, Edition, Node, SiteState
from dispatches.public.search.documents import recount


@verb(None)
def rerate(*, dispatch_ids: Iterable[int], actor: Actor) -> int:
    """Re-rate these dispatches under the current rules. Returns the number of live editions replaced."""
    return rerate_now(dispatch_ids, Cause.RULES)


# The search index


def has_due_editions() -> bool:
    """Return True if an edition has gone live that is not in the index yet. Takes no lock."""
    return indexing.is_behind(timezone.now())


@verb(None)
def index_due_editions(*, actor: Actor) -> None:
    """Index the scheduled editions that have gone live."""
    if indexing.index_live(timezone.now()):
        advance_state()


@verb(None)
def reindex(*, edition: Edition, actor: Actor) -> None:
    """Index the text of an edition again, if it is live."""
    indexing.reindex(edition, timezone.now())


@verb(None)
def rebuild_relations(*, edition: Edition, actor: Actor) -> None:
    """Recompute which dispatches are related to an edition, if it is live."""
    indexing.rebuild_relations(edition, timezone.now())


@verb(None)
def prune_index(*, actor: Actor) -> None:
    """Remove what readers can't read from the index and the relations, and recount the words.

    Reads every document under the lock, so editors wait meanwhile.
    """
    indexing.remove_unreadable(timezone.now())
    recount()
    advance_state()


@verb(None)
def rebuild_documents(*, actor: Actor) -> int:
    """Rebuild the desk's own search. Returns how many objects it did not know, or knew with other words."""
    return documents.rebuild()


# Closing the site to readers after a restore


@verb(None)
def close_to_readers(*, actor: Actor) -> None:
    """Show readers no page, and begin a new epoch: nothing that was cached, confirmed or counted before is valid."""
    SiteState.objects.update(is_closed=True)
    begin_epoch()


@verb(None)
def open_to_readers(*, actor: Actor) -> None:
    """Show readers pages again, in a new epoch."""
    SiteState.objects.update(is_closed=False)
    begin_epoch()


def begin_epoch() -> None:
    """Move the state past every value that the site has had, also if the counters were set back by a restore.

    They count changes, so the time in microseconds is ahead of them, and of an earlier epoch. No heartbeat of before
    is believed.
    """
    now = int(timezone.now().timestamp() * 1_000_000)
    SiteState.objects.update(
        revision=Greatest(F("revision") + 1, Value(now)), withdrawals=Greatest(F("withdrawals") + 1, Value(now))
    )
    Node.objects.all().delete()
    announce_at_commit(withdraws=True)
    purge_after_commit()


# The lead


@verb("dispatches.publish_dispatch")
def pin_lead(*, dispatch: Dispatch, actor: Actor) -> None:
    """Make a dispatch the lead of Top Stories for as long as it can be read. Raises NotReady."""
    current = dispatch.live_edition()
    if current is None or current.is_withdrawn:
        raise NotReady(["Publish it first: only a published dispatch can lead."])
    SiteState.objects.update(lead=current.publication_id)
    advance_state()


@verb("dispatches.publish_dispatch")
def unpin_lead(*, actor: Actor) -> None:
    """Let Top Stories choose its lead again."""
    SiteState.objects.update(lead=None)
    advance_state()
