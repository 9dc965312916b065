"""The proofs with real processes, briefly; and they find what is planted."""

import os
from math import inf

import pytest
from servers import NGINX, VARNISH

from tests.trust.connections import try_slow_bodies
from tests.trust.cut_off import try_cut_off
from tests.trust.nodes import SOUND, WITHOUT_END, WITHOUT_POLLING, WITHOUT_SHARES
from tests.trust.withdrawals import Faults, try_withdrawals

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not (os.path.exists(NGINX) and os.path.exists(VARNISH)) and not os.environ.get("CI"),
        reason="Install Debian's packages `nginx`, `varnish` and `varnish-modules`.",
    ),
]
STALE_NGINX = {
    "proxy_cache_lock on;": "proxy_cache_lock on; proxy_cache_use_stale updating error; proxy_ignore_headers "
    "Cache-Control Vary; proxy_cache_valid 200 1s; proxy_cache_background_update on;",
    ' $wire_second"': '"',
    "proxy_ignore_headers Vary;": "",
}
STALE_VARNISH = {"beresp.grace = 0s": "beresp.grace = 30s", "xkey.purge(": "xkey.softpurge("}


def test_what_is_withdrawn_is_gone_from_every_node_and_proxy():
    # `make check-trust` wants it gone after two seconds: here, other tests may keep the machine busy.
    tally = try_withdrawals(withdrawals=1, seed=1, workers=1, gone=inf)
    assert tally.has_held, tally.failures
    assert tally.counts["withdrawals"] == 1
    assert tally.counts["warm copies"] > 50


@pytest.mark.one_database
def test_a_node_and_proxies_that_show_it_for_longer_are_found():
    faults = Faults(WITHOUT_POLLING, STALE_NGINX, STALE_VARNISH)
    tally = try_withdrawals(withdrawals=1, seed=1, faults=faults, workers=1)
    for front in ("the node elsewhere", "nginx before the node here", "Varnish before the node here"):
        assert tally.counts[f"late, {front}"], tally.counts
    assert not tally.counts["late, the node here"]


@pytest.mark.parametrize(("start", "holds"), [(SOUND, True), (WITHOUT_END, False)])
def test_a_node_that_is_cut_off_stops_and_one_that_does_not_is_found(start, holds):
    tally = try_cut_off(cuts=1, seed=1, start=start, workers=1)
    # On SQLite there is nothing to try.
    assert tally.has_held is (holds or "cuts" not in tally.counts), tally.failures


@pytest.mark.one_database
@pytest.mark.parametrize(("start", "holds"), [(SOUND, True), (WITHOUT_SHARES, False)])
def test_readers_are_answered_while_bodies_hang_and_a_server_without_shares_is_found(start, holds):
    # How long they wait is measured by `make check-trust`: here, other tests may keep the machine busy.
    tally = try_slow_bodies(1, start)
    assert tally.has_held is holds, tally.failures
