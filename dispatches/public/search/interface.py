"""What each database's full text answers."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from dispatches.public.prepared import Part
from dispatches.public.search.documents import Words
from dispatches.public.search.query import Query


class Candidate(NamedTuple):
    """An edition that answers to a query, and the place of its document: the later published, the higher."""

    edition: int
    place: int


class FullText(Protocol):
    """The full text of one database: a module with these functions and names."""

    # Snowball's name of how the index cuts words down to their stems.
    STEMMER: str

    def newest(self, query: Query, among: Part, limit: int) -> list[Candidate]:
        """Those of some editions (their id and publication_id) that answer to a query, the latest published first."""

    def match(self, query: Query, among: Part, due: Sequence[tuple[int, Words]]) -> dict[int, bool]:
        """Those of some editions that answer to a query, of these that are not in the index; and whether their
        headlines alone do.
        """

    def best(self, query: Query, places: Sequence[int]) -> list[int]:
        """These places of documents that answer to a query, the best first; others may be among them.

        The places are given from the highest to the lowest, here and below.
        """

    def in_headline(self, query: Query, places: Sequence[int]) -> set[int]:
        """Those of these places whose documents' headlines alone answer to a query; others may be among them."""

    def with_any(self, words: Iterable[str], limit: int) -> list[int]:
        """The dispatches whose documents have any of these words, those with most and rarest of them first."""

    def words_beginning(self, start: str, limit: int) -> list[str]:
        """Words of the documents that begin like this, those that most documents have first."""

    def rebuild(self) -> None:
        """Make the index anew from the documents."""
