"""How a source's reports come in: its feeds, its intake keys."""

from datetime import timedelta

from django.utils import timezone

from dispatches.desk.transactions import publication_lock
from sources.intake.keys import make_key
from sources.models import Feed, IntakeKey, Source


def make_intake_key(*, source: Source, others_end_in: timedelta | None) -> tuple[IntakeKey, str]:
    """Make a key with which a machine pushes reports of this source: the key, and its words, shown this once.

    The source's other keys end after that time at the latest, so that the sender can change over; None: they stay.
    """
    with publication_lock():
        if others_end_in is not None:
            now = timezone.now()
            # Never later than they end anyway.
            source.intake_keys.valid(now + others_end_in).update(ends_at=now + others_end_in)
        return make_key(source)


def end_intake_keys(*, source: Source) -> int:
    """End all keys of a source at once: nothing comes in by them any more. Says how many there were."""
    with publication_lock():
        now = timezone.now()
        return source.intake_keys.valid(now).update(ends_at=now)


def make_due(*, feed: Feed) -> None:
    """Let a feed be polled next, and be read whole."""
    reset_conditional_headers(feed)
    feed.save(update_fields=["next_poll_at", "etag", "last_modified"])


def reset_conditional_headers(feed: Feed) -> None:
    """Forget what a feed's server said of its last answer; for whoever saves it then."""
    feed.next_poll_at, feed.etag, feed.last_modified = timezone.now(), "", ""
