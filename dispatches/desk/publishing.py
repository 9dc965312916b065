"""Issue editions: publish, schedule, update, correct, withdraw, restore, expunge."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.dateformat import format as format_date

from dispatches.desk import indexing
from dispatches.desk.actors import Actor, user_of
from dispatches.desk.composition import Composition, compose, compose_tombstone
from dispatches.desk.erasing import erase_at_the_desk
from dispatches.desk.expunging import erase
from dispatches.desk.readiness import NotReady, find_blockers
from dispatches.desk.transactions import advance_state, verb
from dispatches.desk.unlinking import unlink
from dispatches.desk.unpublished import has_unpublished_changes
from dispatches.history import revisions
from dispatches.models import Dispatch, Issuance
from dispatches.public.announcing import announce_at_commit
from dispatches.public.models import Edition, Publication
from dispatches.public.record import keep_record
from dispatches.signal.rules import Rung
from sources.text import clean

PUBLISH = "dispatches.publish_dispatch"
WITHDRAW = "dispatches.withdraw_dispatch"


# All of these raise NotReady with what is missing, and then nothing has changed.


@verb(PUBLISH)
def publish(*, dispatch: Dispatch, actor: Actor, at: datetime | None = None) -> Edition:
    """Issue the first edition, live now. A past `at` backdates it, for what was first published elsewhere."""
    if dispatch.latest_edition():
        raise NotReady(["It is already published or scheduled. Publish an update, or cancel the schedule."])
    return _issue_working_copy(dispatch, actor, Edition.Kind.FIRST, _now_or_past(at))


@verb(PUBLISH)
def schedule(*, dispatch: Dispatch, actor: Actor, at: datetime) -> Edition:
    """Issue the first edition now, to go live by itself at a future time."""
    _require_future(at)
    if dispatch.latest_edition():
        raise NotReady(["It is already published or scheduled. Cancel the schedule first."])
    return _issue_working_copy(dispatch, actor, Edition.Kind.FIRST, at)


@verb(PUBLISH)
def reschedule(*, dispatch: Dispatch, actor: Actor, at: datetime) -> Edition:
    """Replace the scheduled edition with the current working copy, to go live at `at`.

    Readers never learn of the replaced edition.
    """
    _require_future(at)
    _end_before_live(_scheduled_edition(dispatch))
    return _issue_working_copy(dispatch, actor, Edition.Kind.FIRST, at)


@verb(PUBLISH)
def cancel_schedule(*, dispatch: Dispatch, actor: Actor) -> None:
    """Cancel a scheduled first edition; the dispatch is a draft again. Readers never learn of it."""
    _end_before_live(_scheduled_edition(dispatch))
    Dispatch.objects.filter(pk=dispatch.pk).update(has_unpublished_changes=False)


@verb(PUBLISH)
def update(*, dispatch: Dispatch, actor: Actor, note: str = "", at: datetime | None = None) -> Edition:
    """Issue the working copy as the next edition. `note` tells readers what changed; a typo needs none."""
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
    """Replace what readers see with a tombstone that gives the reason (`note`). The working copy stays as it is."""
    return _withdraw(dispatch, actor, note, at)


@verb(WITHDRAW)
def restore(*, dispatch: Dispatch, actor: Actor, note: str) -> Edition:
    """Publish the working copy of a withdrawn dispatch again. `note` tells readers why."""
    _require_note(note)
    previous = dispatch.live_edition()
    if previous is None or not previous.is_withdrawn:
        raise NotReady(["It is not withdrawn."])
    return _issue_working_copy(dispatch, actor, Edition.Kind.RESTORATION, timezone.now(), note, previous)


@verb(WITHDRAW)
def expunge(*, dispatch: Dispatch, actor: Actor, note: str) -> Edition:
    """Delete every word of a dispatch, for good: for a court order, or a danger to life.

    Its addresses, and every edition, show a tombstone with the reason (`note`). At the desk, the working copy and its
    history are deleted too, with the texts of the reports that no other dispatch cites.
    """
    _require_note(note)
    current = dispatch.live_edition()
    if current is None:
        raise NotReady(["It was never published. Set it aside instead."])
    if not current.is_withdrawn:
        current = _withdraw(dispatch, actor, note, None)
    addresses, neutral = erase(current.publication_id, note.strip())
    erase_at_the_desk(dispatch, actor)
    indexing.purge(unlink(addresses, neutral), timezone.now())
    advance_state(withdraws=True)
    current.refresh_from_db()
    return current


def needs_second_person(dispatch: Dispatch, user: User | None, rung: Rung) -> bool:
    """Return True if this user saved the text last, and the site's policy wants another person to publish it."""
    is_asked = settings.WIRE_SECOND_PERSON == "always" or (
        settings.WIRE_SECOND_PERSON == "confirmed" and rung is Rung.CONFIRMED
    )
    latest = revisions.of(dispatch).first() if is_asked and user else None
    return latest is not None and latest.saved_by == user


# What must hold before an edition is issued


def _now_or_past(at: datetime | None) -> datetime:
    now = timezone.now()
    if at and at > now:
        raise NotReady([f"{_clock(at)} is in the future. Schedule it instead."])
    return at or now


def _require_future(at: datetime) -> None:
    if at <= timezone.now():
        raise NotReady([f"{_clock(at)} has passed. Choose a later time, or publish it now."])


