"""Issue editions now: publish, update, correct, withdraw, restore, expunge; and expunge a draft.

All of these raise NotReady with what is missing, and then nothing has changed. They also work while an update is
scheduled: it is issued again to follow what they publish (`carrying.py`), and a withdrawal cancels it.
"""

from datetime import datetime

from django.utils import timezone

from dispatches.desk import indexing
from dispatches.desk.actors import Actor
from dispatches.desk.carrying import clock, compose_upcoming
from dispatches.desk.composition import Composition, compose, compose_tombstone
from dispatches.desk.erasing import erase_at_the_desk
from dispatches.desk.expunging import erase
from dispatches.desk.issuing import end_scheduled, issue, issue_upcoming, require_ready, stored
from dispatches.desk.readiness import NotReady, find_blockers
from dispatches.desk.removals import record_expunction, record_restoration, record_withdrawal
from dispatches.desk.texts import read_text
from dispatches.desk.transactions import advance_state, verb
from dispatches.desk.unlinking import unlink
from dispatches.models import Dispatch, Issuance
from dispatches.public.models import Edition
from sources.text import clean

PUBLISH = "dispatches.publish_dispatch"
WITHDRAW = "dispatches.withdraw_dispatch"


@verb(PUBLISH)
def publish(*, dispatch: Dispatch, actor: Actor, at: datetime | None = None) -> Edition:
    """Issue the first edition, live now. A past `at` backdates it, for what was first published elsewhere."""
    if dispatch.latest_edition():
        raise NotReady(["It is already published or scheduled. Publish an update, or cancel the schedule."])
    return _issue_saved(stored(dispatch), actor, Edition.Kind.FIRST, _now_or_past(at))


@verb(PUBLISH)
def update(*, dispatch: Dispatch, actor: Actor, note: str = "", at: datetime | None = None) -> Edition:
    """Issue the working copy as the next edition. `note` tells readers what changed; a typo needs none.

    While an update is scheduled, this publishes only what was changed since, and carries it into the update.
    """
    return _issue_next(dispatch, actor, Edition.Kind.UPDATE, note, at)


@verb(PUBLISH)
def correct(*, dispatch: Dispatch, actor: Actor, note: str, at: datetime | None = None) -> Edition:
    """Issue the working copy as a correction. `note` tells readers what was wrong."""
    _require_note(note)
    return _issue_next(dispatch, actor, Edition.Kind.CORRECTION, note, at)


@verb(PUBLISH)
def clarify(*, dispatch: Dispatch, actor: Actor, note: str, at: datetime | None = None) -> Edition:
    """Issue the working copy as a clarification. `note` tells readers what was unclear."""
    _require_note(note)
    return _issue_next(dispatch, actor, Edition.Kind.CLARIFICATION, note, at)


@verb(WITHDRAW)
def withdraw(*, dispatch: Dispatch, actor: Actor, note: str, at: datetime | None = None) -> Edition:
    """Replace what readers see with a tombstone that gives the reason (`note`). The working copy stays as it is.

    What is scheduled is canceled.
    """
    return _withdraw(dispatch, actor, note, at)


@verb(WITHDRAW)
def restore(*, dispatch: Dispatch, actor: Actor, note: str) -> Edition:
    """Publish the working copy of a withdrawn dispatch again. `note` tells readers why."""
    _require_note(note)
    previous = dispatch.live_edition()
    if previous is None or not previous.is_withdrawn:
        raise NotReady(["It is not withdrawn."])
    edition = _issue_saved(stored(dispatch), actor, Edition.Kind.RESTORATION, timezone.now(), note, previous)
    record_restoration(dispatch)
    return edition


@verb(WITHDRAW)
def expunge(*, dispatch: Dispatch, actor: Actor, note: str) -> Edition:
    """Delete every word of a dispatch, for good: for a court order, or a danger to life.

    Its addresses, and every edition, show a tombstone with the reason (`note`). At the desk, the working copy and its
    history are deleted too, with the texts of the reports that no other dispatch cites.
    """
    _require_note(note)
    current = dispatch.live_edition()
    if current is None:
        raise NotReady(["It was never published. Expunge the draft instead."])
    if not current.is_withdrawn:
        current = _withdraw(dispatch, actor, note, None)
    addresses, neutral = erase(current.publication_id, note.strip())
    reports = erase_at_the_desk(dispatch, actor)
    indexing.purge(unlink(addresses, neutral), timezone.now())
    advance_state(withdraws=True)
    record_expunction(dispatch, reports)
    current.refresh_from_db()
    return current


