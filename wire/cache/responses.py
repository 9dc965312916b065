"""Encode a rendered page for sending: compressed bodies and headers."""

import gzip
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic
from typing import NamedTuple

import brotli

from dispatches.public.state import PublicState

Headers = list[tuple[str, str]]

# Brotli quality while a reader waits (1 ms for a long page), and for cached pages (15 ms, and a seventh smaller).
FAST, BEST = 5, 11

_COMPRESSIBLE = (
    "text/",
    *(f"application/{kind}" for kind in ("json", "xml", "feed+json", "manifest+json")),
)
# Headers that a 304 must repeat (RFC 9110, 15.4.5).
_NOT_MODIFIED_HEADERS = ("ETag", "Cache-Control", "Vary")


class EncodedResponse(NamedTuple):
    """The response in one encoding. `tag` is compared with If-None-Match."""

    status: str
    headers: Headers
    body: bytes
    tag: str
    not_modified_headers: Headers


@dataclass(slots=True)
class Page:
    """A rendered page, the state it is valid in, and its responses by encoding, created on first use.

    Header names are spelled as Django does.
    """

    state: PublicState
    status: str
    headers: dict[str, str]
    body: bytes
    is_cacheable: bool
    encoded: dict[str, EncodedResponse] = field(default_factory=dict)
    rendered_at: float = field(default_factory=monotonic)
    is_recompressed: bool = False
    size: int = 0

    def answer(self, encoding: str) -> EncodedResponse:
        """Return the response in an encoding ("br", "gzip" or "")."""
        if not self._is_compressible:
            encoding = ""
        if encoding not in self.encoded:
            self.encoded[encoding] = self._encode(encoding, compress(self.body, encoding))
        return self.encoded[encoding]

    @property
    def needs_recompression(self) -> bool:
        return "br" in self.encoded and not self.is_recompressed

    def recompress(self) -> None:
        """Compress it with brotli's best quality."""
        self.encoded["br"] = self._encode("br", compress(self.body, "br", BEST))
        self.is_recompressed = True

    def is_identical(self, other: "Page") -> bool:
        """Return True if another page is the same apart from its state."""
        return (self.status, self.headers, self.body, self.is_cacheable) == (
            other.status,
            other.headers,
            other.body,
            other.is_cacheable,
        )

    @property
    def _is_compressible(self) -> bool:
        return len(self.body) >= 200 and self.headers.get("Content-Type", "").startswith(_COMPRESSIBLE)

    def _encode(self, encoding: str, body: bytes) -> EncodedResponse:
        vary = self.headers.get("Vary")
        headers = self.headers | {
            "Content-Length": str(len(body)),
            "Vary": f"{vary}, Accept-Encoding" if vary else "Accept-Encoding",
        }
        if encoding:
            headers["Content-Encoding"] = encoding
        # Conditional requests apply to successful responses only (RFC 9110, 13.2.1).
        tag = hashlib.sha256(self.body).hexdigest()[:20] if self.is_cacheable and self.status == "200 OK" else ""
        if tag:
            # A weak tag (RFC 9110, 8.8.1): the page is the same in every encoding.
            headers["ETag"] = f'W/"{tag}"'
        again = [(name, headers[name]) for name in _NOT_MODIFIED_HEADERS if name in headers]
        return EncodedResponse(self.status, list(headers.items()), body, tag, again)


def compress(body: bytes, encoding: str, quality: int = FAST) -> bytes:
    """Compress bytes in an encoding. `quality` is brotli's, up to 11."""
    match encoding:
        case "br":
            # A window of 64 kB is larger than any page; a greater one would only use memory.
            return brotli.compress(body, quality=quality, lgwin=16)
        case "gzip":
            return gzip.compress(body, 6, mtime=0)
        case _:
            return body


@lru_cache(maxsize=256)
def choose_encoding(accepted: str) -> str:
    """Return the best encoding that the client accepts (RFC 9110, 12.5.3)."""
    qualities: dict[str, float] = {}
    for part in accepted.lower().split(","):
        coding, _, parameter = part.partition(";")
        try:
            qualities[coding.strip()] = float(parameter.partition("=")[2]) if parameter else 1.0
        except ValueError:
            qualities[coding.strip()] = 0.0
    return next((coding for coding in ("br", "gzip") if qualities.get(coding, qualities.get("*", 0.0)) > 0), "")
