"""Poll feeds and take in what is new: many at a time, each within limits, so that no feed delays another.

Several pollers may run at once. A poller claims a feed before it fetches it, and the others skip that feed.
"""

import logging
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from queue import Queue
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections
from django.db.models import QuerySet
from django.utils import timezone

from dispatches import desk
from dispatches.intake.claims import claim, free_claims_of_gone_pollers, running_poller
from sources.addresses import encoded_address
from sources.intake.feeds import Document, read_feed
from sources.intake.fetching import Fetched, Fetcher, FetchError
from sources.intake.sandbox import Sandbox, Unreadable
from sources.lineage.proposing import delete_old_fingerprints
from sources.models import Feed
from sources.text import is_web_address

log = logging.getLogger(__name__)

CONCURRENT_FETCHES = 16
SANDBOXES = 4
MAX_DELAY = timedelta(days=1)
# How long to wait before polling a feed again if the database could not store its items.
RETRY_DELAY = timedelta(minutes=1)
# How long reports are kept for comparison with new ones.
COMPARISON_WINDOW = timedelta(days=30)
# The fields that polling writes. Changes that an editor makes to others meanwhile are kept.
POLL_FIELDS = [
    *(
        "next_poll_at",
        "claimed_until",
        "claimed_by",
        "moved_to",
        "last_polled_at",
        "etag",
        "last_modified",
        "failures",
        "failing_since",
    ),
    *("broken_after", "last_error", "last_item_at", "usual_gap", "quiet_after"),
]
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class PollResult:
    """A feed's response, and the document in it; None if it has not changed."""

    fetched: Fetched
    document: Document | None


PollError = FetchError | Unreadable

# Raised when the database is unavailable or too busy.
DATABASE_ERRORS = (OperationalError, InterfaceError)

# The feeds that a poller has claimed and not finished: id → end of the claim.
Claims = dict[int, datetime | None]


def new_fetcher() -> Fetcher:
    """Return a fetcher with this site's user agent and network settings."""
    return Fetcher(
        user_agent=f"{settings.WIRE_SITE_NAME} (+{settings.WIRE_SITE_URL})",
        allowed=settings.WIRE_INTAKE_NETWORKS,
    )


@dataclass
class Tally:
    """Count the polled feeds by outcome, and the reports that arrived."""

    feeds: Counter[str] = field(default_factory=Counter)
    reports: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        feeds, reports = self.feeds, self.reports
        return (
            f"Feeds polled: {feeds.total()} ({feeds['new']} with something new, {feeds['same']} without, "
            f"{feeds['failed']} failed). Reports: {reports['new']} new, {reports['changed']} changed."
        )


