"""Servers with planted faults, to see that the proofs with real processes find them: granian runs these functions."""

from wire import wsgi
from wire.cache import pagecache
from wire.cache.pagecache import Application
from wire.shares import Share, SharePerAddress


def start_without_polling() -> Application:
    """Learn of what happens on other machines far too late."""
    pagecache.POLL_INTERVAL = 20.0
    return wsgi.start()


def start_without_end() -> Application:
    """Serve what it has without end, while it is cut off from the database."""
    cut_off = pagecache.PageCache._refresh_state

    def never(cache: pagecache.PageCache) -> None:
        cut_off(cache)
        cache._is_cut_off = False

    pagecache.PageCache._refresh_state = never
    return wsgi.start()


def start_without_shares() -> Application:
    """Let whoever sends a body slowly take any thread."""
    wsgi.OUTSIDE, wsgi.PUSHING = SharePerAddress(1_000, 1_000), Share(1_000)
    return wsgi.start()
