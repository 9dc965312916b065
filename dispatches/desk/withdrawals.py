"""Confirm that what was withdrawn is gone: from which server processes and proxy caches, and from which not yet.

Browsers, and caches that this installation does not know, are out of reach: they were told to keep a page for a second.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread
from time import sleep
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from dispatches.models import Dispatch
from dispatches.public.models import Edition, Node, SiteState
from dispatches.public.nodes import has_ended, serves_until

logger = logging.getLogger(__name__)

# The surrogate key of every page: lists, feeds and other dispatches show parts of a withdrawn one.
EVERYTHING = "wire"
PURGE_SECONDS = 2.0
# How often a proxy that does not answer is asked, once a second; after that, whenever an editor looks.
ATTEMPTS = 60


@dataclass(frozen=True, slots=True)
class Missing:
    """A node that has not confirmed a withdrawal, and until when it could still show what was withdrawn.

    None: until it is purged, by whatever the operator can do.
    """

    name: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The state of a withdrawal: how many servers and proxies have confirmed it, and which have not.

    `caches_until` is when caches that can't be purged will have expired; None if they have.
    """

    confirmed: int
    missing: list[Missing]
    caches_until: datetime | None

    @property
    def is_gone(self) -> bool:
        return not self.missing and self.caches_until is None


def tombstone_of(dispatch: Dispatch) -> Edition | None:
    """Return the tombstone that readers see instead of a dispatch, if it is withdrawn."""
    edition = dispatch.live_edition()
    return edition if edition and edition.is_withdrawn else None


def confirm(tombstone: Edition) -> Confirmation:
    """Return where the withdrawn dispatch of this tombstone is gone. Purges the proxies that have not confirmed."""
    now = timezone.now()
    forget_ended_nodes()
    required = SiteState.objects.values_list("withdrawals", flat=True).first() or 0
    purge_proxies(required)
    confirmed, missing = 0, []
    for node in Node.objects.order_by("name"):
        is_proxy = node.name in settings.WIRE_PURGE
        if node.withdrawals >= required:
            confirmed += 1
        elif is_proxy:
            missing.append(Missing(_without_login(node.name), None))
        elif serves_until(node) > now:
            missing.append(Missing(node.name, serves_until(node)))
    known = {*Node.objects.values_list("name", flat=True)}
    missing += [Missing(_without_login(proxy), None) for proxy in settings.WIRE_PURGE if proxy not in known]
    forgotten = tombstone.live_at + timedelta(seconds=settings.WIRE_CACHE_SECONDS)
    return Confirmation(confirmed, missing, forgotten if forgotten > now else None)


def purge_after_commit() -> None:
    """Purge the proxies once this transaction has committed, without keeping the editor waiting."""
    if settings.WIRE_PURGE:
        transaction.on_commit(lambda: Thread(target=_purge_until_confirmed).start())


def _purge_until_confirmed() -> None:
    try:
        for _ in range(ATTEMPTS):
            required = SiteState.objects.values_list("withdrawals", flat=True).first() or 0
            purge_proxies(required)
            if Node.objects.filter(name__in=settings.WIRE_PURGE, withdrawals__gte=required).count() == len(
                settings.WIRE_PURGE
            ):
                return
            sleep(1)
    finally:
        connections.close_all()


def purge_proxies(required: int) -> None:
    """Ask each proxy cache that has not confirmed this withdrawal to forget every page, all at once."""
    confirmed = {*Node.objects.filter(withdrawals__gte=required).values_list("name", flat=True)}
    waiting = [proxy for proxy in settings.WIRE_PURGE if proxy not in confirmed]
    if not waiting:
        return
    with ThreadPoolExecutor(len(waiting)) as pool:
        for proxy, is_purged in zip(waiting, pool.map(purge, waiting), strict=True):
            if is_purged:
                Node.objects.update_or_create(name=proxy, defaults={"withdrawals": required, "seen_at": timezone.now()})


def purge(proxy: str) -> bool:
    """Send PURGE with the surrogate key of every page, as Varnish (xkey) and Fastly take it.

    Returns True if it was done.
    """
    request = Request(proxy, method="PURGE", headers={"Surrogate-Key": EVERYTHING, "xkey": EVERYTHING})  # noqa: S310
    try:
        with urlopen(request, timeout=PURGE_SECONDS) as response:  # noqa: S310 - of the settings, http(s) only
            return 200 <= response.status < 300
    except (URLError, OSError) as error:
        logger.error("The proxy %s could not be purged: %s", _without_login(proxy), error)
        return False


def forget_ended_nodes() -> None:
    """Delete the heartbeats of processes that have ended or can serve nothing any more."""
    now = timezone.now()
    gone = [each.name for each in Node.objects.all() if has_ended(each) or serves_until(each) < now - timedelta(days=1)]
    Node.objects.filter(name__in=set(gone) - {*settings.WIRE_PURGE}).delete()


def _without_login(proxy: str) -> str:
    """Return the address of a proxy without user name and password, for logs and pages."""
    parts = urlsplit(proxy)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"
