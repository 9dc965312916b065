"""Full text in SQLite: FTS5, with English stems, without accents."""

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

STEMMER = "porter"

# How much a word counts in the headline, the TL;DR, the developments, the body.
RANK = "bm25(dispatches_searchindex, 10.0, 5.0, 3.0, 1.0)"

_COLUMNS = "headline, tldr, developments, body"
_TOKENIZE = "tokenize='porter unicode61 remove_diacritics 2'"


def newest(query: Query, among: Part, limit: int) -> list[Candidate]:
    """Those of some editions (their id and publication_id) that answer to a query, the latest published first."""
    # In this order of joining, and no other, the index gives the latest first and nothing has to be sorted.
    rows = fetch(
        "SELECT edition.id, document.place FROM dispatches_searchindex "
        "CROSS JOIN dispatches_searchdocument AS document ON document.place = dispatches_searchindex.rowid "
        f"CROSS JOIN ({among.sql}) AS edition ON edition.publication_id = document.publication_id "
        "WHERE dispatches_searchindex MATCH %s ORDER BY dispatches_searchindex.rowid DESC LIMIT %s",
        [*among.parameters, _match(query), limit],
    )
    return [Candidate(*row) for row in rows]


def match(query: Query, among: Part, due: Sequence[tuple[int, Words]]) -> dict[int, bool]:
    """Those of some editions that answer to a query, of these that are not in the index; and whether their headlines
    alone do.
    """
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
    """An index of these alone, as a database in memory: they are compared with a query as they will be."""
    with closing(sqlite3.connect(":memory:")) as beside:
        beside.execute(f"CREATE VIRTUAL TABLE beside USING fts5({_COLUMNS}, content='', {_TOKENIZE})")
        rows = [(edition, *words) for edition, words in due]
        beside.executemany(f"INSERT INTO beside(rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?)", rows)
        beside.commit()
        return beside.serialize()


def best(query: Query, places: Sequence[int]) -> list[int]:
    """These places of documents that answer to a query, the best first; others may be among them."""
    rows = fetch(
        "SELECT rowid FROM dispatches_searchindex "
        f"WHERE dispatches_searchindex MATCH %s AND rowid >= %s ORDER BY {RANK}, rowid DESC",
        [_match(query), places[-1]],
    )
    return [row[0] for row in rows]


def in_headline(query: Query, places: Sequence[int]) -> set[int]:
    """Those of these places whose documents' headlines alone answer to a query; others may be among them."""
    rows = fetch(
        "SELECT rowid FROM dispatches_searchindex WHERE dispatches_searchindex MATCH %s AND rowid >= %s",
        [f"headline : ({_match(query)})", places[-1]],
    )
    return {row[0] for row in rows}


def with_any(words: Iterable[str], limit: int) -> list[int]:
    """The dispatches whose documents have any of these words, those with most and rarest of them first."""
    rows = fetch(
        "SELECT document.publication_id FROM dispatches_searchindex "
        "JOIN dispatches_searchdocument AS document ON document.place = dispatches_searchindex.rowid "
        f"WHERE dispatches_searchindex MATCH %s ORDER BY {RANK}, document.place DESC LIMIT %s",
        [" OR ".join(map(_quoted, words)), limit],
    )
    return [row[0] for row in rows]


def words_beginning(start: str, limit: int) -> list[str]:
    """Words of the documents that begin like this, those that most documents have first."""

    def build(start: str, end: str) -> models.QuerySet:
        words = SearchWord.objects.filter(word__gte=start, word__lt=end)
        return words.order_by("-documents", "word").values_list("word")[:limit]

    return [word for (word,) in ask(("words beginning", limit), build, start, start + "\U0010ffff")]


def rebuild() -> None:
    """Make the index anew from the documents."""
    fetch("INSERT INTO dispatches_searchindex(dispatches_searchindex) VALUES ('rebuild')", [])


def _match(query: Query) -> str:
    """The query in FTS5's language. Each word stands in quotes, where nothing but a quote means anything."""
    wanted = " AND ".join(_phrase(term) for term in query.wanted)
    unwanted = " OR ".join(_phrase(term) for term in query.unwanted)
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _phrase(term: Term) -> str:
    phrase = _quoted(" ".join(term.words))
    return f"({' OR '.join((phrase, *map(_quoted, term.endings)))})" if term.endings else phrase


def _quoted(words: str) -> str:
    return f'"{words}"'