def _require_note(note: str) -> None:
    if not clean(note).strip():
        raise NotReady(["Tell readers what was wrong or why: the note is shown on the page."])


def _require_ready(dispatch: Dispatch, composition: Composition, actor: Actor) -> None:
    blockers = find_blockers(composition, composition.edition.live_at)
    if needs_second_person(dispatch, user_of(actor), Rung(composition.edition.rung)):
        blockers.append("You saved this text last, and someone else has to publish it. Submit it, and ask a colleague.")
    if blockers:
        raise NotReady(blockers)


def _scheduled_edition(dispatch: Dispatch) -> Edition:
    edition = dispatch.latest_edition()
    if edition is None or edition.live_at <= timezone.now():
        raise NotReady(["Nothing is scheduled. What is already live can be updated or withdrawn."])
    return edition


def _edition_before(dispatch: Dispatch, at: datetime) -> Edition:
    """Return the live edition that one issued at `at` would follow."""
    edition = dispatch.latest_edition()
    if edition is None:
        raise NotReady(["It is not published yet. Publish it first."])
    if edition.live_at > timezone.now():
        raise NotReady([f"An edition is scheduled for {_clock(edition.live_at)}. Cancel the schedule first."])
    if edition.live_at >= at:
        raise NotReady([f"The latest edition is of {_clock(edition.live_at)}. The next one has to be later."])
    if edition.is_withdrawn:
        raise NotReady(["It is withdrawn: readers see its tombstone."])
    return edition


def _clock(at: datetime) -> str:
    return format_date(timezone.localtime(at), "F j, H:i")


# Issuing


def _issue_next(dispatch: Dispatch, actor: Actor, kind: Edition.Kind, note: str, at: datetime | None) -> Edition:
    live_at = _now_or_past(at)
    return _issue_working_copy(dispatch, actor, kind, live_at, note, _edition_before(dispatch, live_at))


def _withdraw(dispatch: Dispatch, actor: Actor, note: str, at: datetime | None) -> Edition:
    _require_note(note)
    live_at = _now_or_past(at)
    previous = _edition_before(dispatch, live_at)
    tombstone = compose_tombstone(previous, live_at=live_at, note=note.strip())
    return _issue(dispatch, Composition(tombstone), actor, previous)


def _issue_working_copy(
    dispatch: Dispatch,
    actor: Actor,
    kind: Edition.Kind,
    live_at: datetime,
    note: str = "",
    previous: Edition | None = None,
) -> Edition:
    # As stored: someone may have saved it while this waited for the lock.
    stored = Dispatch.objects.select_related("section", "story").get(pk=dispatch.pk)
    composition = compose(stored, kind=kind, live_at=live_at, note=note.strip(), previous=previous)
    _require_ready(stored, composition, actor)
    return _issue(stored, composition, actor, previous)


def _issue(dispatch: Dispatch, composition: Composition, actor: Actor, previous: Edition | None) -> Edition:
    edition = composition.edition
    if previous:
        previous.superseded_at = edition.live_at
        previous.save(update_fields=["superseded_at"])
    else:
        # A canceled schedule was never public, so this edition's number, address and publication time ignore it.
        edition.publication = dispatch.publication or Publication.create()
    edition.full_clean()
    edition.save(force_insert=True)
    Issuance.objects.create(
        edition=edition, dispatch=dispatch, issued_by=user_of(actor), inputs_hash=composition.inputs_hash
    )
    # It was composed from the saved working copy; and a withdrawn dispatch has nothing left to publish.
    Dispatch.objects.filter(pk=dispatch.pk).update(publication=edition.publication_id, has_unpublished_changes=False)
    now = timezone.now()
    indexed = indexing.index_live(now, edition)
    is_live = edition.is_live(now)
    if is_live:
        keep_record(edition.live_at)
    else:
        indexing.index_when_live(edition)
    if is_live or indexed:
        advance_state(withdraws=is_live and edition.is_withdrawn)
    else:
        # A scheduled edition changes nothing yet, but every process must learn when it goes live.
        announce_at_commit()
    return edition


def _end_before_live(edition: Edition) -> None:
    """End a scheduled edition at its own live time, so that it never goes live."""
    edition.superseded_at = edition.live_at
    edition.save(update_fields=["superseded_at"])


# For `dispatches/desk/developments.py`


def issue_beside_working_copy(
    dispatch: Dispatch, composition: Composition, actor: Actor, previous: Edition | None
) -> Edition:
    """Issue an edition that was not composed from the working copy. Its other saved changes stay unpublished."""
    edition = _issue(dispatch, composition, actor, previous)
    Dispatch.objects.filter(pk=dispatch.pk).update(has_unpublished_changes=has_unpublished_changes(dispatch))
    return edition


def carry_into_pending(dispatch: Dispatch, actor: Actor, carry: Callable[[Edition], Composition]) -> Edition | None:
    """Replace the scheduled edition by what `carry` composes from it, if there is one."""
    pending = dispatch.editions.filter(superseded_at=None, live_at__gt=timezone.now()).first()
    if pending is None:
        return None
    composition = carry(pending)
    _end_before_live(pending)
    return issue_beside_working_copy(dispatch, composition, actor, None)
