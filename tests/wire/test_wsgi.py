"""The server, as `manage.py serve` starts it, keeps answering, whatever clients and workers do."""

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from django.urls import reverse
from readers import ask
from servers import Server, run_server, wait_until

from wire import supervisor, wsgi
from wire.settings import BASE_DIR
from wire.shares import Share, SharePerAddress
from wire.views import health


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """A separate, empty site."""
    folder = tmp_path_factory.mktemp("site")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("WIRE_", "DATABASE_URL"))}
    environment = clean | {"WIRE_VAR_DIR": str(folder)}
    for arguments in (["migrate"], ["collectstatic", "--noinput"]):
        command = [sys.executable, "manage.py", *arguments, "--verbosity", "0"]
        subprocess.run(command, cwd=BASE_DIR, env=environment, check=True)
    return environment


@pytest.fixture(scope="module")
def start(environment, tmp_path_factory) -> Callable:
    return lambda **options: run_server(environment, tmp_path_factory.mktemp("server") / "log", **options)


@pytest.fixture(scope="module")
def server(start) -> Iterator[Server]:
    """A server for all tests that only send it something: what one of them leaves open must not disturb the next."""
    with start(workers=1) as server:
        yield server


def test_idle_connections_block_nobody(server):
    with ExitStack() as stack:
        # This process needs a file for each, too.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        address = ("127.0.0.1", server.port)
        for _ in range(1_100):
            stack.enter_context(socket.create_connection(address, timeout=5))
        idle = [stack.enter_context(closing(server.connect())) for _ in range(60)]
        for connection in idle:
            connection.request("GET", "/wire/")
            assert connection.getresponse().read()
        assert server.status() == 200


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_slow_request_bodies_block_nobody(server, method):
    head = f"{method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\na".encode()
    with ExitStack() as stack:
        address = ("127.0.0.1", server.port)
        slow = [stack.enter_context(socket.create_connection(address, timeout=5)) for _ in range(16)]
        for connection in slow:
            connection.sendall(head)
        assert [server.status() for _ in range(3)] == [200] * 3
        expected = b"HTTP/1.1 200" if method == "GET" else b"HTTP/1.1 405"
        assert {connection.recv(12) for connection in slow} == {expected}


@pytest.mark.parametrize("path", ["/desk/login/", "/desk/", "/desk/intake/"])
def test_slow_bodies_sent_to_the_desk_block_neither_readers_nor_editors(server, path):
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nCookie: sessionid=made-up\r\n\r\na"
    with ExitStack() as stack:
        address = ("127.0.0.1", server.port)
        for _ in range(60):
            stack.enter_context(socket.create_connection(address, timeout=5)).sendall(head.encode())
        for _ in range(5):
            assert server.status() == 200
            assert server.status("/desk/login/") == 200


def test_workers_that_die_are_replaced_however_often(start):
    with start(workers=2) as server:
        # Granian by itself would end the site if one dies twice in 5.5 seconds.
        for killed, victims in ((2, 2), (3, 1)):
            for pid in server.workers()[-victims:]:
                os.kill(pid, signal.SIGKILL)
            wait_until(lambda: len(server.workers()) == 2 + killed and server.status() == 200)  # noqa: B023


def test_a_reload_replaces_the_workers_unless_the_new_ones_could_not_start(start, environment):
    with start(workers=1) as server:
        manifest = Path(environment["WIRE_VAR_DIR"]) / "static" / "staticfiles.json"
        manifest.rename(manifest.with_suffix(".away"))
        os.kill(server.pid, signal.SIGHUP)
        wait_until(lambda: "have not been collected" in server.log.read_text())
        assert len(server.workers()) == 1
        manifest.with_suffix(".away").rename(manifest)
        os.kill(server.pid, signal.SIGHUP)
        wait_until(lambda: len(server.workers()) == 2 and server.status() == 200)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_demo_reports_that_its_port_is_in_use(environment, tmp_path, host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        taken = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"This machine has no address {host}.")
    with taken:
        port = taken.getsockname()[1]
        # The installed environment is not changed.
        command = ["make", "--old-file=.venv/base", "demo", f"PORT={port}"]
        log = tmp_path / "log"
        with log.open("w") as file:
            demo = subprocess.Popen(
                command, cwd=BASE_DIR, env=environment, stdout=file, stderr=file, start_new_session=True
            )
        try:
            wait_until(lambda: demo.poll() is not None or "The site:" in log.read_text())
        finally:
            with suppress(ProcessLookupError):
                os.killpg(demo.pid, signal.SIGKILL)
            demo.wait()
    assert f"Another server listens on port {port}" in log.read_text()
    assert "The site:" not in log.read_text()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("address", ["/", "/wire/", "/search/?q=x", "/feeds/wire.atom", "/healthz", "/none/", "/desk"])
