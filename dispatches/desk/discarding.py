"""Return a working copy to what was issued. The saved text stays in its history, so nothing is lost.

What an edition can give back is its text and its developments, with what was cited for one that had been deleted.
Other citations, the kind of claim and a hold take effect when they are saved, so they never differ from it.
"""

from dispatches.desk.actors import Actor
from dispatches.desk.issuing import stored
from dispatches.desk.readiness import NotReady
from dispatches.desk.texts import text_of, write_text
from dispatches.desk.transactions import recording, verb
from dispatches.models import Dispatch
from dispatches.public.models import Edition


@verb("dispatches.change_dispatch")
def discard_changes(*, dispatch: Dispatch, actor: Actor) -> None:
    """Return the working copy to what is scheduled or, if nothing is, to what is live. Raises NotReady."""
    live, scheduled = stored(dispatch).current_editions()
    _return_to(dispatch, scheduled or live, actor, how="Discarded changes", follows_live=False)


@verb("dispatches.change_dispatch")
def return_to_live(*, dispatch: Dispatch, actor: Actor) -> None:
    """Return the working copy to what is live, while an update is scheduled. The schedule stays. Raises NotReady.

    What is changed from there is published without what is scheduled, and carried into it.
    """
    live, scheduled = stored(dispatch).current_editions()
    if scheduled is None:
        raise NotReady(["Nothing is scheduled."])
    _return_to(dispatch, live, actor, how="Returned to what is live", follows_live=True)


def _return_to(dispatch: Dispatch, edition: Edition | None, actor: Actor, *, how: str, follows_live: bool) -> None:
    text = text_of(edition)
    if text is None:
        raise NotReady(["Nothing of it is live or scheduled. Restore an earlier text from its history instead."])
    with recording(dispatch, actor=actor, how=how):
        Dispatch.objects.filter(pk=dispatch.pk).update(follows_live=follows_live)
        write_text(stored(dispatch), text)
    dispatch.refresh_from_db()
