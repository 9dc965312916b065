"""The states of a dispatch, live, saved and scheduled, on one line: in lists, the newsroom and the search."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dispatches.public.models import Edition


def status_line(row: Any) -> SafeString:
    """Return the states of a dispatch on one line, from what `DispatchQuerySet.for_desk` reads."""
    return format_html(
        '<span class="desk-states">{}</span>',
        format_html_join(" · ", '<span class="desk-state-{}">{}</span>', _states_of(row)),
    )


def _states_of(row: Any) -> list[tuple[str, str]]:
    words = []
    if row.live_kind == Edition.Kind.WITHDRAWAL:
        return [("withdrawn", "Expunged" if row.expunged_at else "Withdrawn")]
    if row.live_kind:
        words.append(("live", f"Live since {clock(row.live_since)}, edition {row.live_number}"))
    if row.coming_at:
        what = "Update scheduled" if row.live_kind else "Scheduled"
        words.append(("scheduled", f"{what} for {clock(row.coming_at)}"))
    if row.has_unpublished_changes:
        words.append(("saved", f"Saved changes {'not scheduled' if row.coming_at else 'readers don’t have'}"))
    if not words:
        words.append(("draft", _kind_of_draft(row)))
    return words


def _kind_of_draft(row: Any) -> str:
    if row.expunged_at:
        return "Expunged"
    return "Set aside" if row.set_aside_at else "Submitted for review" if row.submitted_at else "Draft"


def clock(at: datetime) -> str:
    """Return a time without the year if it is this one."""
    local = timezone.localtime(at)
    return format_date(local, "F j, H:i" if local.year == timezone.localdate().year else "F j, Y, H:i")
