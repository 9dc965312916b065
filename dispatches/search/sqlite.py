"""Full text in SQLite: FTS5, with English stems, without accents."""

from collections.abc import Iterable, Sequence

from django.db import connection, models
from django.db.models.functions import Length

from dispatches.search.documents import SearchWord
from dispatches.search.interface import CLOSES, OPENS, Marked, Ranked
from dispatches.search.query import Query, Term

# How much a word counts in the headline, the TL;DR, the developments, the body.
RANK = "bm25(dispatches_searchindex, 10.0, 5.0, 3.0, 1.0)"

_COLUMNS = "headline, tldr, developments, body"
_ADD = (
    f"INSERT INTO dispatches_searchindex(rowid, {_COLUMNS}) "
    "VALUES (new.dispatch_id, new.headline, new.tldr, new.developments, new.body);"
)
_REMOVE = (
    f"INSERT INTO dispatches_searchindex(dispatches_searchindex, rowid, {_COLUMNS}) "
    "VALUES ('delete', old.dispatch_id, old.headline, old.tldr, old.developments, old.body);"
)
_TRIGGERS = {"insert": _ADD, "delete": _REMOVE, "update": _REMOVE + _ADD}

# For the migrations. Whichever changes the table of documents has to make the triggers anew: SQLite copies the table.
CREATE = [
    f"""CREATE VIRTUAL TABLE dispatches_searchindex USING fts5({_COLUMNS}, content='dispatches_searchdocument',
        content_rowid='dispatch_id', prefix='3', tokenize='porter unicode61 remove_diacritics 2')""",
    *(
        f"CREATE TRIGGER dispatches_searchdocument_{event} AFTER {event} ON dispatches_searchdocument BEGIN {does} END"
        for event, does in _TRIGGERS.items()
    ),
]
DROP = [
    *(f"DROP TRIGGER dispatches_searchdocument_{event}" for event in _TRIGGERS),
    "DROP TABLE dispatches_searchindex",
]


def find(query: Query, editions: models.QuerySet, *, newest_first: bool, limit: int, offset: int = 0) -> Ranked:
    """The ids of the editions among these that answer to a query, in order: the best, or else the newest, first."""
    among, parameters = editions.order_by().values("id", "dispatch_id", "published_at").query.sql_with_params()
    order = "edition.published_at DESC, edition.dispatch_id DESC" if newest_first else f"{RANK}, edition.id DESC"
    return _ids(
        f"SELECT edition.id FROM dispatches_searchindex JOIN ({among}) AS edition "
        "ON edition.dispatch_id = dispatches_searchindex.rowid "
        f"WHERE dispatches_searchindex MATCH %s ORDER BY {order} LIMIT %s OFFSET %s",
        [*parameters, _match(query), limit, offset],
    )


def find_any(words: Iterable[str], limit: int) -> Ranked:
    """The ids of the dispatches that have any of these words, those with most and rarest of them first."""
    return _ids(
        f"SELECT rowid FROM dispatches_searchindex WHERE dispatches_searchindex MATCH %s ORDER BY {RANK} LIMIT %s",
        [" OR ".join(map(_quoted, words)), limit],
    )


def mark(query: Query, dispatch_ids: Sequence[int]) -> dict[int, Marked]:
    """What a query found in these dispatches, marked."""
    if not dispatch_ids:
        return {}
    index, marks, places = "dispatches_searchindex", f"'{OPENS}', '{CLOSES}'", ", ".join(["%s"] * len(dispatch_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rowid, highlight({index}, 0, {marks}), highlight({index}, 1, {marks}), "
            f"snippet({index}, 2, {marks}, '…', 30), snippet({index}, 3, {marks}, '…', 30) "
            f"FROM {index} WHERE {index} MATCH %s AND rowid IN ({places})",
            [_match(query), *dispatch_ids],
        )
        return {row[0]: Marked.choose(*row[1:]) for row in cursor.fetchall()}


def words_beginning(start: str, limit: int) -> list[str]:
    """Words of the documents that begin like this, the shortest first."""
    words = SearchWord.objects.filter(word__gte=start, word__lt=start + "\U0010ffff", documents__gt=0)
    shortest = words.annotate(length=Length("word")).order_by("length", "word")
    return list(shortest.values_list("word", flat=True)[:limit])


def rebuild() -> None:
    """Make the index anew from the documents."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO dispatches_searchindex(dispatches_searchindex) VALUES ('rebuild')")


def _ids(sql: str, parameters: Sequence[str | int]) -> Ranked:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]


def _match(query: Query) -> str:
    """The query in FTS5's language. Each word stands in quotes, where nothing but a quote means anything."""
    wanted = " AND ".join(_phrase(term) for term in query.wanted)
    unwanted = " OR ".join(_phrase(term) for term in query.unwanted)
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _phrase(term: Term) -> str:
    phrase = _quoted(" ".join(term.words))
    if not term.is_begun:
        return phrase
    return f"({' OR '.join((phrase, f'{phrase} *', *map(_quoted, term.endings)))})"


def _quoted(words: str) -> str:
    return f'"{words}"'
