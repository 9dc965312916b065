"""deploy/varnish.vcl in a real Varnish: a withdrawn page is purged at once, and nobody else may purge."""

import os
from collections.abc import Callable

import pytest
from factories import DESK, dispatch_of, publish
from servers import VARNISH, fetch, run_varnish
from serving import say, serve

from dispatches import desk
from dispatches.desk.withdrawals import confirm

# In CI it must be installed.
pytestmark = pytest.mark.skipif(
    not os.path.exists(VARNISH) and not os.environ.get("CI"),
    reason="No Varnish found. Install Debian's packages `varnish` and `varnish-modules`.",
)


@pytest.fixture
def varnish(tmp_path) -> Callable:
    return lambda upstream, **changes: run_varnish(upstream, tmp_path, changes)


@pytest.mark.django_db(transaction=True)
def test_a_withdrawn_page_is_purged_before_its_time(varnish, live_server, settings, monkeypatch):
    # As if pages were kept for a minute, so that only the purge can have removed it.
    monkeypatch.setattr("wire.cache.policy.FRESHNESS", "public, max-age=60")
    edition = publish(tldr="What was wrong.")
    address = edition.get_absolute_url()
    with varnish(live_server.url) as front:
        for _ in range(2):
            status, text = fetch(front, address, Cookie="sessionid=x")
            assert (status, "What was wrong." in text) == (200, True)
        tombstone = desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
        assert fetch(front, address)[0] == 200
        settings.WIRE_PURGE = [f"{front}/"]
        assert confirm(tombstone).missing == []
        status, text = fetch(front, address)
        assert (status, "What was wrong." in text) == (410, False)


def test_nobody_else_may_purge(varnish):
    with serve({"/": say(200, b"A page.")}) as site, varnish(site, **{'"localhost"': '"192.0.2.1"'}) as front:
        assert fetch(front, "/", "PURGE", xkey="wire")[0] == 403


def test_the_desk_is_passed_on_with_its_cookies(varnish):
    seen = []

    def remember(handler):
        seen.append((handler.path, handler.headers["Cookie"]))
        say(200, b"A page.", Cache_Control="public, max-age=60")(handler)

    with serve({"/": remember}) as site, varnish(site) as front:
        seen.clear()
        for path in ("/desk/", "/desk/", "/wire/", "/wire/"):
            assert fetch(front, path, Cookie="sessionid=x")[0] == 200
    assert seen == [("/desk/", "sessionid=x"), ("/desk/", "sessionid=x"), ("/wire/", None)]
