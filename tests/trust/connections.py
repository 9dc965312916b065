"""Readers are answered as fast as ever while others send bodies slowly, hold idle connections, or guess passwords.

A real server. Quiet rounds and rounds under each attack alternate, so that both see the same
machine; the 99th percentile of readers' waits may at most double.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from random import Random
from statistics import quantiles
from threading import Thread

from django.contrib.auth.models import User
from django.test import override_settings
from factories import DESK, develop, make_dispatch, make_section
from servers import Server, wait_until

from dispatches import desk
from tests.trust.attacks import USERS
from tests.trust.nodes import SOUND, new_nodes
from tests.trust.tally import Tally
from wire.settings import BASE_DIR, PASSWORD_HASHERS

# The factor by which waits may grow, and the milliseconds that are ignored: the scheduler alone causes as much.
TIMES, NOTHING = 2.0, 5.0
READERS = 4
# Seconds between two requests of a reader.
PAUSE = 0.01
# How long to wait for an answer that may come late, in seconds: as long as a body can hang.
PATIENCE = 10.0
LOGIN = "/desk/login/"
# Each kind of attack, and what is attacked.
ATTACKS = {f"slow bodies to {path}": ("slow", path) for path in ("/", "/desk/", "/desk/login/", "/desk/intake/")}
ATTACKS |= {"idle connections": ("idle", ""), "guesses of passwords": ("guess", "")}


def try_connections(
    rounds: int, seconds: float, idle: int, seed: int, start: str = SOUND, attacks: dict[str, tuple[str, str]] = ATTACKS
) -> Tally:
    """Measure this many rounds of this many seconds under each attack. `tried` counts readers' requests."""
    tally, random, pages = Tally(), Random(seed), _publish()
    with override_settings(PASSWORD_HASHERS=PASSWORD_HASHERS[:1]):
        for number in range(USERS):
            User.objects.create_user(f"editor{number}", password="a pass phrase", is_staff=True)
    with new_nodes() as nodes, nodes.start("here", start, is_here=True) as server:
        _read(server, pages, seconds, random, tally)
        for name, (kind, what) in attacks.items():
            quiet: list[float] = []
            attacked: list[float] = []
            for _ in range(rounds):
                quiet += _read(server, pages, seconds, random, tally)
                with _attack(server, seed, kind, what or str(idle)):
                    attacked += _read(server, pages, seconds, random, tally)
            before, after = _percentile(quiet), _percentile(attacked)
            tally.counts[f"99th percentile in µs, quiet before {name}"] = int(before * 1_000)
            tally.counts[f"under {name}"] = int(after * 1_000)
            tally.note(
                after <= max(TIMES * before, before + NOTHING),
                lambda: f"{name}: readers wait {after:.1f} ms instead of {before:.1f} ms",  # noqa: B023
            )
    return tally


def try_slow_bodies(seed: int, start: str = SOUND) -> Tally:
    """Ask for pages while bodies hang, however long an answer takes. `tried` counts pages."""
    tally, pages = Tally(), _publish()
    with (
        new_nodes() as nodes,
        nodes.start("here", start, is_here=True, workers=1) as server,
        _attack(server, seed, "slow", LOGIN),
    ):
        # Until one more body is refused, or nobody is answered any more.
        wait_until(lambda: all(_status(server, "POST", LOGIN, 1) in {0, 503} for _ in range(3)))
        for page in pages:
            status = _status(server, "GET", page, PATIENCE)
            tally.note(status == 200, lambda: f"{page}: {status or 'no answer'}")  # noqa: B023
            if not status:
                break
    return tally


def _publish() -> list[str]:
    dispatch = make_dispatch(section=make_section(name="The Ledger", slug="ledger"))
    develop(dispatch, "A step.")
    return ["/", "/wire/", "/feeds/wire.atom", desk.publish(dispatch=dispatch, actor=DESK).get_absolute_url()]


def _status(server: Server, method: str, page: str, seconds: float) -> int:
    """Return the status of an answer; 0 if there is none in this time."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=seconds)) as connection:
        try:
            connection.request(method, page, b"" if method == "POST" else None)
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0


def _percentile(milliseconds: list[float]) -> float:
    return quantiles(milliseconds, n=100)[-1]


def _read(server: Server, pages: list[str], seconds: float, random: Random, tally: Tally) -> list[float]:
    """Read pages for a while, each reader by one connection. Returns how long each request took, in milliseconds."""
    waits: list[float] = []
    failures: list[str] = []
    end = time.monotonic() + seconds

    def read(own: Random) -> None:
        connection = server.connect()
        while time.monotonic() < end:
            start = time.perf_counter()
            page = own.choice(pages)
            try:
                connection.request("GET", page)
                response = connection.getresponse()
                response.read()
                failed = "" if response.status == 200 else f"{page}: {response.status}"
            except (OSError, HTTPException) as error:
                failed = f"{page}: {error!r}"
                connection.close()
                connection = server.connect()
            waits.append(1_000 * (time.perf_counter() - start))
            failures.append(failed)
            time.sleep(PAUSE)
        connection.close()

    threads = [Thread(target=read, args=[Random(random.random())]) for _ in range(READERS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for failed in failures:
        tally.note(not failed, lambda: failed)  # noqa: B023
    return waits


@contextmanager
def _attack(server: Server, seed: int, kind: str, what: str) -> Iterator[None]:
    """Run an attack in a process of its own, which takes as little as possible from those that it attacks."""
    command = ["nice", "-n", "19", sys.executable, "-m", "tests.trust.attacks", str(server.port), str(seed), kind, what]
    with subprocess.Popen(command, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            process.stdin.close()
            process.wait(10)
