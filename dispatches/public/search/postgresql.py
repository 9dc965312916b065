"""Full-text search in PostgreSQL: a column of unaccented English stems with a GIN index."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from dispatches.public.models import SearchWord
from dispatches.public.prepared import Part, fetch
from dispatches.public.search.documents import Words
from dispatches.public.search.interface import Candidate
from dispatches.public.search.query import Query
from dispatches.public.search.terms import asked as asked_for
from dispatches.public.search.terms import terms_of

STEMMER = "english"

# Words are split before PostgreSQL's parser sees them, so that “U.S.” and “well-known” become the same words as in a
# query. No stop words are dropped, so that every phrase can be found. Non-letters are listed explicitly, because what
# PostgreSQL considers a letter depends on the database's locale.
_CUT = r"regexp_replace({}, '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f\u00a0-\u00bf\u05be\u2000-\u206f]+', ' ', 'g')"
_WEIGHTS = {"headline": "A", "tldr": "B", "developments": "C", "body": "D"}
_VECTOR = " || ".join(
    f"setweight(to_tsvector('wire', {_CUT.format(column)}), '{weight}')" for column, weight in _WEIGHTS.items()
)

# Weights of body, developments, TL;DR and headline. Longer texts count slightly less.
RANK = "ts_rank('{0.1, 0.3, 0.5, 1.0}', document.vector, asked.query, 1)"


def newest(query: Query, among: Part, limit: int) -> list[Candidate]:
    """Return those of these editions (id and publication_id) that match, the latest published first."""
    asked, outer = _tsquery(query)
    # The planner underestimates the cost of reading a long vector, and would scan all documents from the newest
    # for rare words. OFFSET 0 prevents that: the index finds all matches, and these are sorted.
    is_rare = _is_rare(query, limit)
    in_order = "ORDER BY place DESC OFFSET 0" if is_rare else ""
    rows = fetch(
        "SELECT edition.id, document.place FROM "
        "(SELECT place, publication_id FROM dispatches_searchdocument "
        f"WHERE vector @@ ({asked}) {in_order}) AS document "
        f"JOIN ({among.sql}) AS edition ON edition.publication_id = document.publication_id "
        "ORDER BY document.place DESC LIMIT %s",
        [*outer, *among.parameters, limit],
        # The best plan for a common word depends on how common it is.
        is_planned_once=is_rare,
    )
    return [Candidate(*row) for row in rows]


def _is_rare(query: Query, limit: int) -> bool:
    """Return True if so few documents match that reading all is cheaper than scanning until `limit` are found."""
    words = {each for term in query.wanted for word in (*term.words, *term.endings) for each in _terms(word)}
    known = dict(
        fetch(
            "SELECT word, documents FROM dispatches_searchword WHERE word = ANY(%s) "
            "UNION ALL SELECT '', documents FROM dispatches_indexstate",
            [list(words)],
        )
    )

    in_all = known.get("", 0)

    def count(*words: str) -> int:
        # Other words are not counted (`words_of`).
        counted = [known.get(each, 0) for word in words for each in _terms(word) if 1 < len(each) <= 40]
        return min(counted, default=in_all)

    answering = min(count(*term.words) + sum(map(count, term.endings)) for term in query.wanted)
    # One in (all / matching) documents matches, so this many are read to find `limit`.
    return answering**2 < limit * in_all


def _terms(word: str) -> list[str]:
    return list(terms_of(word, is_query=True))


def match(query: Query, among: Part, due: Sequence[tuple[int, Words]]) -> dict[int, bool]:
    """Return the matching ones of these unindexed editions, each with True if its headline alone matches."""
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
    """Return the vectors of documents, as they will be in the index."""
    rows = fetch(
        f"SELECT ({_VECTOR})::text FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) "
        f"WITH ORDINALITY AS document({', '.join(Words._fields)}, number) ORDER BY number",
        [*map(list, zip(*(each.in_index for each in documents), strict=True))],
    )
    return [vector for (vector,) in rows]


def best(query: Query, places: Sequence[int]) -> list[int]:
    """Rank these places by relevance."""
    asked, parameters = _tsquery(query)
    rows = fetch(
        f"SELECT document.place FROM dispatches_searchdocument AS document, (SELECT {asked} AS query) AS asked "
        f"WHERE document.place = ANY(%s) ORDER BY {RANK} DESC, document.place DESC",
        [*parameters, list(places)],
    )
    return [row[0] for row in rows]


def in_headline(query: Query, places: Sequence[int]) -> set[int]:
    """Return those of these places whose headline alone matches."""
    asked, parameters = _tsquery(query)
    # By place, because the planner underestimates the cost of reading thousands of vectors for a word.
    rows = fetch(
        "SELECT place FROM dispatches_searchdocument "
        f"WHERE place = ANY(%s) AND ts_filter(vector, '{{a}}') @@ ({asked})",
        [list(places), *parameters],
    )
    return {row[0] for row in rows}


def with_any(words: Iterable[str], limit: int) -> list[int]:
    """Return the dispatches with any of these words, those with the most and rarest first."""
    wanted = [asked_for([word]) for word in words]
    asked = " || ".join(["plainto_tsquery('wire', %s)"] * len(wanted))
    rows = fetch(
        "SELECT document.publication_id "
        f"FROM dispatches_searchdocument AS document, (SELECT {asked} AS query) AS asked "
        f"WHERE document.vector @@ asked.query ORDER BY {RANK} DESC, document.place DESC LIMIT %s",
        [*wanted, limit],
    )
    return [row[0] for row in rows]


def words_beginning(start: str, limit: int) -> list[str]:
    """Return known words with this prefix, the most frequent first."""
    words = SearchWord.objects.filter(word__startswith=start)
    return list(words.order_by("-documents", "word").values_list("word", flat=True)[:limit])


def rebuild() -> None:
    """Do nothing: it is a generated column."""


def purge() -> None:
    """Do nothing: PostgreSQL's own VACUUM removes what was deleted."""


def _tsquery(query: Query) -> tuple[str, list[str]]:
    """Return the query as a tsquery expression with its parameters."""
    parts, parameters = [], []
    for sign, terms in (("", query.wanted), ("!!", query.unwanted)):
        for term in terms:
            phrases = [asked_for(term.words), *(asked_for([ending]) for ending in term.endings)]
            parts.append(f"{sign}({' || '.join(['phraseto_tsquery(%s::regconfig, %s)'] * len(phrases))})")
            parameters += [each for phrase in phrases for each in ("wire", phrase)]
    return " && ".join(parts), parameters
