"""Schedule editions: the first one of a dispatch, or an update of what is live.

All of these raise NotReady with what is missing, and then nothing has changed.
"""

from datetime import datetime

from django.utils import timezone

from dispatches.desk.actors import Actor
from dispatches.desk.carrying import clock, compose_from
from dispatches.desk.composition import Composition, compose
from dispatches.desk.issuing import end_scheduled, issue, reopen, require_ready, stored
from dispatches.desk.publishing import PUBLISH
from dispatches.desk.readiness import NotReady, find_blockers
from dispatches.desk.texts import Text, read_text, text_of
from dispatches.desk.transactions import verb
from dispatches.desk.unpublished import has_unpublished_changes
from dispatches.models import Dispatch, Issuance
from dispatches.public.models import Edition


@verb(PUBLISH)
def schedule(*, dispatch: Dispatch, actor: Actor, at: datetime, note: str = "") -> Edition:
    """Issue the working copy now, to go live by itself at a future time: the first edition, or an update.

    `note` tells readers what an update changed. Until then, readers learn nothing of it.
    """
    _require_future(at)
    saved = stored(dispatch)
    live, scheduled = saved.current_editions()
    if scheduled:
        raise NotReady([f"It is already scheduled for {clock(scheduled.live_at)}. Reschedule it instead."])
    if live and live.is_withdrawn:
        raise NotReady(["It is withdrawn: readers see its tombstone. Restore it first."])
    kind = Edition.Kind.UPDATE if live else Edition.Kind.FIRST
    composition = compose(saved, kind=kind, live_at=at, note=note.strip() if live else "", previous=live)
    require_ready(saved, find_blockers(composition, at), composition.edition.rung, actor)
    return _issue_scheduled(saved, composition, actor, text=read_text(saved), live=live)


@verb(PUBLISH)
def reschedule(*, dispatch: Dispatch, actor: Actor, at: datetime, note: str | None = None) -> Edition:
    """Replace the scheduled edition with the current working copy, to go live at `at`.

    An update keeps its note if none is given. Readers never learn of the replaced edition.
    """
    _require_future(at)
    saved = stored(dispatch)
    live, scheduled = _require_scheduled(saved)
    said = scheduled.note if note is None or live is None else note.strip()
    composition = compose(saved, kind=Edition.Kind(scheduled.kind), live_at=at, note=said, previous=live)
    require_ready(saved, find_blockers(composition, at), composition.edition.rung, actor)
    end_scheduled(scheduled, Issuance.End.REPLACED, actor)
    return _issue_scheduled(saved, composition, actor, text=read_text(saved), live=live)


@verb(PUBLISH)
def move_schedule(*, dispatch: Dispatch, actor: Actor, at: datetime) -> Edition:
    """Give the scheduled edition another time. Its text stays, whatever was saved since."""
    _require_future(at)
    saved = stored(dispatch)
    live, scheduled = _require_scheduled(saved)
    text = text_of(scheduled)
    if text is None:
        raise NotReady(["The text that is scheduled is not known. Reschedule it with what is saved now."])
    composition = compose_from(
        saved, text, kind=Edition.Kind(scheduled.kind), live_at=at, note=scheduled.note, previous=live
    )
    if blockers := find_blockers(composition, at):
        raise NotReady(blockers)
    differed, followed = saved.has_unpublished_changes, saved.follows_live
    end_scheduled(scheduled, Issuance.End.REPLACED, actor)
    edition = _issue_scheduled(saved, composition, actor, text=text, live=live)
    Dispatch.objects.filter(pk=saved.pk).update(has_unpublished_changes=differed, follows_live=followed)
    return edition


@verb(PUBLISH)
def cancel_schedule(*, dispatch: Dispatch, actor: Actor) -> None:
    """Cancel what is scheduled. Without a live edition, the dispatch is a draft again. Readers never learn of it."""
    saved = stored(dispatch)
    live, scheduled = _require_scheduled(saved)
    end_scheduled(scheduled, Issuance.End.CANCELED, actor)
    reopen(live)
    Dispatch.objects.filter(pk=saved.pk).update(
        has_unpublished_changes=has_unpublished_changes(saved), follows_live=False
    )


def _issue_scheduled(
    dispatch: Dispatch, composition: Composition, actor: Actor, *, text: Text, live: Edition | None
) -> Edition:
    Dispatch.objects.filter(pk=dispatch.pk).update(follows_live=False)
    return issue(dispatch, composition, actor, text=text, previous=live)


def _require_future(at: datetime) -> None:
    if at <= timezone.now():
        raise NotReady([f"{clock(at)} has passed. Choose a later time, or publish it now."])


def _require_scheduled(dispatch: Dispatch) -> tuple[Edition | None, Edition]:
    """Return the live edition, if there is one, and the scheduled one."""
    live, scheduled = dispatch.current_editions()
    if scheduled is None:
        raise NotReady(["Nothing is scheduled. What is already live can be updated or withdrawn."])
    return live, scheduled
