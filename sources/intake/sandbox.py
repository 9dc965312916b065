"""A process of its own for reading what strangers wrote: what stalls or swells costs that process and nothing else."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

SECONDS = 10
MEMORY = 1_000_000_000

ROOT = Path(__file__).resolve().parents[2]

Answer = TypeVar("Answer")


class Unreadable(Exception):
    """Why nothing can be read from it, in words for the desk."""


class Sandbox:
    """Calls functions in a process with a limit of time for each call and of memory for all. It starts when needed."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.seconds = seconds
        self.memory = memory
        self.process: subprocess.Popen[bytes] | None = None
        self.pipe: Any = None

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def call(self, function: Callable[..., Answer], *arguments: object) -> Answer:
        """What a module's function gives, or Unreadable if it raises that, or takes too long or too much memory."""
        if self.process is None or self.process.poll() is not None:
            self._start()
        try:
            self.pipe.send((function, arguments))
            if not self.pipe.poll(self.seconds):
                raise Unreadable(f"Reading it takes longer than {self.seconds:g} seconds.")
            answer = self.pipe.recv()
        except Unreadable:
            self.stop()
            raise
        except (EOFError, OSError) as error:
            self.stop()
            raise Unreadable("Reading it takes more memory than it may.") from error
        if isinstance(answer, Unreadable):
            raise answer
        return answer

    def stop(self) -> None:
        """End the process, at once."""
        if self.process is not None:
            self.pipe.close()
            self.process.kill()
            self.process.wait()
            self.process = None

    def _start(self) -> None:
        self.stop()
        self.pipe, theirs = Pipe()
        self.process = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-m", "sources.intake.sandbox", str(theirs.fileno()), str(self.memory)],
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            # It needs nothing of what this process knows, its passwords least of all.
            env={name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ},
        )
        theirs.close()


def serve(pipe: Connection, memory: int) -> None:
    """What the process does until nobody asks any more."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            function, arguments = pipe.recv()
            try:
                answer = function(*arguments)
            except Unreadable as error:
                answer = error
            except MemoryError:
                answer = Unreadable("Reading it takes more memory than it may.")
            except RecursionError:
                answer = Unreadable("It can't be read.")
            pipe.send(answer)


if __name__ == "__main__":
    # By its name, so that what is raised here is what is raised there.
    from sources.intake import sandbox

    sandbox.serve(Connection(int(sys.argv[1])), int(sys.argv[2]))
