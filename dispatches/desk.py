"""The verbs of the desk: every write that matters. Each is atomic, and each public change moves the site's state.

Whoever changes what readers see locks the one row of the site's state first. So publications happen one after the
other, and what a verb has checked still holds when it writes.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.dateformat import format as format_date

from dispatches.composition import compose, compose_tombstone
from dispatches.editions import Edition, Section, SiteState
from dispatches.models import Dispatch
from dispatches.readiness import NotReady, check
from sources.models import Report

__all__ = [
    "NotReady",
    "accept_report",
    "call_off",
    "clarify",
    "correct",
    "pin_lead",
    "publish",
    "reject_report",
    "retract_report",
    "save_section",
    "schedule",
    "unpin_lead",
    "update",
    "withdraw",
]

# Who does it; None for what a program does.
Editor = User | None


# Reports


@transaction.atomic
def accept_report(*, report: Report, editor: Editor, at: datetime | None = None) -> None:
    """Accept a report: it may now count for the dispatches that cite it, from their next edition on."""
    _review(report, Report.Review.ACCEPTED, editor, at)


@transaction.atomic
def reject_report(*, report: Report, editor: Editor, at: datetime | None = None) -> None:
    """Reject a report: it never counts, and readers never learn of it."""
    _review(report, Report.Review.REJECTED, editor, at)


@transaction.atomic
def retract_report(*, report: Report, at: datetime | None = None) -> None:
    """Note that a source took its report back. Neither it nor what relays it counts any more."""
    report.retracted_at = at or timezone.now()
    report.full_clean()
    report.save()


def _review(report: Report, review: Report.Review, editor: Editor, at: datetime | None) -> None:
    report.review = review
    report.reviewed_by = editor
    report.reviewed_at = at or timezone.now()
    report.full_clean()
    report.save()


# Dispatches


@transaction.atomic
def publish(*, dispatch: Dispatch, editor: Editor, at: datetime | None = None) -> Edition:
    """Issue the first edition, live from now on; or from `at`, a past moment for what was published elsewhere.

    Raises NotReady with what is missing; then nothing has changed.
    """
    _lock()
    if dispatch.latest_edition():
        raise NotReady(["It is published or scheduled already: publish an update, or call the scheduled one off."])
    return _issue_first(dispatch, editor, at or timezone.now())


@transaction.atomic
def schedule(*, dispatch: Dispatch, editor: Editor, at: datetime) -> Edition:
    """Issue the first edition so that it goes live by itself at a later moment. Raises NotReady."""
    _lock()
    if at <= timezone.now():
        raise NotReady([f"{_clock(at)} has passed: choose a later time, or publish it now."])
    if dispatch.latest_edition():
        raise NotReady(["It is published or scheduled already: call the scheduled one off first."])
    return _issue_first(dispatch, editor, at)


@transaction.atomic
def call_off(*, dispatch: Dispatch, editor: Editor) -> None:
    """Take back a first edition that has not gone live yet. Readers never learn of it."""
    _lock()
    edition = dispatch.latest_edition()
    if edition is None or edition.live_at <= timezone.now():
        raise NotReady(["Nothing is scheduled: what readers have seen can be withdrawn, not called off."])
    edition.superseded_at = edition.live_at
    edition.save(update_fields=["superseded_at"])
    _move_state()


def update(*, dispatch: Dispatch, editor: Editor, note: str = "", at: datetime | None = None) -> Edition:
    """Issue the working copy as the next edition. `note` tells readers what changed; a mere typo needs none."""
    return _issue_next(dispatch, editor, Edition.Kind.UPDATE, note, at)


def correct(*, dispatch: Dispatch, editor: Editor, note: str, at: datetime | None = None) -> Edition:
    """Issue the working copy as a correction. `note` tells readers what was wrong."""
    return _issue_next(dispatch, editor, Edition.Kind.CORRECTION, note, at)


def clarify(*, dispatch: Dispatch, editor: Editor, note: str, at: datetime | None = None) -> Edition:
    """Issue the working copy as a clarification. `note` tells readers what was not clear."""
    return _issue_next(dispatch, editor, Edition.Kind.CLARIFICATION, note, at)


@transaction.atomic
def withdraw(*, dispatch: Dispatch, editor: Editor, note: str, at: datetime | None = None) -> Edition:
    """Replace what readers see by a tombstone that gives the reason (`note`). The working copy stays as it is."""
    _lock()
    moment = at or timezone.now()
    _require_note(note)
    previous = _current(dispatch, moment)
    return _replace(previous, compose_tombstone(previous, live_at=moment, note=note.strip()), editor)


def _issue_first(dispatch: Dispatch, editor: Editor, at: datetime) -> Edition:
    # What was called off was never public, so a first edition after it makes its address and its time anew.
    called_off = dispatch.editions.order_by("number").last()
    composition = compose(dispatch, kind=Edition.Kind.FIRST, live_at=at)
    if missing := check(composition, at):
        raise NotReady(missing)
    edition = composition.edition
    if called_off:
        edition.number = called_off.number + 1
    return _save(edition, editor)


@transaction.atomic
def _issue_next(dispatch: Dispatch, editor: Editor, kind: Edition.Kind, note: str, at: datetime | None) -> Edition:
    _lock()
    moment = at or timezone.now()
    previous = _current(dispatch, moment)
    if kind != Edition.Kind.UPDATE:
        _require_note(note)
    composition = compose(dispatch, kind=kind, live_at=moment, note=note.strip(), previous=previous)
    if missing := check(composition, moment):
        raise NotReady(missing)
    return _replace(previous, composition.edition, editor)


def _current(dispatch: Dispatch, moment: datetime) -> Edition:
    edition = dispatch.latest_edition()
    if edition is None:
        raise NotReady(["It is not published yet: publish it first."])
    if edition.live_at > moment:
        raise NotReady([f"An edition is scheduled for {_clock(edition.live_at)}: call it off first."])
    if edition.is_withdrawn:
        raise NotReady(["It is withdrawn: readers see its tombstone, which stays."])
    return edition


def _require_note(note: str) -> None:
    if not note.strip():
        raise NotReady(["Say to readers what was wrong or why: the note is shown on the page."])


def _replace(previous: Edition, edition: Edition, editor: Editor) -> Edition:
    previous.superseded_at = edition.live_at
    previous.save(update_fields=["superseded_at"])
    return _save(edition, editor)


def _save(edition: Edition, editor: Editor) -> Edition:
    edition.issued_by = editor
    edition.full_clean()
    edition.save(force_insert=True)
    _move_state()
    return edition


# The site


@transaction.atomic
def pin_lead(*, dispatch: Dispatch) -> None:
    """Make a dispatch the lead of the Top Stories for as long as readers can read it."""
    _lock()
    current = dispatch.live_edition()
    if current is None or current.is_withdrawn:
        raise NotReady(["Only a dispatch that readers can read can lead: publish it first."])
    SiteState.objects.update(lead=dispatch)
    _move_state()


@transaction.atomic
def unpin_lead() -> None:
    """Let the Top Stories choose their lead themselves."""
    _lock()
    SiteState.objects.update(lead=None)
    _move_state()


@transaction.atomic
def save_section(*, section: Section) -> None:
    """Save a section: its name stands on public pages."""
    _lock()
    section.full_clean()
    section.save()
    _move_state()


def _lock() -> None:
    SiteState.objects.select_for_update().get_or_create(pk=1)


def _move_state() -> None:
    SiteState.objects.update(revision=F("revision") + 1)


def _clock(moment: datetime) -> str:
    return format_date(timezone.localtime(moment), "F j, H:i")