@pytest.mark.parametrize("headers", [{}, {"cookie": "sessionid=x"}, {"authorization": "Bearer x"}], ids=str)
def test_readers_addresses_answer_other_methods_with_405(method, address, headers):
    answer = ask(wsgi.create_application(), address, method, **headers)
    assert (answer.status, answer["Allow"], answer["Cache-Control"]) == (405, "GET, HEAD", "no-store")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Length"] == str(len(answer.content))


@pytest.mark.django_db
def test_the_answer_405_has_the_policies_of_every_other_answer():
    refused, page = ask(wsgi.create_application(), "/", "POST"), ask(wsgi.create_application(), "/")
    for name in ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy"):
        assert refused[name] == page[name]


@pytest.mark.django_db
def test_the_desk_takes_what_is_sent_to_it():
    answer = ask(wsgi.create_application(), reverse("admin:login"), "POST")
    assert answer.status == 403
    assert "log in again" in answer.text


# So that it is repeated on PostgreSQL: the process that it starts has the same database.
@pytest.mark.django_db
def test_the_start_freezes_what_is_loaded_and_recompresses_pages():
    code = (
        "import gc, sys, threading, wire.wsgi; wire.wsgi.start(); assert sys.getswitchinterval() < 0.001; "
        "assert gc.get_freeze_count() > 10_000; "
        # Besides those of a pool of connections, which may have been opened by then.
        "assert len([each for each in threading.enumerate() if 'pool-' not in each.name]) == 4, threading.enumerate()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, check=True, timeout=60)


class Added:
    """Middleware added to settings.MIDDLEWARE later."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["X-Added"] = "yes"
        return response


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/wire/", "/wire/2026/01/01/none/", "/no/such/page/", "/desk/login/"])
def test_middleware_that_is_added_applies_to_public_pages_too(settings, address):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Added"]
    answer = ask(wsgi.create_application(), address)
    assert answer["X-Added"] == "yes"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_what_is_declared_as_the_desk_s_middleware_is_in_use(settings):
    assert set(settings.MIDDLEWARE) > settings.DESK_MIDDLEWARE | settings.CONSTANT_MIDDLEWARE


def test_the_shares_leave_threads_for_cached_pages():
    slow = sum(share.threads for share in (wsgi.RENDERING, wsgi.INSIDE, wsgi.VISITING, wsgi.OUTSIDE, wsgi.PUSHING))
    assert slow + 6 <= supervisor.THREADS


@pytest.mark.django_db
def test_a_full_share_is_answered_in_words(monkeypatch):
    full = Share(active=0)
    for name in ("RENDERING", "INSIDE", "VISITING", "PUSHING"):
        monkeypatch.setattr(wsgi, name, full)
    monkeypatch.setattr(wsgi, "OUTSIDE", SharePerAddress(active=0, each=1))
    application = wsgi.create_application()
    for address, method in (("/", "GET"), ("/no/such/page/", "GET"), ("/desk/", "GET"), ("/desk/login/", "POST")):
        answer = ask(application, address, method)
        assert (answer.status, answer["Retry-After"], answer["Cache-Control"]) == (503, "3", "no-store")
        assert "Try again" in answer.text
        assert answer["X-Frame-Options"] == "DENY"
    assert ask(application, "/", "POST").status == 405
    assert ask(application, "/healthz").status == 200


@pytest.mark.django_db(transaction=True)
def test_health_is_told_by_any_host_and_without_https(settings, caplog, monkeypatch):
    monkeypatch.setattr(health._Latest, "at", float("-inf"))
    monkeypatch.setattr(health._Latest, "found", [])
    settings.SECURE_SSL_REDIRECT, settings.SECURE_PROXY_SSL_HEADER = True, ("HTTP_X_FORWARDED_PROTO", "https")
    application = wsgi.create_application()
    for address, text in (("/healthz", "ok\n"), ("/readyz", "ready\n")):
        application.refresh()
        answer = ask(application, address, host="10.0.0.7", cookie="sessionid=x")
        assert (answer.status, answer.text, answer["Cache-Control"]) == (200, text, "no-store")
        assert answer["X-Frame-Options"] == "DENY"
    assert not [each for each in caplog.records if each.name.startswith("django")]


@pytest.mark.django_db
def test_a_process_that_has_not_read_the_state_is_not_ready():
    application = wsgi.create_application()
    application._last_read, application._next_poll = 0.0, float("inf")
    application._changes = application._announced.changes
    answer = ask(application, "/readyz")
    assert (answer.status, answer.text.startswith("The database does not answer.")) == (503, True)
    assert ask(application, "/healthz").status == 200


# Committed: the application closes connections that are in a transaction.
@pytest.mark.django_db(transaction=True)
def test_an_editor_who_is_logged_in_has_a_share_that_others_do_not_fill(monkeypatch, desk_client):
    monkeypatch.setattr(wsgi, "OUTSIDE", SharePerAddress(active=0, each=1))
    monkeypatch.setattr(wsgi, "VISITING", Share(active=0))
    application = wsgi.create_application()
    key = desk_client.cookies["sessionid"].value
    assert ask(application, "/desk/", "POST", cookie=f"sessionid={key}").status == 403
    assert ask(application, "/desk/", "POST", cookie="sessionid=made-up").status == 503
    assert ask(application, "/desk/", "POST").status == 503
    assert ask(application, "/desk/", cookie=f"sessionid={key}").status == 200
    assert ask(application, "/desk/login/").status == 503


@pytest.mark.django_db
def test_readers_addresses_get_no_cookie(monkeypatch, desk_client):
    seen = []

    def application(environ, start_response):
        seen.append(environ)
        start_response("404 Not Found", [])
        return []

    cookie = f"sessionid={desk_client.cookies['sessionid'].value}"
    other = wsgi.OtherAddresses(application)
    for address in ("/no/such/page/", "/desk/"):
        ask(other, address, cookie=cookie, authorization="Bearer x")
    assert ["HTTP_COOKIE" in environ for environ in seen] == [False, True]
    assert ["HTTP_AUTHORIZATION" in environ for environ in seen] == [False, True]


@pytest.mark.django_db
def test_a_process_for_the_desk_serves_no_reader(settings):
    settings.WIRE_SURFACE = "desk"
    application = wsgi.create_application()
    for address in ("/desk/login/", "/healthz"):
        assert ask(application, address).status == 200
    answer = ask(application, "/wire/")
    assert (answer.status, settings.WIRE_SITE_URL in answer.text) == (404, True)


def test_a_process_for_readers_has_no_desk_and_no_other_database(environment):
    code = """
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from tests.support.readers import ask
from wire import supervisor, wsgi
application = wsgi.create_application()
expected = {"/": 200, "/wire/": 200, "/search/?q=x": 200, "/healthz": 200, "/desk/": 404, "/x/": 404}
for address, status in expected.items():
    assert ask(application, address, cookie="sessionid=x").status == status, address
assert ask(application, "/desk/login/", "POST").status == 405
with pytest.raises(ImproperlyConfigured):
    connections["default"].cursor()
"""
    surroundings = environment | {"WIRE_SURFACE": "public"}
    subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, env=surroundings, check=True, timeout=60)


def test_readers_do_not_pass_what_watches_logins(settings):
    watching = {path for path in settings.MIDDLEWARE if path.split(".")[0] in {"axes", "django_otp", "dispatches"}}
    assert len(watching) == 3
    assert watching < settings.DESK_MIDDLEWARE
