"""Keep the server's workers running: `manage.py serve` becomes this process.

It has loaded neither Django nor the site. So a worker that replaces another one, because it died or at a reload
(SIGHUP), runs the code and the settings of then.
"""

import logging
import os
import subprocess
import sys
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from threading import Thread
from time import monotonic, sleep
from typing import Any

from wire.logs import logging_of_server

# The environment before `manage.py` changed it for commands.
ENVIRONMENT = dict(os.environ)

# Options of Python: texts are UTF-8, whatever the locale says.
UTF8 = ["-X", "utf8"]
APPLICATION = "wire.wsgi:start"
# Threads of a worker. The shares of slow work (`wire/wsgi.py`) leave some of them for cached pages.
THREADS = 52
# Connections that a worker accepts, including idle ones, which granian closes after 30 seconds.
CONNECTIONS = 2_000
# How long, in seconds, a worker may finish its requests before it is killed.
KILL_AFTER = 10
# How long an old worker still answers at a reload, in seconds, while the new one starts.
OVERLAP = 5.0
# A worker that dies again and again is replaced after longer and longer pauses, in seconds.
PAUSES = (0.0, 0.5, 1.0, 2.0, 5.0)
# The pauses start from the first again for a worker that ran at least this long, in seconds.
SETTLED = 60.0
# How often, in seconds, to look for a dead worker of which granian did not notice.
LOOK = 3.0

logger = logging.getLogger("wire.supervisor")


class Pauses(dict[int, float]):
    """When each worker was replaced. Granian asks, and ends the site if one was replaced 5.5 seconds ago or later.

    It is told that none was. It tells when it replaces one, which waits if the worker dies again and again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._deaths: dict[int, tuple[int, float]] = {}

    def get(self, worker: int, default: Any = None) -> Any:
        return float("-inf")

    def __setitem__(self, worker: int, at: float) -> None:
        count, before = self._deaths.get(worker, (0, at))
        count = count + 1 if at - before < SETTLED else 0
        sleep(PAUSES[min(count, len(PAUSES) - 1)])
        self._deaths[worker] = count, monotonic()


def run(host: str, port: int, workers: int, style: str, message: str, application: str = APPLICATION) -> None:
    """Serve until SIGTERM or SIGINT; reload at SIGHUP. Prints the message once it answers, and logs in this style."""
    from granian import Granian
    from granian.constants import Interfaces

    class Supervisor(Granian):  # type: ignore[misc, valid-type]
        """Granian, which replaces workers however often they die, and reloads only what can start."""

        def signal_handler_reload(self, *args: Any) -> None:
            Thread(target=self.reload_if_sound, daemon=True).start()

        def reload_if_sound(self) -> None:
            """Have the workers replaced, if those that would start now find everything as it should be."""
            command = [sys.executable, *UTF8, "manage.py", "serve", "--check"]
            done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603
            if done.returncode:
                logger.error("Not reloaded, the former workers stay: %s", done.stderr.strip())
            else:
                super().signal_handler_reload()

    server = Supervisor(
        application,
        address=host,
        port=port,
        workers=workers,
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        respawn_interval=OVERLAP,
        workers_kill_timeout=KILL_AFTER,
        factory=True,
        log_dictconfig=logging_of_server(style),
    )
    server.respawned_wrks = Pauses()
    Thread(target=_find_the_dead, args=[server], daemon=True).start()
    Thread(target=_announce, args=[host, port, message], daemon=True).start()
    server.serve()


def _find_the_dead(server: Any) -> None:
    """Have dead workers replaced of which granian has not noticed: it forgets one that dies as it replaces another."""
    suspects: list[Any] = []
    while True:
        sleep(LOOK)
        dead = [each for each in list(server.wrks) if not each.is_alive() and not each.interrupt_by_parent]
        for each in dead:
            # At the second look. At the first one, granian may be replacing it.
            if any(each is suspect for suspect in suspects) and each.idx not in server.interrupt_children:
                server.interrupt_children.append(each.idx)
                server.main_loop_interrupt.set()
        suspects = dead


def _announce(host: str, port: int, message: str) -> None:
    """Print a message once the server answers."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where to ask, not to listen
    while True:
        with suppress(OSError, HTTPException), closing(HTTPConnection(address, port, timeout=5)) as connection:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                break
        sleep(0.2)
    print(message, flush=True)  # noqa: T201


if __name__ == "__main__":
    _host, _port, _workers, *_further = sys.argv[1:]
    run(_host, int(_port), int(_workers), *_further)
