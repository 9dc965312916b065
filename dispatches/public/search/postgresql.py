"""Full text in PostgreSQL: a column of English stems without accents, and an index of it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from dispatches.public.models import SearchWord
from dispatches.public.prepared import Part, fetch
from dispatches.public.search.documents import Words
from dispatches.public.search.interface import Candidate
from dispatches.public.search.query import Query, fold

STEMMER = "english"

# The words are cut apart before PostgreSQL's parser sees them, so that “U.S.” and “well-known” are the words that they
# are in a query; and no word is left out for being common, so that every phrase can be looked for. What is no letter is
# written out, since what PostgreSQL takes for one depends on the locale of the database.
_CUT = r"regexp_replace({}, '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f\u00a0-\u00bf\u05be\u2000-\u206f]+', ' ', 'g')"
_WEIGHTS = {"headline": "A", "tldr": "B", "developments": "C", "body": "D"}
_VECTOR = " || ".join(
    f"setweight(to_tsvector('wire', {_CUT.format(column)}), '{weight}')" for column, weight in _WEIGHTS.items()
)

# How much a word counts in the body, the developments, the TL;DR, the headline; longer texts count a little less.
RANK = "ts_rank('{0.1, 0.3, 0.5, 1.0}', document.vector, asked.query, 1)"


def newest(query: Query, among: Part, limit: int) -> list[Candidate]:
    """Those of some editions (their id and publication_id) that answer to a query, the latest published first."""
    asked, outer = _tsquery(query)
    # The planner does not know what reading a long vector costs, and would look for rare words among all documents,
    # from the newest on. OFFSET keeps it from that: the index finds all that have them, and these are sorted.
    is_rare = _is_rare(query, limit)
    in_order = "ORDER BY place DESC OFFSET 0" if is_rare else ""
    rows = fetch(
        "SELECT edition.id, document.place FROM "
        "(SELECT place, publication_id FROM dispatches_searchdocument "
        f"WHERE vector @@ ({asked}) {in_order}) AS document "
        f"JOIN ({among.sql}) AS edition ON edition.publication_id = document.publication_id "
        "ORDER BY document.place DESC LIMIT %s",
        [*outer, *among.parameters, limit],
        # How to look for a word that is not rare depends on how common it is.
        is_planned_once=is_rare,
    )
    return [Candidate(*row) for row in rows]


def _is_rare(query: Query, limit: int) -> bool:
    """Whether so few documents answer to a query that reading them all is less than reading on until so many do."""
    words = {fold(word) for term in query.wanted for word in (*term.words, *term.endings)}
    known = dict(
        fetch(
            "SELECT word, documents FROM dispatches_searchword WHERE word = ANY(%s) "
            "UNION ALL SELECT '', documents FROM dispatches_indexstate",
            [list(words)],
        )
    )

    in_all = known.get("", 0)

    def count(*words: str) -> int:
        # Of the others nothing is counted (`words_of`).
        counted = [known.get(word, 0) for word in map(fold, words) if 1 < len(word) <= 40]
        return min(counted, default=in_all)

    answering = min(count(*term.words) + sum(map(count, term.endings)) for term in query.wanted)
    # One in all / answering does: so many are read until `limit` have.
    return answering**2 < limit * in_all


def match(query: Query, among: Part, due: Sequence[tuple[int, Words]]) -> dict[int, bool]:
    """Those of some editions that answer to a query, of these that are not in the index; and whether their headlines
    alone do.
    """
    if not due:
        return {}
    asked, parameters = _tsquery(query)
    rows = fetch(
        "SELECT edition.id, ts_filter(document.vector, '{a}') @@ asked.query "
        "FROM unnest(%s::bigint[], %s::tsvector[]) AS document(edition_id, vector) "
        f"CROSS JOIN (SELECT {asked} AS query) AS asked "
        f"JOIN ({among.sql}) AS edition ON edition.id = document.edition_id WHERE document.vector @@ asked.query",
        [[edition for edition, _ in due], _vectors(tuple(words for _, words in due)), *parameters, *among.parameters],
    )
    return dict(rows)


@lru_cache(maxsize=1)
def _vectors(documents: tuple[Words, ...]) -> list[str]:
    """The vectors of documents, as they will be in the index."""
    rows = fetch(
        f"SELECT ({_VECTOR})::text FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) "
        f"WITH ORDINALITY AS document({', '.join(Words._fields)}, number) ORDER BY number",
        [*map(list, zip(*documents, strict=True))],
    )
    return [vector for (vector,) in rows]


def best(query: Query, places: Sequence[int]) -> list[int]:
    """These places of documents that answer to a query, the best first."""
    asked, parameters = _tsquery(query)
    rows = fetch(
        f"SELECT document.place FROM dispatches_searchdocument AS document, (SELECT {asked} AS query) AS asked "
        f"WHERE document.place = ANY(%s) ORDER BY {RANK} DESC, document.place DESC",
        [*parameters, list(places)],
    )
    return [row[0] for row in rows]


def in_headline(query: Query, places: Sequence[int]) -> set[int]:
    """Those of these places whose documents' headlines alone answer to a query."""
    asked, parameters = _tsquery(query)
    # By their places, since the planner may think little of reading thousands of vectors for a word.
    rows = fetch(
        "SELECT place FROM dispatches_searchdocument "
        f"WHERE place = ANY(%s) AND ts_filter(vector, '{{a}}') @@ ({asked})",
        [list(places), *parameters],
    )
    return {row[0] for row in rows}


def with_any(words: Iterable[str], limit: int) -> list[int]:
    """The dispatches whose documents have any of these words, those with most and rarest of them first."""
    wanted = list(words)
    asked = " || ".join(["plainto_tsquery('wire', %s)"] * len(wanted))
    rows = fetch(
        "SELECT document.publication_id "
        f"FROM dispatches_searchdocument AS document, (SELECT {asked} AS query) AS asked "
        f"WHERE document.vector @@ asked.query ORDER BY {RANK} DESC, document.place DESC LIMIT %s",
        [*wanted, limit],
    )
    return [row[0] for row in rows]


def words_beginning(start: str, limit: int) -> list[str]:
    """Words of the documents that begin like this, those that most documents have first."""
    words = SearchWord.objects.filter(word__startswith=start)
    return list(words.order_by("-documents", "word").values_list("word", flat=True)[:limit])


def rebuild() -> None:
    """Nothing to do: the column follows from the others."""


def _tsquery(query: Query) -> tuple[str, list[str]]:
    """The query as an expression of the type tsquery, and its parameters."""
    parts, parameters = [], []
    for sign, terms in (("", query.wanted), ("!!", query.unwanted)):
        for term in terms:
            phrases = [" ".join(term.words), *term.endings]
            parts.append(f"{sign}({' || '.join(['phraseto_tsquery(%s::regconfig, %s)'] * len(phrases))})")
            parameters += [each for phrase in phrases for each in ("wire", phrase)]
    return " && ".join(parts), parameters
