"""deploy/nginx.conf in a real nginx: it starts, and a withdrawn page does not come back from its cache."""

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from factories import DESK, dispatch_of, publish
from servers import NGINX, fetch, run_nginx, write_nginx_configuration
from serving import say, serve

from dispatches import desk
from wire.cache.policy import FRESHNESS

# In CI it must be installed.
pytestmark = pytest.mark.skipif(
    not os.path.exists(NGINX) and not os.environ.get("CI"),
    reason="No nginx found. Install Debian's package `nginx`.",
)


@pytest.fixture
def nginx(tmp_path) -> Callable:
    return lambda upstream: run_nginx(upstream, tmp_path)


def test_nginx_accepts_the_example_as_it_is(tmp_path):
    # Only the certificates are replaced.
    certificates = "# ssl_certificate …; ssl_certificate_key …;"
    path = write_nginx_configuration(tmp_path, {certificates: "ssl_reject_handshake on;"})
    done = subprocess.run([NGINX, "-t", "-c", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def ask_copies(front, addresses) -> list[int]:
    """Request cached copies, each once, the last first, until the page is gone."""
    statuses = []
    for address in reversed(addresses):
        statuses.append(fetch(front, address)[0])
        if statuses[-1] != 200:
            break
        time.sleep(0.1)
    return statuses


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_cached_and_then_withdrawn_comes_back_to_nobody(nginx, live_server):
    edition = publish(tldr="What was wrong.")
    # Copies have their own addresses, so that each is requested only once: nginx must not need a first reader to find
    # out. Its cache key is the whole address; the page depends on a part of it.
    copies = [f"{edition.get_absolute_url()}?copy={number}" for number in range(40)]
    with nginx(live_server.url) as front:
        for address in copies:
            status, text = fetch(front, address)
            assert status == 200
            assert "What was wrong." in text
        desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
        asked = ask_copies(front, copies)
        assert asked[-1] == 410
        for address in copies[: -len(asked)]:
            status, text = fetch(front, address)
            assert status == 410
            assert "What was wrong." not in text


def test_a_page_that_is_cached_does_not_outlive_the_site(nginx):
    copies = [f"/?copy={number}" for number in range(40)]
    page = say(200, b"A page.", Cache_Control=FRESHNESS)
    with ExitStack() as stack:
        with serve({"/": page}) as site:
            front = stack.enter_context(nginx(site))
            assert {fetch(front, address)[0] for address in copies} == {200}
        assert ask_copies(front, copies)[-1] == 502
