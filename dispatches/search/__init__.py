"""Finding what readers can read by its words, best or newest first, in the database's own full-text index.

`query.py` understands what was typed, `documents.py` says what is looked through, `sqlite.py` and `postgresql.py`
answer the same few questions in the two databases (`interface.py`), `marking.py` shows what was found.
"""

from dataclasses import dataclass, replace

from django.db import connection

from dispatches.prepared import Part
from dispatches.search import postgresql, sqlite
from dispatches.search.documents import SearchWord, documents_with, read_documents
from dispatches.search.interface import Candidate, FullText
from dispatches.search.marking import Marked, Marker, stemming
from dispatches.search.query import Query, Term, fold, parse

DATABASES: dict[str, FullText] = {"sqlite": sqlite, "postgresql": postgresql}

# Of what a word is in everywhere, the newest are looked at, so many; so many are counted.
MOST = 500
# So many words that a begun one may go on to are looked for with it.
MOST_ENDINGS = 30
# How alike a word has to be to one that is found, of 1, to be what the reader may have meant.
ALIKE = 0.65


def full_text() -> FullText:
    """The full text of the database in use."""
    return DATABASES[connection.vendor]


@dataclass(frozen=True, slots=True)
class Hit:
    """An edition that was found, by its id, and why."""

    edition: int
    marked: Marked


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found, and how much there is in all; more than MOST is not counted."""

    hits: list[Hit]
    count: int


def search(text: str, among: Part, *, newest_first: bool, limit: int, offset: int = 0) -> Found:
    """What answers to a reader's words of some editions (the id and dispatch_id of live ones), from the offset on.

    Best first means what the database holds for the best; of more than MOST, where a word tells little, those that have
    it in the headline, the newest first.
    """
    query = complete(parse(text))
    if not query:
        return Found([], 0)
    candidates = full_text().newest(query, among, MOST + 1)
    chosen = (candidates if newest_first else _best_first(query, candidates))[offset : offset + limit]
    documents = read_documents([each.place for each in chosen])
    marker = Marker(query, full_text().STEMMER)
    hits = [Hit(each.edition, marker.mark(documents[each.place])) for each in chosen if each.place in documents]
    return Found(hits, min(len(candidates), MOST))


def _best_first(query: Query, candidates: list[Candidate]) -> list[Candidate]:
    if len(candidates) < 2:
        return candidates
    places = [each.place for each in candidates]
    if len(candidates) > MOST:
        in_headline = full_text().in_headline(query, places)
        return sorted(candidates, key=lambda each: each.place not in in_headline)
    rank = {place: number for number, place in enumerate(full_text().best(query, places))}
    # One that has been withdrawn since it was found has no rank any more.
    return sorted(candidates, key=lambda each: rank.get(each.place, len(rank)))


def complete(query: Query) -> Query:
    """Find out what the begun word may go on to; what has its stem is found with it anyway."""
    if not query or not query.wanted[-1].is_begun or len(query.wanted[-1].words) > 1:
        return query
    last = query.wanted[-1]
    start = fold(last.words[0])
    if len(start) < 3:
        return query
    stem = stemming(full_text().STEMMER)
    endings = {stem(word): word for word in reversed(full_text().words_beginning(start, MOST_ENDINGS))}
    endings.pop(stem(start), None)
    return replace(query, wanted=(*query.wanted[:-1], replace(last, endings=tuple(endings.values()))))


def suggest(text: str, among: Part) -> list[str]:
    """What a reader who found nothing may look for instead; each of it finds something of these editions."""
    query = parse(text)
    meant = _meant(query)
    candidates = [meant] if meant else []
    if len(query.wanted) > 1:
        candidates += [_in_words([term]) for term in query.wanted]
    return [each for each in candidates if full_text().newest(complete(parse(each)), among, 1)][:4]


def _meant(query: Query) -> str:
    """The query with each word that no document has replaced by the likest one; nothing if no word is mistyped."""
    words = [fold(word) for term in query.wanted for word in term.words]
    known = documents_with(words)
    meant = {word: likest for word in words if word not in known and len(word) > 2 and (likest := _likest(word))}
    return _in_words(
        [Term(tuple(meant.get(fold(word), word) for word in each.words)) for each in query.wanted] if meant else []
    )


def _likest(word: str) -> str:
    """The word of the documents that is most like this one, if one is like it."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    near = SearchWord.objects.filter(documents__gt=0, word__startswith=word[0])
    found = process.extract(
        word,
        list(near.values_list("word", flat=True)),
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
