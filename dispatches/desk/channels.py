"""Manage how a source's reports arrive: its feeds and intake keys."""

from datetime import timedelta

from django.utils import timezone

from dispatches.desk.actors import Actor
from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import recording, verb
from sources.intake.keys import make_key
from sources.models import Feed, IntakeKey, Source


@verb("sources.make_intake_key")
def create_intake_key(*, source: Source, actor: Actor, others_end_in: timedelta | None) -> tuple[IntakeKey, str]:
    """Create a key with which a machine pushes reports of this source. Returns it with its secret, shown only once.

    The source's other keys end after `others_end_in` at the latest, so that the sender can switch; None keeps them.
    """
    if others_end_in is not None:
        end = timezone.now() + others_end_in
        # A key that already ends before then keeps its earlier end.
        source.intake_keys.valid(end).update(ends_at=end)
    return make_key(source)


@verb("sources.make_intake_key")
def revoke_intake_keys(*, source: Source, actor: Actor) -> int:
    """End all keys of a source now. Returns how many were valid."""
    now = timezone.now()
    return source.intake_keys.valid(now).update(ends_at=now)


@verb("sources.change_feed")
def request_poll(*, feed: Feed, actor: Actor) -> None:
    """Poll a feed at the next opportunity, and read it in full."""
    reset_conditional_headers(feed)
    feed.save(update_fields=["next_poll_at", "etag", "last_modified"])


@verb("sources.change_feed")
def use_new_address(*, feed: Feed, actor: Actor) -> None:
    """Poll a feed where its server says that it has moved. Raises NotReady if another feed has that address."""
    if Feed.objects.filter(url=feed.moved_to).exclude(pk=feed.pk).exists():
        raise NotReady(["Another feed already has this address. Turn one of the two off."])
    with recording(feed, actor=actor, how="Moved to its new address"):
        feed.url, feed.moved_to = feed.moved_to, ""
        reset_conditional_headers(feed)
        feed.save(update_fields=["url", "moved_to", "next_poll_at", "etag", "last_modified"])


def reset_conditional_headers(feed: Feed) -> None:
    """Drop the stored ETag and Last-Modified, and make the feed due. The caller saves it."""
    feed.next_poll_at, feed.etag, feed.last_modified = timezone.now(), "", ""
