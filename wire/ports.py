"""Can a server listen on a port? `python -m wire.ports 8000` says so if not.

Granian sets SO_REUSEPORT. So it would start on a port that is in use, and each server would get some of the requests.
"""

import errno
import os
import socket
import sys


class PortError(Exception):
    """The port can't be used. The message says why, and what to do."""


def read_port(text: str) -> int:
    """Return the number of a port. Raises PortError."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):
        raise PortError(f"{text} is not a port. Use a number up to 65535, such as 8080.")
    return int(text)


def check_port(host: str, port: int) -> None:
    """Raise PortError if a server can't listen there."""
    # A browser may ask ::1 for localhost.
    for asked in (host, "::1") if host == "127.0.0.1" else (host,):
        family = socket.AF_INET6 if ":" in asked else socket.AF_INET
        try:
            socket.create_server((asked, port), family=family).close()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortError(
                    f"Another server listens on port {port}. Stop it, or use another port: make demo PORT=8080, or "
                    "manage.py serve --port 8080"
                ) from error
            if asked == host:
                reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
                raise PortError(f"{host} port {port} can't be used: {reason}.") from error


if __name__ == "__main__":
    try:
        check_port("127.0.0.1", read_port(sys.argv[1]))
    except PortError as error:
        sys.exit(f"The Wire: {error}")
