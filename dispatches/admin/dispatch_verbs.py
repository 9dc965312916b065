"""The buttons on a dispatch: which there are, and when each is offered.

What they do is in `dispatch_outcomes.py`, and what they tell before in `dispatch_previews.py`.
"""

from django import forms

from dispatches.admin import dispatch_outcomes as outcomes
from dispatches.admin import dispatch_previews as previews
from dispatches.admin.forms import (
    CorrectionForm,
    ExpungeForm,
    HoldForm,
    NoteForm,
    RescheduleForm,
    ScheduleForm,
    ScheduleUpdateForm,
    SendBackForm,
    TimeForm,
    UpdateForm,
)
from dispatches.admin.verbs import Verb
from dispatches.models import Dispatch


def _is_saved(dispatch: Dispatch | None) -> bool:
    # Leaving an add form for another page would let Back submit it a second time.
    return dispatch is not None and dispatch.expunged_at is None


def is_draft(dispatch: Dispatch | None) -> bool:
    return dispatch is None or (dispatch.current_editions() == (None, None) and dispatch.set_aside_at is None)


def _is_saved_draft(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and is_draft(dispatch)


def _is_submitted(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and is_draft(dispatch) and dispatch.submitted_at is not None


def _is_coming(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.scheduled_edition() is not None


def _is_unpublished(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.expunged_at is None and dispatch.live_edition() is None


def _is_public(dispatch: Dispatch | None) -> bool:
    edition = dispatch.live_edition() if dispatch else None
    return edition is not None and not edition.is_withdrawn


def _is_public_and_coming(dispatch: Dispatch | None) -> bool:
    return _is_public(dispatch) and _is_coming(dispatch)


def _is_withdrawn(dispatch: Dispatch | None) -> bool:
    edition = dispatch.live_edition() if dispatch else None
    return edition is not None and edition.is_withdrawn


def _is_withdrawn_and_kept(dispatch: Dispatch | None) -> bool:
    return _is_saved(dispatch) and _is_withdrawn(dispatch)


def _differs(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.has_unpublished_changes


def _is_lead(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.is_lead()


PUBLISHES = "dispatches.publish_dispatch"
WITHDRAWS = "dispatches.withdraw_dispatch"
HOLDS = "dispatches.hold_dispatch"

VERBS = [
    Verb(
        "publish",
        "Publish",
        outcomes.publish,
        is_draft,
        "Publishes it now.",
        forms.Form,
        preview=previews.publishing,
        permission=PUBLISHES,
        blockers=previews.blockers,
        is_primary=True,
    ),
    Verb(
        "update",
        "Publish update",
        outcomes.update,
        _is_public,
        "Publishes what is saved now as a new edition. The previous one stays in the history.",
        UpdateForm,
        preview=previews.updating,
        permission=PUBLISHES,
        blockers=previews.following_blockers,
        is_primary=True,
    ),
    Verb(
        "submit",
        "Submit for review",
        outcomes.submit,
        lambda dispatch: is_draft(dispatch) and not _is_submitted(dispatch),
        "Asks an editor to review and publish it.",
        is_primary=True,
    ),
    Verb(
        "preview",
        "Preview",
        outcomes.preview,
        _is_saved,
        "Shows the page as readers would see it, on a phone and a computer.",
        only_reads=True,
        is_safe=True,
    ),
    Verb(
        "schedule",
        "Schedule",
        outcomes.schedule,
        _is_saved_draft,
        "What is saved now goes live automatically at the time you enter, such as the end of an embargo. "
        "Until then, readers see nothing of it.",
        ScheduleForm,
        permission=PUBLISHES,
        blockers=previews.blockers,
    ),
    Verb(
        "send-back",
        "Send back",
        outcomes.send_back,
        _is_submitted,
        "Returns it to its author with your note.",
        SendBackForm,
        permission=PUBLISHES,
    ),
    Verb(
        "schedule-update",
        "Schedule update",
        outcomes.schedule,
        lambda dispatch: _is_public(dispatch) and not _is_coming(dispatch),
        "What is saved now replaces what readers have, automatically, at the time you enter.",
        ScheduleUpdateForm,
        preview=previews.scheduling_update,
        permission=PUBLISHES,
        blockers=previews.blockers,
    ),
    Verb(
        "reschedule",
        "Reschedule",
        outcomes.reschedule,
        _is_coming,
        "Replaces the scheduled edition with what is saved now, at the time you enter.",
        RescheduleForm,
        preview=previews.rescheduling,
        permission=PUBLISHES,
        blockers=previews.rescheduling_blockers,
        is_primary=True,
    ),
    Verb(
        "move",
        "Change the time",
        outcomes.move,
        _is_coming,
        "Gives the scheduled edition another time, and leaves its text as it is.",
        TimeForm,
        preview=previews.moving,
        permission=PUBLISHES,
    ),
    Verb(
        "call-off",
        "Cancel schedule",
        outcomes.call_off,
        _is_coming,
        "What is scheduled does not go live.",
        forms.Form,
        preview=previews.canceling,
        permission=PUBLISHES,
    ),
    Verb(
        "discard",
        "Discard changes",
        outcomes.discard,
        _differs,
        "Returns the text to what is scheduled or, if nothing is, to what is live. The history keeps what you discard.",
        forms.Form,
        preview=previews.discarding,
    ),
    Verb(
        "return-to-live",
        "Return to what is live",
        outcomes.return_to_live,
        _is_public_and_coming,
        "Returns the text to what is live, to correct that. The schedule stays.",
        forms.Form,
        preview=previews.returning,
    ),
    Verb(
        "correct",
        "Correct",
        outcomes.correct,
        _is_public,
        "Publishes what is saved now, marked Corrected, with your note above it and on the corrections page.",
        CorrectionForm,
        preview=previews.correcting,
        permission=PUBLISHES,
        blockers=previews.following_blockers,
    ),
    Verb(
        "clarify",
        "Clarify",
        outcomes.clarify,
        _is_public,
        "Publishes what is saved now, with your note above it and on the corrections page.",
        NoteForm,
        preview=previews.clarifying,
        permission=PUBLISHES,
        blockers=previews.following_blockers,
    ),
    Verb(
        "hold",
        "Hold the Signal down",
        outcomes.hold,
        lambda dispatch: _is_saved(dispatch) and not _is_withdrawn(dispatch) and dispatch.hold is None,
        "Caps the Signal, whatever the sources support. Takes effect at once on what is live and scheduled.",
        HoldForm,
        permission=HOLDS,
    ),
    Verb(
        "release",
        "End the hold",
        outcomes.release,
        lambda dispatch: dispatch is not None and dispatch.hold is not None,
        "Readers see the Signal computed from the sources. Takes effect at once on what is live and scheduled.",
        forms.Form,
        permission=HOLDS,
    ),
    Verb(
        "pin",
        "Pin as lead",
        outcomes.pin,
        lambda dispatch: _is_public(dispatch) and not _is_lead(dispatch),
        "Makes it the lead of Top Stories until you unpin it.",
        permission=PUBLISHES,
    ),
    Verb(
        "unpin",
        "Unpin",
        outcomes.unpin,
        _is_lead,
        "Lets Top Stories choose its lead automatically.",
        permission=PUBLISHES,
    ),
    Verb(
        "withdraw",
        "Withdraw",
        outcomes.withdraw,
        _is_public,
        "Removes the dispatch from the site immediately. Its address shows a notice: when it was withdrawn, and why. "
        "What is scheduled is canceled.",
        NoteForm,
        preview=previews.withdrawing,
        permission=WITHDRAWS,
        is_destructive=True,
    ),
    Verb(
        "restore",
        "Restore",
        outcomes.restore,
        _is_withdrawn_and_kept,
        "Publishes what is saved now again, with your note above it.",
        NoteForm,
        permission=WITHDRAWS,
        blockers=previews.blockers,
    ),
    Verb(
        "expunge",
        "Expunge",
        outcomes.expunge,
        _is_withdrawn_and_kept,
        "Permanently deletes its text from all editions and at the desk: the working copy, its history, and the "
        "reports that only it cites. It can't be restored. Only for a court order, or if a life is at risk.",
        ExpungeForm,
        preview=previews.expunging,
        permission=WITHDRAWS,
        is_destructive=True,
    ),
    Verb(
        "expunge-draft",
        "Expunge the draft",
        outcomes.expunge_draft,
        _is_unpublished,
        "Permanently deletes the draft: its text, its history, its comments, and the reports that only it cites. "
        "What is scheduled is canceled. It can't be restored. Only for a court order, or if a life is at risk.",
        forms.Form,
        preview=previews.expunging,
        permission=WITHDRAWS,
        is_destructive=True,
    ),
    Verb(
        "set-aside",
        "Set aside",
        outcomes.set_aside,
        _is_saved_draft,
        "Removes it from the lists. You can return it to the drafts at any time.",
    ),
    Verb(
        "bring-back",
        "Return to drafts",
        outcomes.bring_back,
        lambda dispatch: dispatch is not None and _is_saved(dispatch) and dispatch.set_aside_at is not None,
        "Lists it among the drafts again.",
    ),
]
