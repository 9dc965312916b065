"""Fetch URLs chosen by strangers: limited in time, size and redirects, and never from a private network.

The check happens where the connection is made: the guard resolves the name, checks every address, and connects to an
address that it has checked. Redirects, and names that resolve differently the second time, pass the same guard.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore2

from sources.addresses import ascii_host, encoded_address
from sources.intake.bodies import BadBody, read_body, seconds_to_wait
from sources.text import is_web_address

Network = IPv4Network | IPv6Network

# IPv6 addresses that embed an IPv4 address, or lead into a local network. Public web servers use none of them.
CARRIERS = [
    IPv6Network(network)
    for network in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10", "::ffff:0:0:0/96")
]
REDIRECTS = {301, 302, 303, 307, 308}
PERMANENT_REDIRECTS = {301, 308}


class FetchError(Exception):
    """A fetch failed; the message is shown at the desk. `retry_after` is in seconds, if the server asked for it."""

    def __init__(self, message: str, *, status: int = 0, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one fetch."""

    seconds: float = 30
    seconds_of_silence: float = 10
    bytes: int = 4_000_000
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response: decompressed body, final URL, and headers in lower case.

    `moved_to` is where permanent redirects led, if the first one was permanent.
    """

    status: int
    body: bytes
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    moved_to: str = ""


def is_public(address: str, allowed: Iterable[Network] = ()) -> bool:
    """Return True if an IP address is on the public internet, or in a network that the operator has allowed.

    >>> is_public("93.184.216.34"), is_public("169.254.169.254"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    ip: IPv4Address | IPv6Address = ip_address(address.split("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if any(ip in network for network in allowed):
        return True
    if isinstance(ip, IPv6Address) and any(ip in network for network in CARRIERS):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class Guard(httpcore2.NetworkBackend):
    """A network backend that connects only to public addresses, and ends every connection at the deadline."""

    def __init__(self, allowed: Sequence[Network], deadline: float) -> None:
        self.allowed = allowed
        self.deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = self._resolve(host, port)
        plain = httpcore2.SyncBackend()
        for address in addresses[:-1]:
            try:
                return BoundedStream(plain.connect_tcp(address, port, self._left(timeout)), self.deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return BoundedStream(plain.connect_tcp(addresses[-1], port, self._left(timeout)), self.deadline)

    def _resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, all of them allowed."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise FetchError("Its host name was not found.") from error
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if not all(is_public(address, self.allowed) for address in addresses):
            raise FetchError("Its host is in a private network, which is not allowed.")
        return addresses[:4]

    def _left(self, timeout: float | None) -> float:
        return _time_left(self.deadline, timeout)


class BoundedStream(httpcore2.NetworkStream):
    """A connection on which every read and write ends at the deadline, however slowly the other side sends."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self.stream = stream
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, _time_left(self.deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, _time_left(self.deadline, timeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        secured = self.stream.start_tls(ssl_context, server_hostname, _time_left(self.deadline, timeout))
        return BoundedStream(secured, self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


def _time_left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout
    return min(left, timeout) if timeout else left


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches with this site's user agent. `allowed` are the private networks that the operator permits."""

    user_agent: str
    allowed: Sequence[Network] = ()
    limits: Limits = Limits()

    def fetch(self, url: str, *, etag: str = "", last_modified: str = "", accept: str = "*/*") -> Fetched:
        """Fetch a URL, following redirects. A 304 response has no body.

        Raises FetchError.
        """
        headers = {"User-Agent": self.user_agent, "Accept": accept, "Accept-Encoding": "gzip"}
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": last_modified} if last_modified else {}
        deadline = time.monotonic() + self.limits.seconds
        moved_to, is_permanent = "", True
        try:
            for _ in range(self.limits.redirects + 1):
                answer = self._get(url, headers, deadline)
                if answer.status not in REDIRECTS or "location" not in answer.headers:
                    return replace(_checked(answer), moved_to=moved_to)
                url = urljoin(url, _text_of(answer.headers["location"]))
                is_permanent = is_permanent and answer.status in PERMANENT_REDIRECTS
                moved_to = url if is_permanent else moved_to
        except httpcore2.TimeoutException as error:
            raise FetchError("The server did not answer in time.") from error
        except ssl.SSLError as error:
            raise FetchError("Its certificate can't be trusted.") from error
        except (httpcore2.NetworkError, OSError) as error:
            is_certificate = isinstance(error.__context__, ssl.SSLError)
            raise FetchError(
                "Its certificate can't be trusted." if is_certificate else "It can't be reached."
            ) from error
        except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, ValueError, UnicodeError) as error:
            raise FetchError("The server does not speak HTTP.") from error
        raise FetchError(f"It redirects more than {self.limits.redirects} times.")

    def _get(self, url: str, headers: Mapping[str, str], deadline: float) -> Fetched:
        if not is_web_address(url) or urlsplit(url).username:
            raise FetchError("This is not a web address.")
        wait = self.limits.seconds_of_silence
        options = {"timeout": {"connect": wait, "read": wait, "write": wait, "pool": wait}}
        # A new connection for each request, so that nothing is shared between hosts.
        with (
            httpcore2.ConnectionPool(_trusted(), network_backend=Guard(self.allowed, deadline)) as pool,
            pool.stream("GET", _ascii(url), headers=list(headers.items()), extensions=options) as response,
        ):
            answered = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            body = self._read(response, answered.get("content-encoding", "")) if response.status == 200 else b""
            return Fetched(response.status, body, url, answered)

    def _read(self, response: httpcore2.Response, encoding: str) -> bytes:
        try:
            return read_body(response.iter_stream(), encoding, self.limits.bytes)
        except BadBody as error:
            raise FetchError(str(error)) from error
        except (httpcore2.ProtocolError, httpcore2.NetworkError) as error:
            raise FetchError("The answer was cut off.") from error


@cache
def _trusted() -> ssl.SSLContext:
    """Return the certificates that this machine trusts, loaded once."""
    return httpcore2.default_ssl_context()


def _ascii(url: str) -> str:
    """Return a URL as it is sent: in ASCII, without its fragment."""
    parts = urlsplit(encoded_address(url))
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else ascii_host(host)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")


def _checked(answer: Fetched) -> Fetched:
    """Return a response that has content or is a 304. Raises FetchError for any other."""
    if answer.status in {200, 304}:
        return answer
    asked = answer.headers.get("retry-after", "")
    message = {
        401: "It requires a login.",
        403: "The server refused access.",
        404: "Nothing was found at this address.",
        410: "It was permanently removed.",
        429: "The server wants fewer requests.",
    }.get(
        answer.status,
        "The server failed." if answer.status >= 500 else "The server sent an unexpected answer.",
    )
    raise FetchError(
        f"{message} ({answer.status})",
        status=answer.status,
        retry_after=seconds_to_wait(asked, datetime.now(UTC)),
    )


def _text_of(location: str) -> str:
    """Return a Location header as text: some servers send it in UTF-8."""
    try:
        return location.encode("latin-1").decode()
    except UnicodeError:
        return location
