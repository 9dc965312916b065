"""Working copies: filing, citing, submitting, setting aside, holding a Signal down."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Max
from django.utils import timezone

from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import Editor, editing, publication_lock, saving
from dispatches.models import Citation, Development, Dispatch
from dispatches.public.models import Section
from dispatches.signal.rules import Rung
from sources.models import Report

# Working copies, citations and holds


def file_dispatch(*, report: Report, section: Section, editor: Editor) -> Dispatch:
    """Begin a dispatch with what a report says: its title for the headline, the report cited for it."""
    dispatch = Dispatch(headline=report.title[:140].strip(), section=section, author=editor)
    with saving(dispatch, editor=editor, how="Filed from a report"):
        dispatch.full_clean()
        dispatch.save()
        cite(dispatch=dispatch, report=report, editor=editor, position=1)
    return dispatch


def file_once(*, report: Report, editor: User) -> tuple[Dispatch, bool]:
    """Begin a dispatch with a report, in the section that this editor used last. A second press finds the first's.

    Raises NotReady where there is no section yet. Says also whether the dispatch is new.
    """
    with publication_lock():
        drafts = Dispatch.objects.filter(author=editor, citations__report=report, publication=None, set_aside_at=None)
        if draft := drafts.first():
            return draft, False
        last = Dispatch.objects.filter(author=editor).order_by("-created_at").first()
        section = last.section if last else Section.objects.first()
        if section is None:
            raise NotReady(["There is no section yet: a Chief adds one first."])
        return file_dispatch(report=report, section=section, editor=editor), True


def next_position(dispatch: Dispatch) -> int:
    """The place after the last citation."""
    return (dispatch.citations.aggregate(last=Max("position"))["last"] or 0) + 1


def cite(*, dispatch: Dispatch, report: Report, editor: Editor = None, **fields: object) -> Citation:
    """Attach a report to a dispatch. `fields` are those of Citation; without a development, for the headline."""
    with saving(dispatch, editor=editor, how="Cited a report"), editing(dispatch):
        citation = Citation(dispatch=dispatch, report=report, **fields)
        citation.full_clean()
        citation.save()
    return citation


def add_development(
    *, dispatch: Dispatch, editor: Editor, at: datetime, text: str, report: Report | None = None
) -> Development:
    """Add a step to a working copy; with a report, cited for that step. Readers see it with the next edition."""
    with saving(dispatch, editor=editor, how="Added a development"):
        development = Development(dispatch=dispatch, at=at, text=text)
        development.full_clean()
        development.save()
        if report:
            cite(dispatch=dispatch, report=report, editor=editor, development=development)
    return development


def submit(*, dispatch: Dispatch) -> None:
    """Hand a draft to the editors for review."""
    with publication_lock():
        dispatch.submitted_at, dispatch.desk_note = timezone.now(), ""
        dispatch.save(update_fields=["submitted_at", "desk_note"])


def send_back(*, dispatch: Dispatch, note: str) -> None:
    """Give a submitted draft back to its author, and say what is missing."""
    if not note.strip():
        raise NotReady(["Say what is missing: the author sees it above the form."])
    with publication_lock():
        dispatch.submitted_at, dispatch.desk_note = None, note.strip()
        dispatch.save(update_fields=["submitted_at", "desk_note"])


def set_aside(*, dispatch: Dispatch) -> None:
    """Take a draft out of the lists. Nothing of it is lost."""
    with publication_lock():
        if dispatch.latest_edition():
            raise NotReady(["Readers have it, or will: withdraw it, or call it off."])
        dispatch.set_aside_at, dispatch.submitted_at = timezone.now(), None
        dispatch.save(update_fields=["set_aside_at", "submitted_at"])


def bring_back(*, dispatch: Dispatch) -> None:
    """Put a draft that was set aside on the lists again."""
    with publication_lock():
        dispatch.set_aside_at = None
        dispatch.save(update_fields=["set_aside_at"])


def hold(*, dispatch: Dispatch, editor: Editor, at_most: Rung, reason: str) -> None:
    """Hold the Signal of a dispatch down to a rung, and say why. It never rises by it."""
    with saving(dispatch, editor=editor, how="Held the Signal down"), editing(dispatch):
        dispatch.hold, dispatch.hold_reason, dispatch.held_by = at_most, reason, editor
        dispatch.full_clean()
        dispatch.save(update_fields=["hold", "hold_reason", "held_by"])


def release(*, dispatch: Dispatch, editor: Editor = None) -> None:
    """End the hold: readers see the Signal that the sources give."""
    with saving(dispatch, editor=editor, how="Ended the hold"), editing(dispatch):
        dispatch.hold, dispatch.hold_reason, dispatch.held_by = None, "", None
        dispatch.save(update_fields=["hold", "hold_reason", "held_by"])
