"""Issuing editions: publish, schedule, update, correct, withdraw, restore, expunge."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.dateformat import format as format_date

from dispatches.desk import indexing
from dispatches.desk.composition import Composition, compose, compose_tombstone
from dispatches.desk.expunging import blank
from dispatches.desk.readiness import NotReady, check
from dispatches.desk.transactions import Editor, move_state, with_publication_lock
from dispatches.history import revisions
from dispatches.models import Dispatch, Issuance
from dispatches.public.announcing import announce_at_commit
from dispatches.public.models import Edition, Publication
from dispatches.public.record import keep_record
from dispatches.signal.rules import Rung

EXPUNGED = (
    "It was expunged, and nothing that was expunged is published again. If it may be told again, write a new dispatch."
)


# Dispatches


@with_publication_lock
def publish(*, dispatch: Dispatch, editor: Editor, at: datetime | None = None) -> Edition:
    """Issue the first edition, live from now on; or from `at`, a past moment for what was published elsewhere.

    Raises NotReady with what is missing; then nothing has changed.
    """
    if dispatch.latest_edition():
        raise NotReady(["It is published or scheduled already: publish an update, or call the scheduled one off."])
    return _issue_first(dispatch, editor, _moment(at))


@with_publication_lock
def schedule(*, dispatch: Dispatch, editor: Editor, at: datetime) -> Edition:
    """Issue the first edition so that it goes live by itself at a later moment. Raises NotReady."""
    _require_to_come(at)
    if dispatch.latest_edition():
        raise NotReady(["It is published or scheduled already: call the scheduled one off first."])
    return _issue_first(dispatch, editor, at)


@with_publication_lock
def reschedule(*, dispatch: Dispatch, editor: Editor, at: datetime) -> Edition:
    """Replace the scheduled edition by the working copy as it is now, to go live at `at`. Raises NotReady.

    Readers never learn of the edition that is replaced.
    """
    _require_to_come(at)
    _cancel(_scheduled(dispatch))
    return _issue_first(dispatch, editor, at)


@with_publication_lock
def call_off(*, dispatch: Dispatch) -> None:
    """Take back a first edition that has not gone live yet. Readers never learn of it."""
    _cancel(_scheduled(dispatch))
    Dispatch.objects.filter(pk=dispatch.pk).update(has_unpublished_changes=False)


def update(*, dispatch: Dispatch, editor: Editor, note: str = "", at: datetime | None = None) -> Edition:
    """Issue the working copy as the next edition. `note` tells readers what changed; a mere typo needs none."""
    return _issue_next(dispatch, editor, Edition.Kind.UPDATE, note, at)


def correct(*, dispatch: Dispatch, editor: Editor, note: str, at: datetime | None = None) -> Edition:
    """Issue the working copy as a correction. `note` tells readers what was wrong."""
    return _issue_next(dispatch, editor, Edition.Kind.CORRECTION, note, at)


def clarify(*, dispatch: Dispatch, editor: Editor, note: str, at: datetime | None = None) -> Edition:
    """Issue the working copy as a clarification. `note` tells readers what was not clear."""
    return _issue_next(dispatch, editor, Edition.Kind.CLARIFICATION, note, at)


@with_publication_lock
def withdraw(*, dispatch: Dispatch, editor: Editor, note: str, at: datetime | None = None) -> Edition:
    """Replace what readers see by a tombstone that gives the reason (`note`). The working copy stays as it is."""
    moment = _moment(at)
    _require_note(note)
    previous = _current(dispatch, moment)
    tombstone = compose_tombstone(previous, live_at=moment, note=note.strip())
    return _issue(dispatch, Composition(tombstone), editor, previous)


@with_publication_lock
def restore(*, dispatch: Dispatch, editor: Editor, note: str) -> Edition:
    """Put a withdrawn dispatch before readers again, as the working copy is now. `note` tells them why."""
    _require_note(note)
    previous, stored = dispatch.live_edition(), _as_stored(dispatch)
    if previous is None or not previous.is_withdrawn:
        raise NotReady(["It is not withdrawn."])
    if stored.expunged_at:
        raise NotReady([EXPUNGED])
    return _issue_composed(stored, editor, Edition.Kind.RESTORATION, timezone.now(), note, previous)


@with_publication_lock
def expunge(*, dispatch: Dispatch, editor: Editor, note: str) -> Edition:
    """Take every word of a dispatch out of what was published; only a court or a life may ask for it.

    What is left is a tombstone, at its address and for every edition, that gives the reason (`note`). The working copy
    and its history stay at the desk. Nothing brings the dispatch back.
    """
    _require_note(note)
    current = dispatch.live_edition()
    if current is None:
        raise NotReady(["Readers have never had it: set it aside."])
    if not current.is_withdrawn:
        current = withdraw(dispatch=dispatch, editor=editor, note=note)
    blank(current.publication_id, note.strip())
    dispatch.expunged_at = timezone.now()
    dispatch.save(update_fields=["expunged_at"])
    move_state(withdraws=True)
    current.refresh_from_db()
    return current


def needs_second_person(dispatch: Dispatch, editor: Editor, rung: Rung) -> bool:
    """Whether the installation wants another person than this one, who saved the text last, to publish it."""
    is_asked = settings.WIRE_SECOND_PERSON == "always" or (
        settings.WIRE_SECOND_PERSON == "confirmed" and rung is Rung.CONFIRMED
    )
    latest = revisions.of(dispatch).first() if is_asked and editor else None
    return latest is not None and latest.saved_by == editor


# What has to hold before anything is issued


def _moment(at: datetime | None) -> datetime:
    now = timezone.now()
    if at and at > now:
        raise NotReady([f"{_clock(at)} is still to come: schedule it."])
    return at or now


def _require_to_come(at: datetime) -> None:
    if at <= timezone.now():
        raise NotReady([f"{_clock(at)} has passed: choose a later time, or publish it now."])


def _require_note(note: str) -> None:
    if not note.strip():
        raise NotReady(["Tell readers what was wrong or why: the note is shown on the page."])


def _require_ready(dispatch: Dispatch, composition: Composition, editor: Editor) -> None:
    missing = check(composition, composition.edition.live_at)
    if needs_second_person(dispatch, editor, Rung(composition.edition.rung)):
        missing.append(
            "You saved this text last, and here somebody else has to publish it: submit it, and ask a colleague."
        )
    if missing:
        raise NotReady(missing)


def _scheduled(dispatch: Dispatch) -> Edition:
    edition = dispatch.latest_edition()
    if edition is None or edition.live_at <= timezone.now():
        raise NotReady(["Nothing is scheduled: what readers have seen can be updated or withdrawn, not called off."])
    return edition


def _current(dispatch: Dispatch, moment: datetime) -> Edition:
    edition = dispatch.latest_edition()
    if edition is None:
        raise NotReady(["It is not published yet: publish it first."])
    if edition.live_at > timezone.now():
        raise NotReady([f"An edition is scheduled for {_clock(edition.live_at)}: call it off first."])
    if edition.live_at >= moment:
        raise NotReady([f"There is an edition of {_clock(edition.live_at)}: the next one has to come after it."])
    if edition.is_withdrawn:
        raise NotReady(["It is withdrawn: readers see its tombstone, which stays."])
    return edition


def _as_stored(dispatch: Dispatch) -> Dispatch:
    """The working copy as it is under the lock; somebody may have saved it while we waited."""
    return Dispatch.objects.select_related("section", "story").get(pk=dispatch.pk)


def _clock(moment: datetime) -> str:
    return format_date(timezone.localtime(moment), "F j, H:i")


# Issuing


def _issue_first(dispatch: Dispatch, editor: Editor, at: datetime) -> Edition:
    return _issue_composed(_as_stored(dispatch), editor, Edition.Kind.FIRST, at)


@with_publication_lock
def _issue_next(dispatch: Dispatch, editor: Editor, kind: Edition.Kind, note: str, at: datetime | None) -> Edition:
    moment = _moment(at)
    previous = _current(dispatch, moment)
    if kind != Edition.Kind.UPDATE:
        _require_note(note)
    return _issue_composed(_as_stored(dispatch), editor, kind, moment, note, previous)


def _issue_composed(
    stored: Dispatch,
    editor: Editor,
    kind: Edition.Kind,
    at: datetime,
    note: str = "",
    previous: Edition | None = None,
) -> Edition:
    """Issue the working copy as it is stored. Raises NotReady, and then nothing has changed."""
    composition = compose(stored, kind=kind, live_at=at, note=note.strip(), previous=previous)
    _require_ready(stored, composition, editor)
    return _issue(stored, composition, editor, previous)


def _issue(dispatch: Dispatch, composition: Composition, editor: Editor, previous: Edition | None) -> Edition:
    edition = composition.edition
    if previous:
        previous.superseded_at = edition.live_at
        previous.save(update_fields=["superseded_at"])
    else:
        # A scheduled edition that was called off was never public: the first edition after it gets a number, an address
        # and a publication time as if there had been none.
        edition.publication = dispatch.publication or Publication.create()
    edition.full_clean()
    edition.save(force_insert=True)
    Issuance.objects.create(edition=edition, dispatch=dispatch, issued_by=editor, inputs_hash=composition.inputs_hash)
    # It was composed from what is saved; of a withdrawn dispatch there is nothing to publish.
    Dispatch.objects.filter(pk=dispatch.pk).update(publication=edition.publication_id, has_unpublished_changes=False)
    now = timezone.now()
    indexed = indexing.index_live(now, edition)
    is_live = edition.is_live(now)
    if is_live:
        keep_record(edition.live_at)
    else:
        indexing.wait_for(edition)
    if is_live or indexed:
        move_state(withdraws=is_live and edition.is_withdrawn)
    else:
        # What is scheduled changes nothing for readers yet, but its time, which has to be known, moves the state.
        announce_at_commit()
    return edition


def _cancel(edition: Edition) -> None:
    """End a scheduled edition at the time it would go live, so that it never does."""
    edition.superseded_at = edition.live_at
    edition.save(update_fields=["superseded_at"])
