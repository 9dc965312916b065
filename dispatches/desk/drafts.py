"""Work on drafts: file, cite, submit, set aside, cap the Signal."""

from django.contrib.auth.models import User
from django.db.models import Max
from django.utils import timezone

from dispatches.desk.actors import Actor, user_of
from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import recording, verb
from dispatches.models import Citation, Dispatch
from dispatches.public.models import Section
from dispatches.signal.rules import Rung
from sources.models import Report


@verb("dispatches.add_dispatch")
def file_dispatch(*, report: Report, section: Section, actor: Actor) -> Dispatch:
    """Create a draft from a report: its title becomes the headline, and the report is cited for it."""
    return _file(report, section, actor)


@verb("dispatches.add_dispatch")
def get_or_file_dispatch(*, report: Report, actor: User) -> tuple[Dispatch, bool]:
    """Return this user's draft that cites a report, or file one in the section that they used last.

    The second value is True if the draft is new. Raises NotReady if the site has no section.
    """
    drafts = Dispatch.objects.filter(author=actor, citations__report=report, publication=None, set_aside_at=None)
    if draft := drafts.first():
        return draft, False
    last = Dispatch.objects.filter(author=actor).order_by("-created_at").first()
    section = last.section if last else Section.objects.first()
    if section is None:
        raise NotReady(["There is no section yet. Ask a Chief to add one."])
    return _file(report, section, actor), True


@verb("dispatches.change_dispatch")
def cite(*, dispatch: Dispatch, report: Report, actor: Actor, **fields: object) -> Citation:
    """Cite a report: for the headline, or for a `development`. Other `fields` are those of Citation.

    Without a `position` it becomes the last one. Raises ValidationError.
    """
    with recording(dispatch, actor=actor, how="Cited a report"):
        return cite_in(dispatch, report, **fields)


@verb("dispatches.change_dispatch")
def submit(*, dispatch: Dispatch, actor: Actor) -> None:
    """Submit a draft to the editors for review."""
    dispatch.submitted_at, dispatch.desk_note = timezone.now(), ""
    dispatch.save(update_fields=["submitted_at", "desk_note"])


@verb("dispatches.publish_dispatch")
def send_back(*, dispatch: Dispatch, actor: Actor, note: str) -> None:
    """Return a submitted draft to its author with a note. Raises NotReady without one."""
    if not note.strip():
        raise NotReady(["Say what is missing: the author sees your note above the form."])
    dispatch.submitted_at, dispatch.desk_note = None, note.strip()
    dispatch.save(update_fields=["submitted_at", "desk_note"])


@verb("dispatches.change_dispatch")
def set_aside(*, dispatch: Dispatch, actor: Actor) -> None:
    """Remove a draft from the lists and keep all of it. Raises NotReady if it is published or scheduled."""
    if dispatch.latest_edition():
        raise NotReady(["It is published or scheduled. Withdraw it, or cancel the schedule first."])
    dispatch.set_aside_at, dispatch.submitted_at = timezone.now(), None
    dispatch.save(update_fields=["set_aside_at", "submitted_at"])


@verb("dispatches.change_dispatch")
def reopen_draft(*, dispatch: Dispatch, actor: Actor) -> None:
    """Return a draft that was set aside to the lists."""
    dispatch.set_aside_at = None
    dispatch.save(update_fields=["set_aside_at"])


@verb("dispatches.hold_dispatch")
def hold_signal(*, dispatch: Dispatch, actor: Actor, at_most: Rung, reason: str) -> None:
    """Cap the Signal at a rung, for a reason. A cap can only lower it. Raises ValidationError without a reason."""
    with recording(dispatch, actor=actor, how="Held the Signal down"):
        dispatch.hold, dispatch.hold_reason, dispatch.held_by = at_most, reason, user_of(actor)
        dispatch.full_clean()
        dispatch.save(update_fields=["hold", "hold_reason", "held_by"])


@verb("dispatches.hold_dispatch")
def release_signal(*, dispatch: Dispatch, actor: Actor) -> None:
    """Remove the cap. Readers see the Signal computed from the sources."""
    with recording(dispatch, actor=actor, how="Ended the hold"):
        dispatch.hold, dispatch.hold_reason, dispatch.held_by = None, "", None
        dispatch.save(update_fields=["hold", "hold_reason", "held_by"])


def _file(report: Report, section: Section, actor: Actor) -> Dispatch:
    dispatch = Dispatch(headline=report.title[:140].strip(), section=section, author=user_of(actor))
    with recording(dispatch, actor=actor, how="Filed from a report"):
        dispatch.full_clean()
        dispatch.save()
        cite_in(dispatch, report)
    return dispatch


def cite_in(dispatch: Dispatch, report: Report, **fields: object) -> Citation:
    """Add a citation, the last one if it has no `position`. Checks no permission: for verbs that have."""
    last = dispatch.citations.aggregate(last=Max("position"))["last"] or 0
    citation = Citation(dispatch=dispatch, report=report, **{"position": last + 1, **fields})
    citation.full_clean()
    citation.save()
    return citation
