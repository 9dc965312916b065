"""Issue a composed edition: the one place where editions are written by an editor's verb.

Only `dispatches/desk/` calls this, under the publication lock.
"""

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from dispatches.desk import indexing
from dispatches.desk.actors import Actor, user_of
from dispatches.desk.carrying import Upcoming
from dispatches.desk.composition import Composition
from dispatches.desk.proposing import propose_contradictions
from dispatches.desk.readiness import NotReady
from dispatches.desk.texts import Text
from dispatches.desk.transactions import advance_state
from dispatches.desk.unpublished import store_unpublished_changes
from dispatches.history import revisions
from dispatches.models import Dispatch, Issuance, IssuedText
from dispatches.public.announcing import announce_at_commit
from dispatches.public.models import Edition, Publication
from dispatches.public.record import keep_record
from dispatches.signal.rules import Rung


def stored(dispatch: Dispatch) -> Dispatch:
    """Return the working copy as stored: someone may have saved it while a verb waited for the lock."""
    return Dispatch.objects.select_related("section", "story").get(pk=dispatch.pk)


def needs_second_person(dispatch: Dispatch, user: User | None, rung: Rung) -> bool:
    """Return True if this user saved the text last, and the site's policy wants another person to publish it."""
    is_asked = settings.WIRE_SECOND_PERSON == "always" or (
        settings.WIRE_SECOND_PERSON == "confirmed" and rung is Rung.CONFIRMED
    )
    latest = revisions.of(dispatch).first() if is_asked and user else None
    return latest is not None and latest.saved_by == user


def require_ready(dispatch: Dispatch, blockers: list[str], rung: int, actor: Actor) -> None:
    """Raise NotReady if something blocks an edition, or if another person has to publish it."""
    if needs_second_person(dispatch, user_of(actor), Rung(rung)):
        blockers = [
            *blockers,
            "You saved this text last, and someone else has to publish it. Submit it, and ask a colleague.",
        ]
    if blockers:
        raise NotReady(blockers)


def issue(
    dispatch: Dispatch, composition: Composition, actor: Actor, *, text: Text | None, previous: Edition | None = None
) -> Edition:
    """Issue an edition composed from this text, to replace the `previous` one at its time; no text: a tombstone."""
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
        edition=edition,
        dispatch=dispatch,
        issued_by=user_of(actor),
        text=IssuedText.objects.create(dispatch=dispatch, content=text) if text else None,
        inputs_hash=composition.inputs_hash,
    )
    # It was composed from the saved working copy; and a withdrawn dispatch has nothing left to publish.
    Dispatch.objects.filter(pk=dispatch.pk).update(publication=edition.publication_id, has_unpublished_changes=False)
    now = timezone.now()
    indexed = indexing.index_live(now, edition)
    is_live = edition.is_live(now)
    if is_live and previous:
        propose_contradictions(dispatch)
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


def issue_upcoming(
    dispatch: Dispatch, upcoming: Upcoming, actor: Actor, *, live: Edition, scheduled: Edition | None
) -> Edition:
    """Issue the next edition and, if an update is scheduled, that one again to follow it. Returns the former."""
    if scheduled is None or upcoming.scheduled is None or upcoming.texts.scheduled is None:
        return issue(dispatch, upcoming.now, actor, text=upcoming.texts.now, previous=live)
    end_scheduled(scheduled, Issuance.End.REPLACED, actor)
    edition = issue(dispatch, upcoming.now, actor, text=upcoming.texts.now, previous=live)
    issue(dispatch, upcoming.scheduled, actor, text=upcoming.texts.scheduled, previous=edition)
    # If the working copy follows the live edition, it lacks the scheduled changes.
    store_unpublished_changes(dispatch)
    return edition


def end_scheduled(scheduled: Edition, how: Issuance.End, actor: Actor | None) -> None:
    """End a scheduled edition at its own live time, so that it never goes live."""
    scheduled.superseded_at = scheduled.live_at
    scheduled.save(update_fields=["superseded_at"])
    Issuance.objects.filter(edition=scheduled).update(ended=how, ended_at=timezone.now(), ended_by=user_of(actor))


def reopen(live: Edition | None) -> None:
    """Remove the end of a live edition: nothing is scheduled to replace it any more."""
    if live:
        live.superseded_at = None
        live.save(update_fields=["superseded_at"])
