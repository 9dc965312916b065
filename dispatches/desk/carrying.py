"""What becomes of a scheduled update when something else is published before it.

While an update is scheduled, the working copy is based on the update or, after *Return to what is live*, on the live
edition. What was changed since then is published now, and carried into the scheduled edition.
So an editor who corrects a number publishes the number and nothing else, and the update has the correct number too.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.dateformat import format as format_date
from django.utils.timezone import localtime

from dispatches.desk.composition import Composition, compose
from dispatches.desk.readiness import NotReady, find_blockers
from dispatches.desk.texts import Text, as_draft, merge_texts, read_text, text_of
from dispatches.models import Dispatch
from dispatches.public.models import Edition


@dataclass(frozen=True, slots=True)
class Texts:
    """The text of the next edition and, if one is scheduled, that of the scheduled edition after it."""

    now: Text
    scheduled: Text | None = None


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The next edition, composed, and the scheduled one that will follow it; with the texts they are composed from."""

    now: Composition
    scheduled: Composition | None
    texts: Texts

    def blockers(self) -> list[str]:
        """Return a sentence for each thing that is missing from either edition."""
        missing = find_blockers(self.now, self.now.edition.live_at)
        if self.scheduled:
            at = self.scheduled.edition.live_at
            later = [each for each in find_blockers(self.scheduled, at) if each not in missing]
            missing += [f"In the edition scheduled for {clock(at)}: {each}" for each in later]
        return missing


def carry(dispatch: Dispatch, live: Edition, scheduled: Edition | None) -> Texts:
    """Return the texts of the next edition and of the scheduled one after it. Expects a fresh working copy.

    Raises NotReady if the changes can't be told apart from what is scheduled, or can't be carried into it.
    """
    saved = read_text(dispatch)
    if scheduled is None:
        return Texts(saved)
    live_text, scheduled_text = text_of(live), text_of(scheduled)
    if live_text is None or scheduled_text is None:
        raise NotReady([f"An edition is scheduled for {clock(scheduled.live_at)}. Cancel the schedule first."])
    if dispatch.follows_live:
        merged = merge_texts(live_text, scheduled_text, saved)
        if merged.conflicts:
            raise NotReady([_cannot_be_carried(part, scheduled) for part in merged.conflicts])
        return Texts(saved, merged.text)
    merged = merge_texts(scheduled_text, live_text, saved)
    if merged.conflicts:
        raise NotReady([_contains_what_is_scheduled(part, scheduled) for part in merged.conflicts])
    return Texts(merged.text, saved)


def compose_upcoming(
    dispatch: Dispatch, *, kind: Edition.Kind, note: str, live_at: datetime, live: Edition, scheduled: Edition | None
) -> Upcoming:
    """Compose the edition that follows `live`, and the scheduled one again. Expects a fresh working copy.

    Raises NotReady as `carry` does.
    """
    texts = carry(dispatch, live, scheduled)
    if scheduled is None:
        return Upcoming(compose(dispatch, kind=kind, live_at=live_at, note=note, previous=live), None, texts)
    return compose_texts(dispatch, texts, kind=kind, note=note, live_at=live_at, live=live, scheduled=scheduled)


def compose_texts(
    dispatch: Dispatch,
    texts: Texts,
    *,
    kind: Edition.Kind,
    note: str,
    live_at: datetime,
    live: Edition,
    scheduled: Edition | None,
) -> Upcoming:
    """Compose the edition that follows `live` and, if one is scheduled, that one again, from these texts."""
    now = compose_from(dispatch, texts.now, kind=kind, live_at=live_at, note=note, previous=live)
    if scheduled is None or texts.scheduled is None:
        return Upcoming(now, None, texts)
    later = compose_from(
        dispatch,
        texts.scheduled,
        kind=Edition.Kind(scheduled.kind),
        live_at=scheduled.live_at,
        note=scheduled.note,
        previous=now.edition,
    )
    return Upcoming(now, later, texts)


def compose_from(
    dispatch: Dispatch, text: Text, *, kind: Edition.Kind, live_at: datetime, note: str, previous: Edition | None
) -> Composition:
    """Compose an edition from a text other than the saved one."""
    draft, developments = as_draft(dispatch, text)
    return compose(draft, kind=kind, live_at=live_at, note=note, previous=previous, developments=developments)


def _contains_what_is_scheduled(part: str, scheduled: Edition) -> str:
    return (
        f"{part}: you changed the same words as the edition scheduled for {clock(scheduled.live_at)}, so this would "
        "publish what is scheduled. Return the text to what is live and make the change there; or cancel the schedule, "
        "and publish everything now."
    )


def _cannot_be_carried(part: str, scheduled: Edition) -> str:
    return (
        f"{part}: the edition scheduled for {clock(scheduled.live_at)} changes the same words, so your change can't be "
        "carried into it. Cancel the schedule first, and schedule it again afterwards."
    )


def clock(at: datetime) -> str:
    """Return a time as sentences have it, in the desk's time zone."""
    return format_date(localtime(at), "F j, H:i")
