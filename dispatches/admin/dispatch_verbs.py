"""The buttons on a dispatch: what each does, when it is offered, and what it tells the editor."""

from datetime import datetime

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import pluralize
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatches import desk
from dispatches.admin.forms import (
    CorrectionForm,
    ExpungeForm,
    HoldForm,
    NoteForm,
    RescheduleForm,
    ScheduleForm,
    SendBackForm,
    UpdateForm,
)
from dispatches.admin.times import minute_in_words
from dispatches.admin.verbs import Verb
from dispatches.desk.erasing import foresee
from dispatches.desk.readiness import blockers_at, compose_next
from dispatches.desk.unpublished import unpublished_changes
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from dispatches.signal.rules import Rung

# What the buttons do: each calls one verb, and tells the editor what readers see now.


def _preview(dispatch: Dispatch, editor: User) -> HttpResponse:
    return redirect("admin:dispatches_dispatch_frame", dispatch.pk)


def _submit(dispatch: Dispatch, editor: User) -> str:
    desk.submit(dispatch=dispatch, actor=editor)
    return "Submitted for review. You can still edit it. Readers don't see it yet."


def _send_back(dispatch: Dispatch, editor: User, note: str) -> str:
    desk.send_back(dispatch=dispatch, actor=editor, note=note)
    return "Sent back. Its author sees your note above the form. Readers don't see it yet."


def _publish(dispatch: Dispatch, editor: User) -> SafeString:
    return _published("Published.", desk.publish(dispatch=dispatch, actor=editor))


def _schedule(dispatch: Dispatch, editor: User, at: datetime) -> SafeString:
    edition = desk.schedule(dispatch=dispatch, actor=editor, at=at)
    return format_html(
        "Scheduled. “{}” goes live {}, {}, at {}. Until then, readers see nothing of it.",
        edition.headline,
        _clock(edition.live_at),
        settings.WIRE_TIME_ZONE_LABEL,
        edition.get_absolute_url(),
    )


def _reschedule(dispatch: Dispatch, editor: User, at: datetime) -> SafeString:
    edition = desk.reschedule(dispatch=dispatch, actor=editor, at=at)
    return format_html(
        "Rescheduled with what is saved now. “{}” goes live {}, {}, at {}. Until then, readers see nothing of it.",
        edition.headline,
        _clock(edition.live_at),
        settings.WIRE_TIME_ZONE_LABEL,
        edition.get_absolute_url(),
    )


def _call_off(dispatch: Dispatch, editor: User) -> str:
    desk.cancel_schedule(dispatch=dispatch, actor=editor)
    return "Schedule canceled. It is a draft again; readers have not seen it."


