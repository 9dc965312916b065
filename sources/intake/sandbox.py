"""Parse what strangers wrote in a separate process, so that a failure there harms nothing else.

The process is limited in time, memory, files and children, and knows none of our secrets. It returns JSON, which is
checked field by field against the return type of the called function; nothing is unpickled.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

SECONDS = 10
MEMORY = 1_000_000_000
# The maximum size of a result, in bytes of JSON: several times that of the longest feed.
LONGEST_ANSWER = 100_000_000
# The maximum number of open files. The process reads our own modules, and writes nothing.
OPEN_FILES = 64

ROOT = Path(__file__).resolve().parents[2]

Answer = TypeVar("Answer")


class Unreadable(Exception):
    """A document can't be parsed. The message is shown at the desk."""


class Sandbox:
    """Calls functions in a separate process, with a time limit for each call and a memory limit. Starts on first use.

    The functions must be module-level. They take strings and bytes, and return a dataclass of strings, numbers,
    timestamps, lists and further dataclasses.
    """

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.seconds = seconds
        self.memory = memory
        self.process: subprocess.Popen[bytes] | None = None
        self.pipe: Any = None

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def call(self, function: Callable[..., Answer], *arguments: str | bytes) -> Answer:
        """Return the function's result. Raises Unreadable if the function does, or if it exceeds a limit."""
        if self.process is None or self.process.poll() is not None:
            self._start()
        try:
            reply = self._ask(function, arguments)
            answer = None if "unreadable" in reply else decode(get_type_hints(function)["return"], reply["answer"])
        except TimeoutError as error:
            self.stop()
            raise Unreadable(f"Parsing it took longer than {self.seconds:g} seconds.") from error
        except (EOFError, OSError) as error:
            self.stop()
            raise Unreadable("Parsing it took too much memory.") from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            self.stop()
            raise Unreadable("It can't be read.") from error
        if answer is None:
            raise Unreadable(str(reply["unreadable"])[:300])
        return answer

    def _ask(self, function: Callable[..., Any], arguments: Sequence[str | bytes]) -> dict[str, Any]:
        named = {"module": function.__module__, "name": function.__name__, "are_bytes": list(map(_is_bytes, arguments))}
        self.pipe.send_bytes(json.dumps(named).encode())
        for argument in arguments:
            self.pipe.send_bytes(argument.encode() if isinstance(argument, str) else argument)
        if not self.pipe.poll(self.seconds):
            raise TimeoutError
        reply = json.loads(self.pipe.recv_bytes(LONGEST_ANSWER))
        if not isinstance(reply, dict):
            raise TypeError("a reply is an object")
        return reply

    def stop(self) -> None:
        """Kill the process."""
        if self.process is not None:
            self.pipe.close()
            self.process.kill()
            self.process.wait()
            self.process = None

    def _start(self) -> None:
        self.stop()
        self.pipe, theirs = Pipe()
        self.process = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-X", "utf8", "-m", "sources.intake.sandbox", str(theirs.fileno()), str(self.memory)],
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            # Without our environment: it needs none of it, least of all the passwords.
            env={name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ},
        )
        theirs.close()


def _is_bytes(argument: str | bytes) -> bool:
    return isinstance(argument, bytes)


def decode(kind: Any, value: Any) -> Any:
    """Convert a JSON value to the given type. Raises TypeError or ValueError if it does not match."""
    if get_origin(kind) is UnionType:
        options = get_args(kind)
        if value is None and NoneType in options:
            return None
        (kind,) = (option for option in options if option is not NoneType)
    if get_origin(kind) is list and isinstance(value, list):
        return [decode(get_args(kind)[0], each) for each in value]
    if is_dataclass(kind) and isinstance(kind, type) and isinstance(value, dict):
        types = get_type_hints(kind)
        if value.keys() != {field.name for field in fields(kind)}:
            raise ValueError(f"these are not the fields of {kind.__name__}")
        return kind(**{name: decode(types[name], each) for name, each in value.items()})
    if kind is datetime and isinstance(value, str):
        return datetime.fromisoformat(value)
    if kind in {str, int, float, bool} and type(value) is kind:
        return value
    raise TypeError(f"this is no {kind}")


# Inside the process


def serve(pipe: Connection, memory: int) -> None:
    """Answer calls until the pipe is closed."""
    _limit(memory)
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            named = json.loads(pipe.recv_bytes())
            received = [(pipe.recv_bytes(), are_bytes) for are_bytes in named["are_bytes"]]
            function = getattr(import_module(named["module"]), named["name"])
            pipe.send_bytes(_reply(function, [each if are_bytes else each.decode() for each, are_bytes in received]))


def _reply(function: Callable[..., Any], arguments: Sequence[str | bytes]) -> bytes:
    try:
        return json.dumps({"answer": asdict(function(*arguments))}, default=_as_json).encode()
    except Unreadable as error:
        message = str(error)
    except MemoryError:
        message = "Parsing it took too much memory."
    except Exception:  # A bug of ours: to the desk, the document can't be parsed either way.
        message = "It can't be read."
    return json.dumps({"unreadable": message}).encode()


def _as_json(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value)} has no form in JSON")


# Audit events (PEP 578) for operations that parsing never needs.
_REFUSED = (
    *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
    *("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "os.remove", "os.rename", "os.rmdir"),
    *("os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.kill"),
)


def _limit(memory: int) -> None:
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
        # The hook is needed because RLIMIT_NPROC does not apply to root.
        (resource.RLIMIT_NPROC, 0),
    ):
        _, hard = resource.getrlimit(limit)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    is_writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if event in _REFUSED or is_writing:
        raise PermissionError(f"{event}: what strangers wrote is only read here")


if __name__ == "__main__":
    # Imported by name, so that both sides raise the same exception class.
    from sources.intake import sandbox

    sandbox.serve(Connection(int(sys.argv[1])), int(sys.argv[2]))
