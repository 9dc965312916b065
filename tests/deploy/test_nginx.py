"""deploy/nginx.conf in a real nginx: it starts, and a withdrawn page does not come back from its cache."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from factories import DESK, dispatch_of, publish
from serving import say, serve

from dispatches import desk
from tests.wire.test_wsgi import free_port, wait_until
from wire.cache.policy import FRESHNESS
from wire.settings import BASE_DIR

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
# In CI it must be installed.
pytestmark = pytest.mark.skipif(
    not os.path.exists(NGINX) and not os.environ.get("CI"),
    reason="No nginx found. Install Debian's package `nginx`.",
)

EXAMPLE = (BASE_DIR / "deploy" / "nginx.conf").read_text()
AROUND_IT = """
user {user}; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  {example}
}}
"""
LISTEN = "listen 443 ssl http2;"


def configure(folder, **here: str):
    """Write the example into a folder, adapted to this machine."""
    example = EXAMPLE.replace("/var/cache/nginx/wire", f"{folder}/cache")
    for told, instead in here.items():
        assert told in example
        example = example.replace(told, instead)
    path = folder / "nginx.conf"
    path.write_text(AROUND_IT.format(user=pwd.getpwuid(os.geteuid()).pw_name, folder=folder, example=example))
    return path


@pytest.fixture
def nginx(tmp_path) -> Callable:
    @contextmanager
    def nginx(upstream: str) -> Iterator[Callable]:
        """Run nginx in front of this address. Yields a function that requests a path: status and text."""
        port = free_port()
        path = configure(tmp_path, **{LISTEN: f"listen 127.0.0.1:{port};", "127.0.0.1:8000": urlsplit(upstream).netloc})

        def get(path: str) -> tuple[int, str]:
            with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
                connection.request("GET", path, headers={"Host": "localhost"})
                response = connection.getresponse()
                return response.status, response.read().decode()

        with subprocess.Popen([NGINX, "-c", path, "-g", "daemon off;"]) as process:
            try:
                wait_until(lambda: get("/") is not None)
                yield get
            finally:
                process.terminate()

    return nginx


def test_nginx_accepts_the_example_as_it_is(tmp_path):
    # Only the certificates are replaced.
    certificates = "# ssl_certificate …; ssl_certificate_key …;"
    path = configure(tmp_path, **{certificates: "ssl_reject_handshake on;"})
    done = subprocess.run([NGINX, "-t", "-c", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def ask_copies(get, addresses) -> list[int]:
    """Request cached copies, each once, the last first, until the page is gone."""
    statuses = []
    for address in reversed(addresses):
        statuses.append(get(address)[0])
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
    with nginx(live_server.url) as get:
        for address in copies:
            status, text = get(address)
            assert status == 200
            assert "What was wrong." in text
        desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
        asked = ask_copies(get, copies)
        assert asked[-1] == 410
        for address in copies[: -len(asked)]:
            status, text = get(address)
            assert status == 410
            assert "What was wrong." not in text


def test_a_page_that_is_cached_does_not_outlive_the_site(nginx):
    copies = [f"/?copy={number}" for number in range(40)]
    page = say(200, b"A page.", Cache_Control=FRESHNESS)
    with ExitStack() as stack:
        with serve({"/": page}) as site:
            get = stack.enter_context(nginx(site))
            assert {get(address)[0] for address in copies} == {200}
        assert ask_copies(get, copies)[-1] == 502
