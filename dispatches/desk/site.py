"""What concerns the whole site: its lead, its index, its rules."""

from collections.abc import Iterable

from django.utils import timezone

from dispatches.desk import indexing
from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import move_state, publication_lock, rerate_now, with_publication_lock
from dispatches.models import Dispatch
from dispatches.public.models import Cause, Edition, SiteState
from dispatches.public.search.documents import count_anew


@with_publication_lock
def rerate(*, dispatch_ids: Iterable[int]) -> int:
    """Rate these dispatches anew under the rules as they are now. Says for how many readers see another Signal."""
    return rerate_now(dispatch_ids, Cause.RULES)


# The index


def index_due() -> None:
    """Index what has gone live by itself. Asks first, without the lock, whether something has."""
    if indexing.is_behind(timezone.now()):
        with publication_lock():
            if indexing.index_live(timezone.now()):
                move_state()


def index_anew(*, edition: Edition) -> None:
    """Put the words of an edition into the index once more, if it is live."""
    with publication_lock():
        indexing.index_anew(edition, timezone.now())


def relate_anew(*, edition: Edition) -> None:
    """Work out once more what an edition is related to, if it is live."""
    with publication_lock():
        indexing.relate_anew(edition, timezone.now())


def clean_index() -> None:
    """Take what readers can't read out of the index and the relations, and count anew which words are there.

    All documents are read for it, and other editors wait for so long.
    """
    with publication_lock():
        indexing.drop_what_is_not_live(timezone.now())
        count_anew()
        move_state()


# The site


@with_publication_lock
def pin_lead(*, dispatch: Dispatch) -> None:
    """Make a dispatch the lead of the Top Stories for as long as readers can read it."""
    current = dispatch.live_edition()
    if current is None or current.is_withdrawn:
        raise NotReady(["Only a dispatch that readers can read can lead: publish it first."])
    SiteState.objects.update(lead=current.publication_id)
    move_state()


@with_publication_lock
def unpin_lead() -> None:
    """Let the Top Stories choose their lead themselves."""
    SiteState.objects.update(lead=None)
    move_state()
