"""The three states of a dispatch: what readers have, what is saved, what is scheduled; and how they differ."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User

from dispatches.desk.unpublished import compare_editions, saved_as
from dispatches.history import revisions
from dispatches.models import Dispatch, Issuance, Revision
from dispatches.public.differences import Change
from dispatches.public.models import Edition


@dataclass(frozen=True, slots=True)
class States:
    """What is live (a tombstone, if it is withdrawn), saved and scheduled, with the differences word by word.

    `called_off` is what would still be scheduled if a report supported it, and nothing was issued since.
    """

    live: Edition | None
    scheduled: Edition | None
    saved_at: datetime
    saved_by: User | None
    not_live: list[Change] = field(default_factory=list)
    not_scheduled: list[Change] = field(default_factory=list)
    coming: list[Change] = field(default_factory=list)
    called_off: Issuance | None = None

    @property
    def is_public(self) -> bool:
        return self.live is not None and not self.live.is_withdrawn

    @property
    def latest(self) -> Edition | None:
        """The edition that readers will have if nothing else is done."""
        return self.scheduled or (self.live if self.is_public else None)

    @property
    def unpublished(self) -> list[Change]:
        """What is saved, and neither live nor scheduled."""
        return self.not_scheduled if self.scheduled else self.not_live

    @property
    def differs(self) -> bool:
        return bool(self.not_live or self.not_scheduled or self.coming)


def read_states(
    dispatch: Dispatch, *, saved: Revision | None = None, issuances: Sequence[Issuance] | None = None
) -> States:
    """Return the states of a working copy, which is expected to be as stored.

    Who has read its last save or its issuances already passes them.
    """
    live, scheduled = dispatch.current_editions()
    latest = saved or revisions.of(dispatch).defer("content").first()
    saved_at, saved_by = (latest.saved_at, latest.saved_by) if latest else (dispatch.updated_at, None)
    not_scheduled = compare_editions(scheduled, saved_as(dispatch, scheduled)) if scheduled else []
    not_live, coming = [], []
    if live and not live.is_withdrawn:
        if scheduled:
            coming = compare_editions(live, scheduled)
        # If what is saved is what is scheduled, both differ from what is live in the same way.
        not_live = coming if scheduled and not not_scheduled else compare_editions(live, saved_as(dispatch, live))
    called_off = None
    if dispatch.publication_id and not scheduled:
        stored = Issuance.objects.filter(dispatch=dispatch).select_related("edition")
        called_off = _called_off(stored if issuances is None else issuances)
    return States(live, scheduled, saved_at, saved_by, not_live, not_scheduled, coming, called_off)


def _called_off(issuances: Iterable[Issuance]) -> Issuance | None:
    by_an_editor = [each for each in issuances if each.edition.kind != Edition.Kind.SIGNAL]
    last = max(by_an_editor, key=lambda each: each.edition_id, default=None)
    return last if last and last.ended == Issuance.End.UNSUPPORTED else None
