"""Read the body of an HTTP response: decompressed piece by piece, whole, and never beyond a limit."""

import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil

GZIP = b"\x1f\x8b"


class BadBody(Exception):
    """A body can't be read. The message is shown at the desk."""


def read_body(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """Return a body without its Content-Encoding. A gzip file is unpacked even if the server does not call it that.

    Raises BadBody if it is too large, broken, cut off, or compressed in another way.
    """
    names = [name for each in encoding.lower().split(",") if (name := each.strip()) not in {"", "identity"}]
    if names not in ([], ["gzip"], ["x-gzip"], ["deflate"]):
        raise BadBody("It uses an unsupported compression.")
    received = bytearray()
    for chunk in chunks:
        received += chunk[: limit - len(received) + 1]
        if len(received) > limit:
            raise _too_large(limit)
    try:
        if names == ["deflate"]:
            return _inflate(bytes(received), limit)
        return _gunzip(bytes(received), limit) if names or received.startswith(GZIP) else bytes(received)
    except zlib.error as error:
        raise BadBody("Its compressed content is corrupt.") from error


def _gunzip(packed: bytes, limit: int) -> bytes:
    """Decompress all members of a gzip file (RFC 1952, 2.2). Anything else after them is ignored, as gzip does."""
    body = bytearray()
    position = 0
    while (position == 0 and packed) or packed.startswith(GZIP, position):
        member = zlib.decompressobj(wbits=31)
        body += _decompress(member, packed[position:], limit - len(body), limit)
        position = len(packed) - len(member.unused_data)
    return bytes(body)


def _inflate(packed: bytes, limit: int) -> bytes:
    """Decompress “deflate”: zlib's format, or, as some servers send it, the bare stream in it."""
    is_zlib = len(packed) > 1 and packed[0] & 15 == 8 and (packed[0] * 256 + packed[1]) % 31 == 0
    return _decompress(zlib.decompressobj(wbits=15 if is_zlib else -15), packed, limit, limit) if packed else b""


def _decompress(stream: "zlib._Decompress", packed: bytes, room: int, limit: int) -> bytes:
    body = stream.decompress(packed, room + 1)
    if len(body) > room:
        raise _too_large(limit)
    if not stream.eof:
        raise BadBody("The answer was cut off.")
    return body


def _too_large(limit: int) -> BadBody:
    return BadBody(f"It is larger than {limit // 1_000_000} MB.")


def seconds_to_wait(retry_after: str, now: datetime) -> int:
    """Return the seconds that a Retry-After header asks for: a number of them, or a date (RFC 9110, 10.2.3). Else 0.

    >>> seconds_to_wait("120", datetime.now(UTC)), seconds_to_wait("soon", datetime.now(UTC))
    (120, 0)
    >>> seconds_to_wait("Thu, 25 Jun 2026 16:00:00 GMT", datetime(2026, 6, 25, 10, tzinfo=UTC))
    21600
    """
    asked = retry_after.strip()
    if asked.isdecimal() and asked.isascii():
        return min(int(asked[:9]), 10**8)
    try:
        at = parsedate_to_datetime(asked)
        return max(ceil((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp()), 0)
    except (ValueError, TypeError, OverflowError):
        return 0
