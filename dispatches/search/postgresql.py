"""Full text in PostgreSQL: a column of English stems without accents, and an index of it."""

from collections.abc import Iterable, Sequence

from django.db import connection, models
from django.db.models.functions import Length

from dispatches.search.documents import SearchWord
from dispatches.search.interface import CLOSES, OPENS, Marked, Ranked
from dispatches.search.query import Query, Term

# The words are cut apart before PostgreSQL's parser sees them, so that “U.S.” and “well-known” are the words that they
# are in a query; and no word is left out for being common, so that every phrase can be looked for. What is no letter is
# written out, since what PostgreSQL takes for one depends on the locale of the database.
_CUT = r"regexp_replace({}, '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f\u00a0-\u00bf\u05be\u2000-\u206f]+', ' ', 'g')"
_WEIGHTS = {"headline": "A", "tldr": "B", "developments": "C", "body": "D"}
_VECTOR = " || ".join(
    f"setweight(to_tsvector('wire', {_CUT.format(column)}), '{weight}')" for column, weight in _WEIGHTS.items()
)

# For the migrations.
CREATE = [
    "CREATE TEXT SEARCH DICTIONARY wire_stem (TEMPLATE = snowball, LANGUAGE = english)",
    "CREATE TEXT SEARCH CONFIGURATION wire (COPY = simple)",
    """ALTER TEXT SEARCH CONFIGURATION wire ALTER MAPPING FOR asciiword, word, numword, asciihword, hword, numhword,
        hword_asciipart, hword_part, hword_numpart WITH unaccent, wire_stem""",
    f"ALTER TABLE dispatches_searchdocument ADD COLUMN vector tsvector GENERATED ALWAYS AS ({_VECTOR}) STORED",
    "CREATE INDEX dispatches_searchdocument_vector ON dispatches_searchdocument USING gin (vector)",
]
DROP = [
    "ALTER TABLE dispatches_searchdocument DROP COLUMN vector",
    "DROP TEXT SEARCH CONFIGURATION wire",
    "DROP TEXT SEARCH DICTIONARY wire_stem",
]

# How much a word counts in the body, the developments, the TL;DR, the headline; longer texts count a little less.
RANK = "ts_rank('{0.1, 0.3, 0.5, 1.0}', document.vector, asked.query, 1)"


def find(query: Query, editions: models.QuerySet, *, newest_first: bool, limit: int, offset: int = 0) -> Ranked:
    """The ids of the editions among these that answer to a query, in order: the best, or else the newest, first."""
    among, inner = editions.order_by().values("id", "dispatch_id", "published_at").query.sql_with_params()
    asked, outer = _tsquery(query)
    order = "edition.published_at DESC, edition.dispatch_id DESC" if newest_first else f"{RANK} DESC, edition.id DESC"
    return _ids(
        f"SELECT edition.id FROM (SELECT {asked} AS query) AS asked "
        "JOIN dispatches_searchdocument AS document ON document.vector @@ asked.query "
        f"JOIN ({among}) AS edition ON edition.dispatch_id = document.dispatch_id "
        f"ORDER BY {order} LIMIT %s OFFSET %s",
        [*outer, *inner, limit, offset],
    )


def find_any(words: Iterable[str], limit: int) -> Ranked:
    """The ids of the dispatches that have any of these words, those with most and rarest of them first."""
    asked = " || ".join(["plainto_tsquery('wire', %s)"] * len(words := list(words)))
    return _ids(
        f"SELECT document.dispatch_id FROM (SELECT {asked} AS query) AS asked "
        "JOIN dispatches_searchdocument AS document ON document.vector @@ asked.query "
        f"ORDER BY {RANK} DESC LIMIT %s",
        [*words, limit],
    )


def mark(query: Query, dispatch_ids: Sequence[int]) -> dict[int, Marked]:
    """What a query found in these dispatches, marked."""
    asked, parameters = _tsquery(query)
    signs = f"StartSel={OPENS}, StopSel={CLOSES}"
    whole, part = f"{signs}, HighlightAll=true", f"{signs}, MaxWords=30, MinWords=15, MaxFragments=1"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dispatch_id, ts_headline('wire', headline, query, %s), ts_headline('wire', tldr, query, %s), "
            "ts_headline('wire', developments, query, %s), ts_headline('wire', body, query, %s) "
            f"FROM dispatches_searchdocument, (SELECT {asked} AS query) AS asked "
            "WHERE dispatch_id = ANY(%s)",
            [whole, whole, part, part, *parameters, list(dispatch_ids)],
        )
        return {row[0]: Marked.choose(*row[1:]) for row in cursor.fetchall()}


def words_beginning(start: str, limit: int) -> list[str]:
    """Words of the documents that begin like this, the shortest first."""
    words = SearchWord.objects.filter(word__startswith=start, documents__gt=0)
    shortest = words.annotate(length=Length("word")).order_by("length", "word")
    return list(shortest.values_list("word", flat=True)[:limit])


def rebuild() -> None:
    """Nothing to do: the column follows from the others."""


def _ids(sql: str, parameters: Sequence[str | int]) -> Ranked:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]


def _tsquery(query: Query) -> tuple[str, list[str]]:
    """The query as an expression of the type tsquery, and its parameters."""
    parts, parameters = [], []
    for sign, terms in (("", query.wanted), ("!!", query.unwanted)):
        for term in terms:
            sql, words = _phrase(term)
            parts.append(f"{sign}({sql})")
            parameters += words
    return " && ".join(parts), parameters


def _phrase(term: Term) -> tuple[str, list[str]]:
    phrase = "phraseto_tsquery('wire', %s)"
    if not term.is_begun:
        return phrase, [" ".join(term.words)]
    begun = " <-> ".join(term.words) + ":*"
    return (
        " || ".join([phrase, "to_tsquery('wire', %s)", *([phrase] * len(term.endings))]),
        [" ".join(term.words), begun, *term.endings],
    )
