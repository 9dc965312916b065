"""What is sent of a finished page: its bytes in the encodings that browsers take, and its headers."""

import gzip
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic
from typing import NamedTuple

import brotli

from dispatches.public.state import PublicState

Headers = list[tuple[str, str]]

# How hard brotli tries while a reader waits (a millisecond for a long page), and for what stands (fifteen milliseconds,
# and a seventh less to send).
QUICKLY, WELL = 5, 11

_COMPRESSIBLE = ("text/", *(f"application/{kind}" for kind in ("json", "xml", "atom+xml", "rss+xml", "feed+json")))
# RFC 9110, 15.4.5: what a 304 has to say again; everything else is known.
_ALSO_WITH_304 = ("ETag", "Cache-Control", "Vary")


class Answer(NamedTuple):
    """What is sent to those who take one encoding; whoever names `tag` has it already."""

    status: str
    headers: Headers
    body: bytes
    tag: str
    headers_of_304: Headers


@dataclass(slots=True)
class Page:
    """A finished page, the state that it is right in, and its answers by encoding, made when first asked for.

    Its headers are named as Django writes them.
    """

    state: PublicState
    status: str
    headers: dict[str, str]
    body: bytes
    is_kept: bool
    answers: dict[str, Answer] = field(default_factory=dict)
    made_at: float = field(default_factory=monotonic)
    is_packed_well: bool = False
    counted: int = 0

    def answer(self, encoding: str) -> Answer:
        """The answer for those who take an encoding ("br", "gzip" or "")."""
        if not self._is_compressible:
            encoding = ""
        if encoding not in self.answers:
            self.answers[encoding] = self._encode(encoding, pack(self.body, encoding))
        return self.answers[encoding]

    @property
    def could_be_packed_better(self) -> bool:
        return "br" in self.answers and not self.is_packed_well

    def pack_well(self) -> None:
        """Try as hard as brotli can."""
        self.answers["br"] = self._encode("br", pack(self.body, "br", WELL))
        self.is_packed_well = True

    def says_the_same(self, other: "Page") -> bool:
        """Whether nobody could tell the two apart, but for the state that they are right in."""
        return (self.status, self.headers, self.body, self.is_kept) == (
            other.status,
            other.headers,
            other.body,
            other.is_kept,
        )

    @property
    def _is_compressible(self) -> bool:
        return len(self.body) >= 200 and self.headers.get("Content-Type", "").startswith(_COMPRESSIBLE)

    def _encode(self, encoding: str, body: bytes) -> Answer:
        vary = self.headers.get("Vary")
        headers = self.headers | {
            "Content-Length": str(len(body)),
            "Vary": f"{vary}, Accept-Encoding" if vary else "Accept-Encoding",
        }
        if encoding:
            headers["Content-Encoding"] = encoding
        # For anything else than a page there are no conditional requests (RFC 9110, 13.2.1).
        tag = hashlib.sha256(self.body).hexdigest()[:20] if self.is_kept and self.status == "200 OK" else ""
        if tag:
            # A weak one (RFC 9110, 8.8.1): however it is packed, the page is the same.
            headers["ETag"] = f'W/"{tag}"'
        again = [(name, headers[name]) for name in _ALSO_WITH_304 if name in headers]
        return Answer(self.status, list(headers.items()), body, tag, again)


def pack(body: bytes, encoding: str, quality: int = QUICKLY) -> bytes:
    """The bytes in an encoding; `quality` is brotli's, of 11."""
    match encoding:
        case "br":
            # A page is far smaller than this window of 64 kB; a greater one would cost memory for nothing.
            return brotli.compress(body, quality=quality, lgwin=16)
        case "gzip":
            return gzip.compress(body, 6, mtime=0)
        case _:
            return body


@lru_cache(maxsize=256)
def choose_encoding(accepted: str) -> str:
    """The best encoding that a reader accepts (RFC 9110, 12.5.3)."""
    qualities: dict[str, float] = {}
    for part in accepted.lower().split(","):
        coding, _, parameter = part.partition(";")
        try:
            qualities[coding.strip()] = float(parameter.partition("=")[2]) if parameter else 1.0
        except ValueError:
            qualities[coding.strip()] = 0.0
    return next((coding for coding in ("br", "gzip") if qualities.get(coding, qualities.get("*", 0.0)) > 0), "")