@verb(WITHDRAW)
def expunge_draft(*, dispatch: Dispatch, actor: Actor) -> None:
    """Delete every word of a dispatch that was never published, for good. What is scheduled is canceled.

    Readers learn nothing of it. At the desk, the same is deleted as by `expunge`.
    """
    saved = stored(dispatch)
    live, scheduled = saved.current_editions()
    if live:
        raise NotReady(["It was published. Withdraw it, and expunge it then."])
    if scheduled:
        end_scheduled(scheduled, Issuance.End.CANCELED, actor)
    # Schedules that were canceled have left editions, which nobody has seen.
    addresses, neutral = erase(saved.publication_id, "") if saved.publication_id else (set(), "")
    reports = erase_at_the_desk(dispatch, actor)
    changed = unlink(addresses, neutral)
    indexing.purge(changed, timezone.now())
    if changed:
        advance_state()
    # So that no list of drafts shows it.
    Dispatch.objects.filter(pk=dispatch.pk).update(set_aside_at=timezone.now())
    dispatch.refresh_from_db()
    record_expunction(dispatch, reports)


# What must hold before an edition is issued


def _now_or_past(at: datetime | None) -> datetime:
    now = timezone.now()
    if at and at > now:
        raise NotReady([f"{clock(at)} is in the future. Schedule it instead."])
    return at or now


def _require_note(note: str) -> None:
    if not clean(note).strip():
        raise NotReady(["Tell readers what was wrong or why: the note is shown on the page."])


def _editions_before(dispatch: Dispatch, at: datetime) -> tuple[Edition, Edition | None]:
    """Return the live edition that one issued at `at` would follow, and the scheduled one."""
    live, scheduled = dispatch.current_editions()
    if live is None:
        raise NotReady(
            [f"It is scheduled for {clock(scheduled.live_at)}. Cancel the schedule first."]
            if scheduled
            else ["It is not published yet. Publish it first."]
        )
    if live.live_at >= at:
        raise NotReady([f"The latest edition is of {clock(live.live_at)}. The next one has to be later."])
    if live.is_withdrawn:
        raise NotReady(["It is withdrawn: readers see its tombstone."])
    return live, scheduled


# Issuing


def _issue_next(dispatch: Dispatch, actor: Actor, kind: Edition.Kind, note: str, at: datetime | None) -> Edition:
    live_at, saved = _now_or_past(at), stored(dispatch)
    live, scheduled = _editions_before(saved, live_at)
    upcoming = compose_upcoming(saved, kind=kind, note=note.strip(), live_at=live_at, live=live, scheduled=scheduled)
    require_ready(saved, upcoming.blockers(), upcoming.now.edition.rung, actor)
    return issue_upcoming(saved, upcoming, actor, live=live, scheduled=scheduled)


def _issue_saved(
    dispatch: Dispatch,
    actor: Actor,
    kind: Edition.Kind,
    live_at: datetime,
    note: str = "",
    previous: Edition | None = None,
) -> Edition:
    composition = compose(dispatch, kind=kind, live_at=live_at, note=note.strip(), previous=previous)
    require_ready(dispatch, find_blockers(composition, live_at), composition.edition.rung, actor)
    return issue(dispatch, composition, actor, text=read_text(dispatch), previous=previous)


def _withdraw(dispatch: Dispatch, actor: Actor, note: str, at: datetime | None) -> Edition:
    _require_note(note)
    live_at, saved = _now_or_past(at), stored(dispatch)
    live, scheduled = _editions_before(saved, live_at)
    if scheduled:
        end_scheduled(scheduled, Issuance.End.WITHDRAWN, actor)
    tombstone = compose_tombstone(live, live_at=live_at, note=note.strip())
    edition = issue(saved, Composition(tombstone), actor, text=None, previous=live)
    record_withdrawal(saved)
    return edition