def _update(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published("Updated.", desk.update(dispatch=dispatch, actor=editor, note=note))


def _correct(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published("Corrected.", desk.correct(dispatch=dispatch, actor=editor, note=note))


def _clarify(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published("Clarified.", desk.clarify(dispatch=dispatch, actor=editor, note=note))


def _expunge(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    edition = desk.expunge(dispatch=dispatch, actor=editor, note=note)
    return format_html(
        'Expunged. Its addresses show <a href="{}">only when and why</a>. Search engines, feed readers and other '
        "caches may still have a copy: ask them to remove it. So may backups and the server’s access logs: tell "
        "whoever operates the site.",
        edition.get_absolute_url(),
    )


def _withdraw(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    edition = desk.withdraw(dispatch=dispatch, actor=editor, note=note)
    return format_html(
        'Withdrawn. Readers see only <a href="{}">a notice with your reason</a>.',
        edition.get_absolute_url(),
    )


def _restore(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published("Restored.", desk.restore(dispatch=dispatch, actor=editor, note=note))


def _hold(dispatch: Dispatch, editor: User, at_most: Rung, reason: str) -> SafeString:
    desk.hold_signal(dispatch=dispatch, actor=editor, at_most=at_most, reason=reason)
    return _signal_now("Signal held down.", dispatch)


def _release(dispatch: Dispatch, editor: User) -> SafeString:
    desk.release_signal(dispatch=dispatch, actor=editor)
    return _signal_now("Hold ended.", dispatch)


def _signal_now(what: str, dispatch: Dispatch) -> SafeString:
    edition = dispatch.live_edition()
    if edition is None or edition.is_withdrawn:
        return format_html("{} Readers don't see the dispatch yet.", what)
    return _published(what, edition)


def _set_aside(dispatch: Dispatch, editor: User) -> str:
    desk.set_aside(dispatch=dispatch, actor=editor)
    return "Set aside. It is no longer listed; nothing is lost."


def _bring_back(dispatch: Dispatch, editor: User) -> str:
    desk.reopen_draft(dispatch=dispatch, actor=editor)
    return "Returned to the drafts. Readers don't see it yet."


def _pin(dispatch: Dispatch, editor: User) -> SafeString:
    desk.pin_lead(dispatch=dispatch, actor=editor)
    return format_html('Pinned as the lead of <a href="{}">Top Stories</a>.', reverse("top-stories"))


def _unpin(dispatch: Dispatch, editor: User) -> SafeString:
    desk.unpin_lead(actor=editor)
    return format_html('Unpinned. <a href="{}">Top Stories</a> chooses its lead automatically.', reverse("top-stories"))


def _published(what: str, edition: Edition) -> SafeString:
    return format_html(
        '{} Readers now see <a href="{}">{}</a>, rated {}.',
        what,
        edition.get_absolute_url(),
        edition.headline,
        edition.signal.word,
    )


def _clock(at: datetime) -> str:
    return minute_in_words(at)


def _preview_publishing(dispatch: Dispatch) -> str:
    edition = compose_next(dispatch).edition
    return (
        f"Publishes “{edition.headline}” now{f' at {edition.get_absolute_url()}' if edition.slug else ''}, "
        f"rated {edition.signal.word}: {edition.claim_report_count} "
        f"report{pluralize(edition.claim_report_count)} on the headline, {edition.origins} independent "
        f"origin{pluralize(edition.origins)}."
    )


def _preview_update(dispatch: Dispatch) -> SafeString:
    return _with_changes("Publishes what is saved now. The previous edition stays in the history.", dispatch)


def _preview_correction(dispatch: Dispatch) -> SafeString:
    return _with_changes(
        "Publishes what is saved now, marked Corrected, with your note above it and on the corrections page.",
        dispatch,
    )


def _preview_clarification(dispatch: Dispatch) -> SafeString:
    return _with_changes("Publishes what is saved now, with your note above it and on the corrections page.", dispatch)


def _preview_rescheduling(dispatch: Dispatch) -> SafeString:
    return _with_changes(
        "Replaces the scheduled edition with what is saved now. It goes live automatically at the time you enter; "
        "until then, readers see nothing of it.",
        dispatch,
    )


def _with_changes(words: str, dispatch: Dispatch) -> SafeString:
    context = {"words": words, "changes": unpublished_changes(dispatch), "is_public": _is_public(dispatch)}
    return render_to_string("admin/dispatches/dispatch/_consequence.html", context)


def _preview_expunging(dispatch: Dispatch) -> SafeString:
    return render_to_string("admin/dispatches/dispatch/_losses.html", {"losses": foresee(dispatch)})


def _blockers(dispatch: Dispatch) -> list[str]:
    return blockers_at(dispatch, timezone.now())


def _rescheduling_blockers(dispatch: Dispatch) -> list[str]:
    edition = dispatch.latest_edition()
    return blockers_at(dispatch, edition.live_at if edition else timezone.now())


def _is_saved(dispatch: Dispatch | None) -> bool:
    # Leaving an add form for another page would let Back submit it a second time.
    return dispatch is not None and dispatch.expunged_at is None


def is_draft(dispatch: Dispatch | None) -> bool:
    return dispatch is None or (dispatch.latest_edition() is None and dispatch.set_aside_at is None)


def _is_saved_draft(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and is_draft(dispatch)


def _is_submitted(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and is_draft(dispatch) and dispatch.submitted_at is not None


def _is_coming(dispatch: Dispatch | None) -> bool:
    edition = dispatch.latest_edition() if dispatch else None
    return edition is not None and edition.live_at > timezone.now()


def _is_public(dispatch: Dispatch | None) -> bool:
    edition = dispatch.live_edition() if dispatch else None
    return edition is not None and not edition.is_withdrawn


def _is_withdrawn(dispatch: Dispatch | None) -> bool:
    edition = dispatch.live_edition() if dispatch else None
    return edition is not None and edition.is_withdrawn


def _is_withdrawn_and_kept(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.expunged_at is None and _is_withdrawn(dispatch)


def _is_lead(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.is_lead()


PUBLISHES = "dispatches.publish_dispatch"
WITHDRAWS = "dispatches.withdraw_dispatch"
HOLDS = "dispatches.hold_dispatch"

VERBS = [
    Verb(
        "publish",
        "Publish",
        _publish,
        is_draft,
        "Publishes it now.",
        forms.Form,
        preview=_preview_publishing,
        permission=PUBLISHES,
        blockers=_blockers,
        is_primary=True,
    ),
    Verb(
        "update",
        "Publish update",
        _update,
        _is_public,
        "Publishes what is saved now as a new edition. The previous one stays in the history.",
        UpdateForm,
        preview=_preview_update,
        permission=PUBLISHES,
        blockers=_blockers,
        is_primary=True,
    ),
    Verb(
        "submit",
        "Submit for review",
        _submit,
        lambda dispatch: is_draft(dispatch) and not _is_submitted(dispatch),
        "Asks an editor to review and publish it.",
        is_primary=True,
    ),
    Verb(
        "preview",
        "Preview",
        _preview,
        _is_saved,
        "Shows the page as readers would see it, on a phone and a computer.",
        only_reads=True,
        is_safe=True,
    ),
    Verb(
        "schedule",
        "Schedule",
        _schedule,
        _is_saved_draft,
        "What is saved now goes live automatically at the time you enter, such as the end of an embargo. "
        "Until then, readers see nothing of it.",
        ScheduleForm,
        permission=PUBLISHES,
        blockers=_blockers,
    ),
    Verb(
        "send-back",
        "Send back",
        _send_back,
        _is_submitted,
        "Returns it to its author with your note.",
        SendBackForm,
        permission=PUBLISHES,
    ),
    Verb(
        "reschedule",
        "Reschedule",
        _reschedule,
        _is_coming,
        "Replaces the scheduled edition with what is saved now, at the time you enter.",
        RescheduleForm,
        preview=_preview_rescheduling,
        permission=PUBLISHES,
        blockers=_rescheduling_blockers,
        is_primary=True,
    ),
    Verb(
        "call-off",
        "Cancel schedule",
        _call_off,
        _is_coming,
        "Does not go live, and becomes a draft again.",
        permission=PUBLISHES,
    ),
    Verb(
        "correct",
        "Correct",
        _correct,
        _is_public,
        "Publishes what is saved now, marked Corrected, with your note above it and on the corrections page.",
        CorrectionForm,
        preview=_preview_correction,
        permission=PUBLISHES,
        blockers=_blockers,
    ),
    Verb(
        "clarify",
        "Clarify",
        _clarify,
        _is_public,
        "Publishes what is saved now, with your note above it and on the corrections page.",
        NoteForm,
        preview=_preview_clarification,
        permission=PUBLISHES,
        blockers=_blockers,
    ),
    Verb(
        "hold",
        "Hold the Signal down",
        _hold,
        lambda dispatch: dispatch is not None and not _is_withdrawn(dispatch) and dispatch.hold is None,
        "Caps the Signal that readers see, whatever the sources support. Takes effect immediately if it is published.",
        HoldForm,
        permission=HOLDS,
    ),
    Verb(
        "release",
        "End the hold",
        _release,
        lambda dispatch: dispatch is not None and dispatch.hold is not None,
        "Readers see the Signal computed from the sources. Takes effect immediately if it is published.",
        forms.Form,
        permission=HOLDS,
    ),
    Verb(
        "pin",
        "Pin as lead",
        _pin,
        lambda dispatch: _is_public(dispatch) and not _is_lead(dispatch),
        "Makes it the lead of Top Stories until you unpin it.",
        permission=PUBLISHES,
    ),
    Verb("unpin", "Unpin", _unpin, _is_lead, "Lets Top Stories choose its lead automatically.", permission=PUBLISHES),
    Verb(
        "withdraw",
        "Withdraw",
        _withdraw,
        _is_public,
        "Removes the dispatch from the site immediately. Its address shows a notice: when it was withdrawn, and why.",
        NoteForm,
        permission=WITHDRAWS,
        is_destructive=True,
    ),
    Verb(
        "restore",
        "Restore",
        _restore,
        _is_withdrawn_and_kept,
        "Publishes what is saved now again, with your note above it.",
        NoteForm,
        permission=WITHDRAWS,
        blockers=_blockers,
    ),
    Verb(
        "expunge",
        "Expunge",
        _expunge,
        _is_withdrawn_and_kept,
        "Permanently deletes its text from all editions and at the desk: the working copy, its history, and the "
        "reports that only it cites. It can't be restored. Only for a court order, or if a life is at risk.",
        ExpungeForm,
        preview=_preview_expunging,
        permission=WITHDRAWS,
        is_destructive=True,
    ),
    Verb(
        "set-aside",
        "Set aside",
        _set_aside,
        _is_saved_draft,
        "Removes it from the lists. You can return it to the drafts at any time.",
    ),
    Verb(
        "bring-back",
        "Return to drafts",
        _bring_back,
        lambda dispatch: dispatch is not None and dispatch.set_aside_at is not None,
        "Lists it among the drafts again.",
    ),
]
