"""deploy/varnish.vcl in a real Varnish: a withdrawn page is purged at once, and nobody else may purge."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from factories import DESK, dispatch_of, publish
from serving import say, serve

from dispatches import desk
from dispatches.desk.withdrawals import confirm
from tests.wire.test_wsgi import free_port, wait_until
from wire.settings import BASE_DIR

VARNISH = shutil.which("varnishd") or "/usr/sbin/varnishd"
# In CI it must be installed.
pytestmark = pytest.mark.skipif(
    not os.path.exists(VARNISH) and not os.environ.get("CI"),
    reason="No Varnish found. Install Debian's packages `varnish` and `varnish-modules`.",
)
EXAMPLE = (BASE_DIR / "deploy" / "varnish.vcl").read_text()


@pytest.fixture
def varnish(tmp_path) -> Callable:
    @contextmanager
    def varnish(upstream: str, **here: str) -> Iterator[str]:
        """Run Varnish in front of this address. Yields its own address."""
        port, backend = free_port(), urlsplit(upstream)
        example = EXAMPLE
        for told, instead in {'"127.0.0.1"': f'"{backend.hostname}"', '"8000"': f'"{backend.port}"', **here}.items():
            assert told in example
            example = example.replace(told, instead)
        (tmp_path / "wire.vcl").write_text(example)
        command = [VARNISH, "-j", "none", "-F", "-n", str(tmp_path / "varnish"), "-a", f"127.0.0.1:{port}"]
        with subprocess.Popen([*command, "-s", "malloc,20M", "-f", str(tmp_path / "wire.vcl")]) as process:
            try:
                wait_until(lambda: fetch(f"http://127.0.0.1:{port}", "/") is not None)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()

    return varnish


def fetch(address: str, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    with closing(HTTPConnection(urlsplit(address).netloc, timeout=10)) as connection:
        connection.request(method, path, headers={"Host": "localhost", **headers})
        response = connection.getresponse()
        return response.status, response.read().decode()


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
