"""Cutting long lists into such as a database takes in one query (pure)."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def in_batches(things: Iterable[T], size: int = 5_000) -> Iterator[list[T]]:
    """Cut things into lists; of ids, into such as every database takes as the parameters of one query."""
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch
