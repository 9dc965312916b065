"""Search what readers can read, by relevance or date, with the database's own full-text index.

`query.py` parses the input, `documents.py` maintains the documents, `due.py` finds live editions that are not indexed
yet, `sqlite.py` and `postgresql.py` implement `interface.py`, and `marking.py` highlights matches.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import connections

from dispatches.public import surface
from dispatches.public.models import SearchWord
from dispatches.public.search import postgresql, sqlite
from dispatches.public.search.documents import Words, documents_with, read_documents
from dispatches.public.search.due import Corpus, Due, read_corpus
from dispatches.public.search.interface import Candidate, FullText
from dispatches.public.search.marking import Marked, Marker, stemming
from dispatches.public.search.query import Query, Term, parse, words_of
from dispatches.public.search.terms import fold, is_unspaced

__all__ = ["MOST", "Corpus", "Found", "Hit", "complete", "full_text", "read_corpus", "search", "suggest"]

DATABASES: dict[str, FullText] = {"sqlite": sqlite, "postgresql": postgresql}

# For a word that is everywhere: how many of the newest matches are ranked, and how many are counted.
MOST = 500
# The number of completions of an unfinished word that are searched too.
MOST_ENDINGS = 30
# The likeness (0 to 1) from which a known word may be what the reader meant.
ALIKE = 0.65


def full_text() -> FullText:
    """Return the full-text module of the database in use."""
    return DATABASES[connections[surface.database()].vendor]


@dataclass(frozen=True, slots=True)
class Hit:
    """A found edition's id, and the marked text that shows why."""

    edition: int
    marked: Marked


@dataclass(frozen=True, slots=True)
class Found:
    """One page of results, and the total; beyond MOST, results are not counted."""

    hits: list[Hit]
    count: int


@dataclass(frozen=True, slots=True)
class _Answering:
    """All matches, latest published first, and the unindexed ones among them, by edition id."""

    candidates: list[Candidate]
    due: dict[int, Words]
    # Unindexed editions whose headlines match.
    in_headline: set[int]


def search(text: str, corpus: Corpus, *, newest_first: bool, limit: int, offset: int = 0) -> Found:
    """Search for a reader's words. Returns one page of results, from the offset on.

    Ranking is the database's. If a word is so common that more than MOST documents match, those with it in the headline
    are listed, newest first. Unindexed editions come first, because only the index can rank; headline matches lead.
    """
    query = complete(parse(text), corpus.due)
    if not query:
        return Found([], 0)
    answering = _find(query, corpus, MOST + 1)
    candidates = answering.candidates if newest_first else _best_first(query, answering)
    chosen = candidates[offset : offset + limit]
    documents = read_documents([each.place for each in chosen if each.edition not in answering.due])
    marker = Marker(query, full_text().STEMMER)
    # An edition withdrawn during the search has no document any more.
    words = ((each, answering.due.get(each.edition) or documents.get(each.place)) for each in chosen)
    hits = [Hit(each.edition, marker.mark(document)) for each, document in words if document]
    return Found(hits, min(len(candidates), MOST))


def _find(query: Query, corpus: Corpus, limit: int) -> _Answering:
    out_of_date = {each.edition for each in corpus.due}
    indexed = full_text().newest(query, corpus.among, limit + len(out_of_date))
    matches = full_text().match(query, corpus.among, [(each.edition, each.words) for each in corpus.due])
    due = [each for each in corpus.due if each.edition in matches]
    candidates = [
        *(Candidate(each.edition, each.place) for each in due),
        *(each for each in indexed if each.edition not in out_of_date),
    ]
    return _Answering(
        candidates=sorted(candidates, key=lambda each: each.place, reverse=True)[:limit],
        due={each.edition: each.words for each in due},
        in_headline={edition for edition, is_in_headline in matches.items() if is_in_headline},
    )


def _best_first(query: Query, answering: _Answering) -> list[Candidate]:
    candidates, due = answering.candidates, answering.due
    places = [each.place for each in candidates if each.edition not in due]
    if len(candidates) > MOST:
        in_headline = full_text().in_headline(query, places) if places else set()

        def is_in_headline(each: Candidate) -> bool:
            return each.edition in answering.in_headline if each.edition in due else each.place in in_headline

        return sorted(candidates, key=lambda each: not is_in_headline(each))
    ranked = full_text().best(query, places) if len(places) > 1 else places
    rank = {place: number for number, place in enumerate(ranked)}

    def number(each: Candidate) -> int:
        if each.edition in due:
            return -2 if each.edition in answering.in_headline else -1
        # An edition withdrawn during the search has no rank any more.
        return rank.get(each.place, len(rank))

    return sorted(candidates, key=number)


def complete(query: Query, due: Sequence[Due]) -> Query:
    """Look up the completions of the query's unfinished last word. Words with its stem are found anyway."""
    if not query or not query.wanted[-1].is_begun or len(query.wanted[-1].words) > 1:
        return query
    last = query.wanted[-1]
    start = fold(last.words[0])
    # A single letter of a script without spaces may be the first of a pair.
    if len(start) < 3 and not (len(start) == 1 and is_unspaced(start)):
        return query
    stem = stemming(full_text().STEMMER)
    words = [word for each in due for word in words_of(each.words.text) if word.startswith(start)]
    words += reversed(full_text().words_beginning(start, MOST_ENDINGS))
    endings = {stem(word): word for word in words}
    endings.pop(stem(start), None)
    return replace(query, wanted=(*query.wanted[:-1], replace(last, endings=tuple(endings.values()))))


def suggest(text: str, corpus: Corpus) -> list[str]:
    """Return up to four queries that find something, similar to one that found nothing, the likeliest first."""
    query = parse(text)
    corrected = _corrected(query)
    candidates = [corrected] if corrected else []
    if len(query.wanted) > 1:
        candidates += [_in_words([term]) for term in query.wanted]
    return [each for each in candidates if _find(complete(parse(each), corpus.due), corpus, 1).candidates][:4]


def _corrected(query: Query) -> str:
    """Replace each unknown word of the query with the most similar known one; return "" if no word is misspelled."""
    words = [folded for term in query.wanted for word in term.words if not is_unspaced(folded := fold(word))]
    known = documents_with(words)
    meant = {word: near for word in words if word not in known and len(word) > 2 and (near := _most_similar(word))}
    return _in_words(
        [Term(tuple(meant.get(fold(word), word) for word in each.words)) for each in query.wanted] if meant else []
    )


def _most_similar(word: str) -> str:
    """Return the known word most similar to this one, if any is similar enough."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    near = SearchWord.objects.filter(word__startswith=word[0]).values_list("word", flat=True)
    found = process.extract(
        word,
        # The alphabetical first of equals, so that the result does not depend on past contents of the database.
        sorted(near),
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=ALIKE,
        limit=5,
    )
    if not found:
        return ""
    best = [each for each, score, _ in found if score == found[0][1]]
    counts = documents_with(best)
    return max(best, key=lambda each: counts.get(each, 0))


def _in_words(terms: list[Term]) -> str:
    return " ".join(f'"{" ".join(term.words)}"' if len(term.words) > 1 else term.words[0] for term in terms)
