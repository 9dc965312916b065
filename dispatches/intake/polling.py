"""Asking the feeds for what is new: many at once, each bounded, none in another's way, and each asked by one only.

Several pollers may run beside each other: whoever marks a feed first asks it, and the others leave it alone.
"""

import logging
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Queue
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections
from django.db.models import Q, QuerySet
from django.utils import timezone

from dispatches import desk
from sources.intake.feeds import Document, read_feed
from sources.intake.fetching import Fetched, Fetcher, FetchError
from sources.intake.sandbox import Sandbox, Unreadable
from sources.lineage.proposing import forget
from sources.models import Feed

log = logging.getLogger(__name__)

AT_ONCE = 16
SANDBOXES = 4
# For so long nobody else asks a feed that somebody is asking; longer than one can take.
LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(days=1)
# When a feed is asked again that the database could not take in.
SOON = timedelta(minutes=1)
# For so long reports are compared with those that come in.
COMPARED = timedelta(days=30)
# What polling notes of a feed. What an editor has changed in the meantime stays.
OURS = [
    *("next_poll_at", "asked_until", "last_polled_at", "etag", "last_modified", "failures", "failing_since"),
    *("broken_after", "trouble", "last_item_at", "usual_gap", "quiet_after"),
]
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a feed answered: what was fetched, and what it says; `document` is None if nothing has changed."""

    fetched: Fetched
    document: Document | None


Fault = FetchError | Unreadable

# What is raised when the database is away, or too busy.
DATABASE_ERRORS = (OperationalError, InterfaceError)

# The feeds that a poller has claimed and not done with: by their id, until when they are its own.
Claims = dict[int, datetime | None]


def make_fetcher() -> Fetcher:
    """The fetcher of this installation."""
    return Fetcher(
        user_agent=f"{settings.WIRE_SITE_NAME} (+{settings.WIRE_SITE_URL})",
        allowed=settings.WIRE_INTAKE_NETWORKS,
    )


@dataclass
class Tally:
    """What became of the feeds that were polled, and how much came in."""

    feeds: Counter[str] = field(default_factory=Counter)
    reports: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        feeds, reports = self.feeds, self.reports
        return (
            f"{feeds.total()} feeds polled: {feeds['new']} with something new, {feeds['same']} without, "
            f"{feeds['failed']} failed. {reports['new']} new reports, {reports['changed']} changed."
        )


def poll(
    feeds: QuerySet[Feed],
    *,
    fetcher: Fetcher,
    claims: Claims | None = None,
    on_progress: Callable[[], Any] = lambda: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Tally:
    """Ask these feeds, those that nobody else is asking, and take in what is new. Never raises for a feed's sake.

    Raises one of DATABASE_ERRORS if the database is away; then `claims` has the feeds to `release` when it is back.
    """
    tally = Tally()
    claims = {} if claims is None else claims
    # What is fetched waits for the database, so no more is fetched than is soon taken in.
    with ThreadPoolExecutor(AT_ONCE) as pool, _sandboxes() as sandboxes:
        claimed = _claim(feeds)
        asked: dict[Future[Answer | Fault], Feed] = {}
        while True:
            while len(asked) < AT_ONCE and not is_stopped() and (feed := next(claimed, None)):
                claims[feed.pk] = feed.asked_until
                asked[pool.submit(_ask, fetcher, sandboxes, feed)] = feed
            if not asked:
                return tally
            done, _ = wait(asked, return_when=FIRST_COMPLETED)
            for future in done:
                feed = asked.pop(future)
                try:
                    _take_in(feed, future, tally)
                except DATABASE_ERRORS:
                    # Nothing of it is kept. A connection that broke is given up; if there is no other, this raises.
                    close_old_connections()
                    _put_off(feed)
                    log.warning("Feed %s: the database could not take it in; it is asked again soon.", feed.pk)
                    tally.feeds["failed"] += 1
                del claims[feed.pk]
                on_progress()


def _claim(feeds: QuerySet[Feed]) -> Iterator[Feed]:
    """One feed after the other that is ours to ask."""
    for feed in list(feeds.select_related("source")):
        now = timezone.now()
        is_free = Q(asked_until=None) | Q(asked_until__lt=now)
        # Its next poll is still the one that was read: nobody has asked it since.
        unasked = Feed.objects.filter(is_free, pk=feed.pk, next_poll_at=feed.next_poll_at)
        feed.asked_until = now + LEASE
        if unasked.update(asked_until=feed.asked_until):
            yield feed


def _put_off(feed: Feed) -> None:
    Feed.objects.filter(pk=feed.pk).update(asked_until=None, next_poll_at=timezone.now() + SOON)


def release(claims: Claims) -> None:
    """Let these feeds be asked again at once, unless somebody else has claimed them since."""
    for pk, until in list(claims.items()):
        Feed.objects.filter(pk=pk, asked_until=until).update(asked_until=None)
        del claims[pk]


@contextmanager
def _sandboxes() -> Iterator["Queue[Sandbox]"]:
    """Those in which the feeds are read. They are few: a hostile feed may take all the memory that one has."""
    queue: Queue[Sandbox] = Queue()
    with ExitStack() as stack:
        for _ in range(SANDBOXES):
            queue.put(stack.enter_context(Sandbox()))
        yield queue


def _ask(fetcher: Fetcher, sandboxes: "Queue[Sandbox]", feed: Feed) -> Answer | Fault:
    """Fetch a feed and read it: in a thread, without the database."""
    try:
        fetched = fetcher.fetch(feed.url, etag=feed.etag, last_modified=feed.last_modified, accept=ACCEPT)
        if fetched.status == 304:
            return Answer(fetched, None)
        sandbox = sandboxes.get()
        try:
            content_type = fetched.headers.get("content-type", "")
            return Answer(fetched, sandbox.call(read_feed, fetched.body, fetched.url, content_type, feed.url))
        finally:
            sandboxes.put(sandbox)
    except (FetchError, Unreadable) as error:
        return error


def _take_in(feed: Feed, future: "Future[Answer | Fault]", tally: Tally) -> None:
    now = timezone.now()
    try:
        answer = future.result()
        if isinstance(answer, Exception):
            raise answer
        received = desk.Received()
        if answer.document:
            received = desk.receive(source=feed.source, items=reversed(answer.document.items))
    except (FetchError, Unreadable) as error:
        _note_failure(feed, error, now)
        tally.feeds["failed"] += 1
    except DATABASE_ERRORS:
        raise
    except Exception as error:
        # A fault of ours: it must not keep the other feeds from being polled. Its text may hold what came in.
        log.debug("Feed %s", feed.pk, exc_info=True)
        _note_failure(feed, Unreadable(f"What it says could not be taken in ({type(error).__name__})."), now)
        tally.feeds["failed"] += 1
    else:
        _note_success(feed, answer.fetched, received, now)
        tally.feeds["new" if received.new or received.changed else "same"] += 1
        tally.reports.update(new=len(received.new), changed=len(received.changed))


def _note_success(feed: Feed, answer: Fetched, received: desk.Received, now: datetime) -> None:
    if answer.status != 304:
        feed.etag = answer.headers.get("etag", "")[:300]
        feed.last_modified = answer.headers.get("last-modified", "")[:100]
    if feed.failures:
        log.info("Feed %s is read again.", feed.pk)
    for report in sorted(received.new, key=lambda report: report.said_at):
        feed.note_arrival(report.said_at)
    if feed.last_polled_at is None and feed.quiet_after:
        # What it had when it came to us tells its rhythm; only from now on it can fall silent.
        feed.quiet_after = max(feed.quiet_after, now + (feed.usual_gap or timedelta()) * 4)
    feed.failures, feed.failing_since, feed.broken_after, feed.trouble = 0, None, None, ""
    feed.last_polled_at, feed.asked_until = now, None
    feed.next_poll_at = now + timedelta(minutes=feed.interval)
    feed.save(update_fields=OURS)


def _note_failure(feed: Feed, error: Fault, now: datetime) -> None:
    """One line in the log when it begins, one note for the desk, and twice as long until the next attempt."""
    words = str(error)
    if words != feed.trouble:
        # Its address may tell who a confidential source is: the desk sees it, the log does not.
        log.warning("Feed %s: %s", feed.pk, words)
    if feed.failing_since is None:
        feed.failing_since = now
        # A feed that has never been read is told of at once.
        patience = max(feed.usual_gap or timedelta(hours=1), timedelta(hours=1)) if feed.last_item_at else timedelta()
        feed.broken_after = now + patience
    feed.failures += 1
    feed.trouble = words[:300]
    feed.last_polled_at, feed.asked_until = now, None
    pause = timedelta(minutes=feed.interval) * 2 ** min(feed.failures, 12)
    if isinstance(error, FetchError):
        pause = max(pause, timedelta(seconds=error.retry_after))
    feed.next_poll_at = now + min(pause, LONGEST_WAIT)
    is_gone = isinstance(error, FetchError) and error.status == 410
    if is_gone:
        # For good: nobody asks again until an editor says so.
        feed.is_active = False
    feed.save(update_fields=[*OURS, "is_active"] if is_gone else OURS)


@contextmanager
def until_stopped() -> Iterator[Callable[[], bool]]:
    """Within it Ctrl+C and a TERM signal only say that it is time to stop; what is begun is finished."""
    stopped: list[int] = []
    before = {number: signal.signal(number, lambda *_: stopped.append(1)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(stopped)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def rest(seconds: float, is_stopped: Callable[[], bool]) -> None:
    """Wait, but not when it is time to stop."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not is_stopped():
        time.sleep(0.2)


def tidy() -> None:
    """Keep the index of copies to the time that is compared, and look at what the names of sources say."""
    desk.propose_by_names()
    forget(timezone.now() - COMPARED)
