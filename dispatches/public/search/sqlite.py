"""Full-text search in SQLite: FTS5 with unaccented English stems."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import lru_cache

from django.db import models

from dispatches.public.models import SearchWord
from dispatches.public.prepared import Part, ask, fetch
from dispatches.public.search.documents import Words
from dispatches.public.search.interface import Candidate
from dispatches.public.search.query import Query, Term
from dispatches.public.search.terms import asked

STEMMER = "porter"

# Weights of headline, TL;DR, developments and body.
RANK = "bm25(dispatches_searchindex, 10.0, 5.0, 3.0, 1.0)"

_COLUMNS = "headline, tldr, developments, body"
_TOKENIZE = "tokenize='porter unicode61 remove_diacritics 2'"


def newest(query: Query, among: Part, limit: int) -> list[Candidate]:
    """Return those of these editions (id and publication_id) that match, the latest published first."""
    # CROSS JOIN fixes the join order: the index yields the latest first, and nothing needs sorting.
    rows = fetch(
        "SELECT edition.id, document.place FROM dispatches_searchindex "
        "CROSS JOIN dispatches_searchdocument AS document ON document.place = dispatches_searchindex.rowid "
        f"CROSS JOIN ({among.sql}) AS edition ON edition.publication_id = document.publication_id "
        "WHERE dispatches_searchindex MATCH %s ORDER BY dispatches_searchindex.rowid DESC LIMIT %s",
        [*among.parameters, _match(query), limit],
    )
    return [Candidate(*row) for row in rows]


def match(query: Query, among: Part, due: Sequence[tuple[int, Words]]) -> dict[int, bool]:
    """Return the matching ones of these unindexed editions, each with True if its headline alone matches."""
    if not due:
        return {}
    with closing(sqlite3.connect(":memory:")) as beside:
        beside.deserialize(_index_beside(tuple(due)))

        def matching(match: str) -> list[int]:
            return [row[0] for row in beside.execute("SELECT rowid FROM beside WHERE beside MATCH ?", [match])]

        answering, in_headline = matching(_match(query)), set(matching(f"headline : ({_match(query)})"))
    if not answering:
        return {}
    marks = ", ".join(["%s"] * len(answering))
    chosen = fetch(
        f"SELECT edition.id FROM ({among.sql}) AS edition WHERE edition.id IN ({marks})",
        [*among.parameters, *answering],
    )
    return {row[0]: row[0] in in_headline for row in chosen}


@lru_cache(maxsize=1)
def _index_beside(due: tuple[tuple[int, Words], ...]) -> bytes:
    """Index these editions in an in-memory database, so that they match a query exactly as they will later."""
    with closing(sqlite3.connect(":memory:")) as beside:
        beside.execute(f"CREATE VIRTUAL TABLE beside USING fts5({_COLUMNS}, content='', {_TOKENIZE})")
        rows = [(edition, *words.in_index) for edition, words in due]
        beside.executemany(f"INSERT INTO beside(rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?)", rows)
        beside.commit()
        return beside.serialize()


def best(query: Query, places: Sequence[int]) -> list[int]:
    """Rank these places by relevance. May contain non-matches."""
    rows = fetch(
        "SELECT rowid FROM dispatches_searchindex "
        f"WHERE dispatches_searchindex MATCH %s AND rowid >= %s ORDER BY {RANK}, rowid DESC",
        [_match(query), places[-1]],
    )
    return [row[0] for row in rows]


def in_headline(query: Query, places: Sequence[int]) -> set[int]:
    """Return those of these places whose headline alone matches. May contain non-matches."""
    rows = fetch(
        "SELECT rowid FROM dispatches_searchindex WHERE dispatches_searchindex MATCH %s AND rowid >= %s",
        [f"headline : ({_match(query)})", places[-1]],
    )
    return {row[0] for row in rows}


def with_any(words: Iterable[str], limit: int) -> list[int]:
    """Return the dispatches with any of these words, those with the most and rarest first."""
    rows = fetch(
        "SELECT document.publication_id FROM dispatches_searchindex "
        "JOIN dispatches_searchdocument AS document ON document.place = dispatches_searchindex.rowid "
        f"WHERE dispatches_searchindex MATCH %s ORDER BY {RANK}, document.place DESC LIMIT %s",
        [" OR ".join(_quoted([word]) for word in words), limit],
    )
    return [row[0] for row in rows]


def words_beginning(start: str, limit: int) -> list[str]:
    """Return known words with this prefix, the most frequent first."""

    def build(start: str, end: str) -> models.QuerySet:
        words = SearchWord.objects.filter(word__gte=start, word__lt=end)
        return words.order_by("-documents", "word").values_list("word")[:limit]

    return [word for (word,) in ask(("words beginning", limit), build, start, start + "\U0010ffff")]


def rebuild() -> None:
    """Rebuild the index from the documents."""
    fetch("INSERT INTO dispatches_searchindex(dispatches_searchindex) VALUES ('delete-all')", [])
    # Not FTS5's own “rebuild”, which knows nothing of the terms.
    terms = ", ".join(f"coalesce(nullif({name}_terms, ''), {name})" for name in Words._fields)
    fetch(
        f"INSERT INTO dispatches_searchindex(rowid, {_COLUMNS}) SELECT place, {terms} FROM dispatches_searchdocument",
        [],
    )


def purge() -> None:
    """Remove the words of deleted documents. FTS5 only marks them as deleted until it merges its segments."""
    fetch("INSERT INTO dispatches_searchindex(dispatches_searchindex) VALUES ('optimize')", [])


def _match(query: Query) -> str:
    """Return the query in FTS5 syntax. Words are quoted, so that nothing in them is an operator."""
    wanted = " AND ".join(_phrase(term) for term in query.wanted)
    unwanted = " OR ".join(_phrase(term) for term in query.unwanted)
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _phrase(term: Term) -> str:
    phrases = [_quoted(term.words), *(_quoted([ending]) for ending in term.endings)]
    return f"({' OR '.join(phrases)})" if term.endings else phrases[0]


def _quoted(words: Iterable[str]) -> str:
    return f'"{asked(words)}"'
