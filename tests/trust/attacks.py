"""Keep a server busy, in a process of its own: `python -m tests.trust.attacks PORT SEED slow|idle|guess [what]`.

Says "ready" when the attack has begun, and ends it when its input is closed.
"""

import resource
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from random import Random
from threading import Thread
from urllib.parse import urlencode

# More slow senders than the threads of two workers.
SLOW, GUESSING, USERS = 120, 16, 20
# Without a token in a cookie, Django refuses a form before it reads the body.
COOKIES = f"sessionid=made-up; csrftoken={32 * 'a'}"
FORM = f"Content-Type: application/x-www-form-urlencoded\r\nCookie: {COOKIES}\r\n"


def slow(port: int, random: Random, path: str) -> None:
    """Send bodies a byte at a time, on connections that are opened again when the server closes them."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n{FORM}\r\n".encode()

    def open_one() -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        connection.sendall(head)
        return connection

    connections = [open_one() for _ in range(SLOW)]

    def trickle() -> None:
        while True:
            for number, connection in enumerate(connections):
                try:
                    connection.sendall(b"a")
                except OSError:
                    connection.close()
                    with suppress(OSError):
                        connections[number] = open_one()
            time.sleep(0.5)

    _start(trickle)


_kept: list[object] = []


def idle(port: int, random: Random, count: str) -> None:
    """Open connections: most send nothing, some have been answered."""
    for number in range(int(count)):
        if number % 20:
            _kept.append(socket.create_connection(("127.0.0.1", port), timeout=5))
        else:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/wire/")
            connection.getresponse().read()
            _kept.append(connection)


def guess(port: int, random: Random, _: str) -> None:
    """Log in with wrong passwords as many users, known and unknown, again and again."""

    def run(own: Random) -> None:
        while True:
            with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
                connection.request("GET", "/desk/login/")
                page = connection.getresponse()
                cookie, text = page.getheader("Set-Cookie", "").partition(";")[0], page.read().decode()
                token = text.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]
                name = f"{own.choice(['editor', 'nobody'])}{own.randrange(USERS)}"
                form = {"username": name, "password": str(own.random()), "csrfmiddlewaretoken": token}
                headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
                connection.request("POST", "/desk/login/", urlencode(form), headers)
                connection.getresponse().read()
            time.sleep(0.02)

    for _ in range(GUESSING):
        own = Random(random.random())
        _start(lambda own=own: run(own))


def _start(run: Callable[[], None]) -> None:
    Thread(target=run, daemon=True).start()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    port, seed, kind, what = sys.argv[1:]
    {"slow": slow, "idle": idle, "guess": guess}[kind](int(port), Random(seed), what)
    time.sleep(0.2)
    print("ready", flush=True)
    sys.stdin.read()
