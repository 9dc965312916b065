"""Real server processes of the database of this process: nodes, as an operator starts them, and what may go wrong."""

import atexit
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from shutil import rmtree
from threading import Thread
from urllib.parse import quote

from django.conf import settings
from django.db import connections
from servers import Server, run_server

from dispatches.public.announcing import announcements
from wire.settings import BASE_DIR

# The planted faults of `faults.py`.
SOUND, WITHOUT_POLLING, WITHOUT_SHARES, WITHOUT_END = (
    "wire.wsgi:start",
    "tests.trust.faults:start_without_polling",
    "tests.trust.faults:start_without_shares",
    "tests.trust.faults:start_without_end",
)


class Nodes:
    """Starts server processes in folders of their own, with the static files that they share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def start(
        self,
        name: str,
        start: str = SOUND,
        *,
        is_here: bool = False,
        relay: "Relay | None" = None,
        workers: int = 2,
        **settings_: str,
    ) -> Iterator[Server]:
        """Run the server. A node that `is_here` shares a machine with the desk: its announcements."""
        folder = self._folder / name
        folder.mkdir(mode=0o700)
        (folder / "static").symlink_to(_static_files())
        if is_here:
            announcements()
            (folder / "announcements").symlink_to(settings.VAR_DIR / "announcements")
        environment = _environment(folder, relay) | settings_
        with run_server(environment, folder / "log", workers, start) as server:
            yield server


@contextmanager
def new_nodes() -> Iterator[Nodes]:
    with tempfile.TemporaryDirectory(prefix="wire-nodes-") as folder:
        yield Nodes(Path(folder))


@cache
def _static_files() -> Path:
    """Collect the static files, once for all the nodes that this process starts."""
    folder = Path(tempfile.mkdtemp(prefix="wire-static-"))
    atexit.register(rmtree, folder)
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=BASE_DIR, env=_environment(folder, None), check=True)
    return folder / "static"


def _environment(folder: Path, relay: "Relay | None") -> dict[str, str]:
    """Return the settings of a process that uses this process's database, through a relay if there is one."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("WIRE_", "DATABASE_URL"))}
    clean |= {"WIRE_VAR_DIR": str(folder), "WIRE_SECRET_KEY": settings.SECRET_KEY, "WIRE_DATABASE_POOL": "4"}
    own = connections["default"].settings_dict
    if connections["default"].vendor == "sqlite":
        return clean | {"DATABASE_URL": f"sqlite:///{own['NAME']}"}
    port = relay.port if relay else own["PORT"]
    host = "127.0.0.1" if relay else own["HOST"]
    for variable, alias in {
        "DATABASE_URL": "default",
        "WIRE_READERS_DATABASE_URL": "readers",
        "WIRE_HEARTBEAT_DATABASE_URL": "heartbeat",
    }.items():
        login = connections[alias].settings_dict
        words = quote(login["USER"] or "") + (f":{quote(login['PASSWORD'])}" if login["PASSWORD"] else "")
        clean[variable] = f"postgres://{words}{'@' if words else ''}{host}:{port}/{own['NAME']}"
    return clean


class Relay:
    """The way of a node to PostgreSQL, which can be cut."""

    def __init__(self) -> None:
        own = connections["default"].settings_dict
        self._database = (own["HOST"] or "127.0.0.1", int(own["PORT"] or 5432))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._is_cut, self._open = False, set[socket.socket]()
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._is_cut = True
        for each in list(self._open):
            _close(each)

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        self.cut()
        _close(self._listening)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self._is_cut:
                    _close(client)
                    continue
                database = socket.create_connection(self._database)
                self._open |= {client, database}
                for one, other in ((client, database), (database, client)):
                    Thread(target=self._pass_on, args=[one, other], daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while content := one.recv(65_536):
                other.sendall(content)
        for each in (one, other):
            self._open.discard(each)
            _close(each)


def _close(connection: socket.socket) -> None:
    # Another thread may wait for it.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
