"""Split long lists of ids into batches that fit into one query (pure)."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def in_batches(things: Iterable[T], size: int = 5_000) -> Iterator[list[T]]:
    """Split a list into batches. A batch of ids stays below every database's limit on query parameters."""
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch
