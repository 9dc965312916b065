"""What a database's full-text module has to provide."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from dispatches.public.prepared import Part
from dispatches.public.search.documents import Words
from dispatches.public.search.query import Query


class Candidate(NamedTuple):
    """A matching edition, and the place of its document: higher means published later."""

    edition: int
    place: int


class FullText(Protocol):
    """The full-text search of one database: a module with these functions and names."""

    # Snowball's name of the index's stemmer.
    STEMMER: str

    def newest(self, query: Query, among: Part, limit: int) -> list[Candidate]:
        """Return those of these editions (id and publication_id) that match, the latest published first."""

    def match(self, query: Query, among: Part, due: Sequence[tuple[int, Words]]) -> dict[int, bool]:
        """Return the matching ones of these unindexed editions, each with True if its headline alone matches."""

    def best(self, query: Query, places: Sequence[int]) -> list[int]:
        """Rank these places by relevance. May contain non-matches.

        Places are passed in descending order, here and below.
        """

    def in_headline(self, query: Query, places: Sequence[int]) -> set[int]:
        """Return those of these places whose headline alone matches. May contain non-matches."""

    def with_any(self, words: Iterable[str], limit: int) -> list[int]:
        """Return the dispatches with any of these words, those with the most and rarest first."""

    def words_beginning(self, start: str, limit: int) -> list[str]:
        """Return known words with this prefix, the most frequent first."""

    def rebuild(self) -> None:
        """Rebuild the index from the documents."""

    def purge(self) -> None:
        """Remove the words of deleted documents that the index still contains."""
