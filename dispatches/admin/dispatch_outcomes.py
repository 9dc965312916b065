"""What the buttons on a dispatch do: each calls one verb, and tells the editor what readers see now."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatches import desk
from dispatches.admin.times import minute_in_words
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from dispatches.signal.rules import Rung


def preview(dispatch: Dispatch, editor: User) -> HttpResponse:
    return redirect("admin:dispatches_dispatch_frame", dispatch.pk)


def submit(dispatch: Dispatch, editor: User) -> str:
    desk.submit(dispatch=dispatch, actor=editor)
    return "Submitted for review. You can still edit it. Readers don't see it yet."


def send_back(dispatch: Dispatch, editor: User, note: str) -> str:
    desk.send_back(dispatch=dispatch, actor=editor, note=note)
    return "Sent back. Its author sees your note above the form. Readers don't see it yet."


def publish(dispatch: Dispatch, editor: User) -> SafeString:
    return _published("Published.", desk.publish(dispatch=dispatch, actor=editor))


def schedule(dispatch: Dispatch, editor: User, at: datetime, note: str = "") -> SafeString:
    return _scheduled("Scheduled.", desk.schedule(dispatch=dispatch, actor=editor, at=at, note=note))


def reschedule(dispatch: Dispatch, editor: User, at: datetime, note: str | None = None) -> SafeString:
    edition = desk.reschedule(dispatch=dispatch, actor=editor, at=at, note=note)
    return _scheduled("Rescheduled with what is saved now.", edition)


def move(dispatch: Dispatch, editor: User, at: datetime) -> SafeString:
    return _scheduled("Time changed.", desk.move_schedule(dispatch=dispatch, actor=editor, at=at))


def _scheduled(what: str, edition: Edition) -> SafeString:
    return format_html(
        "{} “{}” goes live {}, {}, at {}. Until then, readers see nothing of it.",
        what,
        edition.headline,
        minute_in_words(edition.live_at),
        settings.WIRE_TIME_ZONE_LABEL,
        edition.get_absolute_url(),
    )


def call_off(dispatch: Dispatch, editor: User) -> str:
    desk.cancel_schedule(dispatch=dispatch, actor=editor)
    if dispatch.live_edition():
        return "Schedule canceled. Readers keep what they have. What is saved stays as it is."
    return "Schedule canceled. It is a draft again; readers have not seen it."


def discard(dispatch: Dispatch, editor: User) -> str:
    desk.discard_changes(dispatch=dispatch, actor=editor)
    what = "scheduled" if dispatch.scheduled_edition() else "live"
    return f"Discarded. The saved text is the {what} one again. The discarded text is in the history."


def return_to_live(dispatch: Dispatch, editor: User) -> str:
    desk.return_to_live(dispatch=dispatch, actor=editor)
    return (
        "Returned to what is live. The schedule stays. Correct it here: the correction is carried into what is "
        "scheduled. “Discard changes” brings the scheduled text back."
    )


def update(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published_before("Updated.", dispatch, desk.update(dispatch=dispatch, actor=editor, note=note))


def correct(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published_before("Corrected.", dispatch, desk.correct(dispatch=dispatch, actor=editor, note=note))


def clarify(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published_before("Clarified.", dispatch, desk.clarify(dispatch=dispatch, actor=editor, note=note))


def expunge(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    edition = desk.expunge(dispatch=dispatch, actor=editor, note=note)
    return format_html(
        'Expunged. Its addresses show <a href="{}">only when and why</a>. Search engines, feed readers and other '
        "caches may still have a copy: ask them to remove it. So may backups and the server’s access logs: tell "
        "whoever operates the site.",
        edition.get_absolute_url(),
    )


def expunge_draft(dispatch: Dispatch, editor: User) -> str:
    desk.expunge_draft(dispatch=dispatch, actor=editor)
    return "Expunged. Readers never saw it. Backups may still have a copy: tell whoever operates the site."


def withdraw(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    scheduled = dispatch.scheduled_edition()
    edition = desk.withdraw(dispatch=dispatch, actor=editor, note=note)
    return format_html(
        'Withdrawn. Readers see only <a href="{}">a notice with your reason</a>.{}',
        edition.get_absolute_url(),
        f" What was scheduled for {minute_in_words(scheduled.live_at)} is canceled." if scheduled else "",
    )


def restore(dispatch: Dispatch, editor: User, note: str) -> SafeString:
    return _published("Restored.", desk.restore(dispatch=dispatch, actor=editor, note=note))


def hold(dispatch: Dispatch, editor: User, at_most: Rung, reason: str) -> SafeString:
    desk.hold_signal(dispatch=dispatch, actor=editor, at_most=at_most, reason=reason)
    return _signal_now("Signal held down.", dispatch)


def release(dispatch: Dispatch, editor: User) -> SafeString:
    desk.release_signal(dispatch=dispatch, actor=editor)
    return _signal_now("Hold ended.", dispatch)


def _signal_now(what: str, dispatch: Dispatch) -> SafeString:
    edition = dispatch.live_edition()
    if edition is None or edition.is_withdrawn:
        return format_html("{} Readers don't see the dispatch yet.", what)
    return _published(what, edition)


def set_aside(dispatch: Dispatch, editor: User) -> str:
    desk.set_aside(dispatch=dispatch, actor=editor)
    return "Set aside. It is no longer listed; nothing is lost."


def bring_back(dispatch: Dispatch, editor: User) -> str:
    desk.reopen_draft(dispatch=dispatch, actor=editor)
    return "Returned to the drafts. Readers don't see it yet."


def pin(dispatch: Dispatch, editor: User) -> SafeString:
    desk.pin_lead(dispatch=dispatch, actor=editor)
    return format_html('Pinned as the lead of <a href="{}">Top Stories</a>.', reverse("top-stories"))


def unpin(dispatch: Dispatch, editor: User) -> SafeString:
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


def _published_before(what: str, dispatch: Dispatch, edition: Edition) -> SafeString:
    """Say what was published and, if an update is scheduled, that it got the change too."""
    scheduled = dispatch.scheduled_edition()
    if scheduled is None:
        return _published(what, edition)
    when = f"{minute_in_words(scheduled.live_at)} ({settings.WIRE_TIME_ZONE_LABEL})"
    return format_html("{} The edition scheduled for {} has the change too.", _published(what, edition), when)