def poll(
    feeds: QuerySet[Feed],
    *,
    fetcher: Fetcher,
    claims: Claims | None = None,
    on_progress: Callable[[], Any] = lambda: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Tally:
    """Poll those of these feeds that no other poller has claimed. A failing feed never raises.

    Raises one of DATABASE_ERRORS if the database is unavailable; `claims` then has the feeds to `release` when it is
    back.
    """
    tally = Tally()
    claims = {} if claims is None else claims
    free_claims_of_gone_pollers()
    # Fetched documents wait for the database, so only a few are fetched ahead.
    with running_poller() as poller, ThreadPoolExecutor(CONCURRENT_FETCHES) as pool, _sandboxes() as sandboxes:
        claimed = claim(feeds, poller)
        pending: dict[Future[PollResult | PollError], Feed] = {}
        while True:
            while len(pending) < CONCURRENT_FETCHES and not is_stopped() and (feed := next(claimed, None)):
                claims[feed.pk] = feed.claimed_until
                pending[pool.submit(_poll_feed, fetcher, sandboxes, feed)] = feed
            if not pending:
                return tally
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                feed = pending.pop(future)
                try:
                    _take_in(feed, future, tally)
                except DATABASE_ERRORS:
                    # Rolled back. Drop a broken connection; this raises if no new one can be opened.
                    close_old_connections()
                    _postpone(feed)
                    log.warning("Feed %s: the database could not take it in; it will be polled again soon.", feed.pk)
                    tally.feeds["failed"] += 1
                del claims[feed.pk]
                on_progress()


def _postpone(feed: Feed) -> None:
    Feed.objects.filter(pk=feed.pk).update(claimed_until=None, claimed_by="", next_poll_at=timezone.now() + RETRY_DELAY)


def release(claims: Claims) -> None:
    """Give up claims, unless another poller has the feed by now."""
    for pk, until in list(claims.items()):
        Feed.objects.filter(pk=pk, claimed_until=until).update(claimed_until=None, claimed_by="")
        del claims[pk]


@contextmanager
def _sandboxes() -> Iterator["Queue[Sandbox]"]:
    """Start the sandboxes that parse feeds. Only a few: a hostile feed may use all the memory of one."""
    queue: Queue[Sandbox] = Queue()
    with ExitStack() as stack:
        for _ in range(SANDBOXES):
            queue.put(stack.enter_context(Sandbox()))
        yield queue


def _poll_feed(fetcher: Fetcher, sandboxes: "Queue[Sandbox]", feed: Feed) -> PollResult | PollError:
    """Fetch and parse a feed. Runs in a thread, without the database."""
    try:
        fetched = _fetch(fetcher, feed)
        if fetched.status == 304:
            return PollResult(fetched, None)
        sandbox = sandboxes.get()
        try:
            content_type = fetched.headers.get("content-type", "")
            return PollResult(fetched, sandbox.call(read_feed, fetched.body, fetched.url, content_type, feed.url))
        finally:
            sandboxes.put(sandbox)
    except (FetchError, Unreadable) as error:
        return error


def _fetch(fetcher: Fetcher, feed: Feed) -> Fetched:
    """Fetch a feed. If its address fails, fetch the one that it has moved to."""
    known = {"etag": feed.etag, "last_modified": feed.last_modified, "accept": ACCEPT}
    try:
        return fetcher.fetch(feed.url, **known)
    except FetchError:
        if not feed.moved_to:
            raise
        return replace(fetcher.fetch(feed.moved_to, **known), moved_to=feed.moved_to)


def _take_in(feed: Feed, future: "Future[PollResult | PollError]", tally: Tally) -> None:
    now = timezone.now()
    try:
        answer = future.result()
        if isinstance(answer, Exception):
            raise answer
        received = desk.Received()
        if answer.document:
            received = desk.receive(source=feed.source, items=reversed(answer.document.items), actor=desk.POLLER)
    except (FetchError, Unreadable) as error:
        _note_failure(feed, error, now)
        tally.feeds["failed"] += 1
    except DATABASE_ERRORS:
        raise
    except Exception as error:
        # A bug of ours must not stop the other feeds. Its message may contain confidential text.
        log.debug("Feed %s", feed.pk, exc_info=True)
        _note_failure(feed, Unreadable(f"Its items could not be taken in ({type(error).__name__})."), now)
        tally.feeds["failed"] += 1
    else:
        _note_success(feed, answer.fetched, received, now)
        tally.feeds["new" if received.new or received.changed else "same"] += 1
        tally.reports.update(new=len(received.new), changed=len(received.changed))


def _note_success(feed: Feed, answer: Fetched, received: desk.Received, now: datetime) -> None:
    if answer.status != 304:
        feed.etag = answer.headers.get("etag", "")[:300]
        feed.last_modified = answer.headers.get("last-modified", "")[:100]
    moved_to = encoded_address(answer.moved_to)
    feed.moved_to = moved_to if is_web_address(moved_to) and moved_to != feed.url and len(moved_to) <= 1000 else ""
    if feed.failures:
        log.info("Feed %s works again.", feed.pk)
    for report in sorted(received.new, key=lambda report: report.said_at):
        feed.record_arrival(report.said_at)
    if feed.last_polled_at is None and feed.quiet_after:
        # Its existing items show its rhythm, but it can only fall silent from now on.
        feed.quiet_after = max(feed.quiet_after, now + (feed.usual_gap or timedelta()) * 4)
    feed.failures, feed.failing_since, feed.broken_after, feed.last_error = 0, None, None, ""
    feed.last_polled_at, feed.claimed_until, feed.claimed_by = now, None, ""
    feed.next_poll_at = now + timedelta(minutes=feed.interval)
    feed.save(update_fields=POLL_FIELDS)


def _note_failure(feed: Feed, error: PollError, now: datetime) -> None:
    """Log a new problem once, show it at the desk, and double the delay until the next attempt."""
    message = str(error)[:300]
    if message != feed.last_error:
        # Not its address, which may identify a confidential source.
        log.warning("Feed %s: %s", feed.pk, message)
    if feed.failing_since is None:
        feed.failing_since = now
        # A feed that has never worked is reported immediately.
        patience = max(feed.usual_gap or timedelta(hours=1), timedelta(hours=1)) if feed.last_item_at else timedelta()
        feed.broken_after = now + patience
    feed.failures += 1
    feed.last_error = message
    feed.last_polled_at, feed.claimed_until, feed.claimed_by = now, None, ""
    delay = timedelta(minutes=feed.interval) * 2 ** min(feed.failures, 12)
    if isinstance(error, FetchError):
        delay = max(delay, timedelta(seconds=error.retry_after))
    # A feed that is polled less often than daily is not polled more often when it fails.
    feed.next_poll_at = now + min(delay, max(MAX_DELAY, timedelta(minutes=feed.interval)))
    is_gone = isinstance(error, FetchError) and error.status == 410
    if is_gone:
        # Permanently gone: not polled until an editor turns it on again.
        feed.is_active = False
    feed.save(update_fields=[*POLL_FIELDS, "is_active"] if is_gone else POLL_FIELDS)


@contextmanager
def until_stopped() -> Iterator[Callable[[], bool]]:
    """Inside this block, Ctrl+C and SIGTERM only request a stop, so that work in progress is finished."""
    stopped: list[int] = []
    before = {number: signal.signal(number, lambda *_: stopped.append(1)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(stopped)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def rest(seconds: float, is_stopped: Callable[[], bool]) -> None:
    """Sleep, but end early when a stop is requested."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not is_stopped():
        time.sleep(0.2)


def tidy() -> None:
    """Propose relays by source names, and drop reports that are too old to compare from the index of copies."""
    desk.propose_relays_by_source_name(actor=desk.HOUSEKEEPING)
    delete_old_fingerprints(timezone.now() - COMPARISON_WINDOW)
