"""Finding what readers can read by its words, best or newest first, in the database's own full-text index.

`query.py` understands what was typed, `documents.py` says what is looked through, and `sqlite.py` and `postgresql.py`
do the same five things in the two databases.
"""

from dataclasses import dataclass, replace
from types import ModuleType

from django.db import connection
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from dispatches.editions import Edition, EditionQuerySet
from dispatches.search import postgresql, sqlite
from dispatches.search.documents import SearchWord, documents_with
from dispatches.search.interface import Marked
from dispatches.search.query import Query, Term, fold, parse

DATABASES = {"sqlite": sqlite, "postgresql": postgresql}

# More than these are not counted.
MOST_COUNTED = 1_000
# So many words that a begun one may go on to are looked for besides what the index finds by its beginning.
MOST_ENDINGS = 40
# How alike a word has to be to one that is found, of 1, to be what the reader may have meant.
ALIKE = 0.65


def database() -> ModuleType:
    """The full text of the database in use."""
    return DATABASES[connection.vendor]


@dataclass(frozen=True, slots=True)
class Hit:
    """An edition that was found, and why."""

    edition: Edition
    marked: Marked


def search(text: str, editions: EditionQuerySet, *, newest_first: bool, limit: int, offset: int = 0) -> list[Hit]:
    """What answers to a reader's words among these editions (live ones, for a list), from the offset on."""
    query = complete(parse(text))
    if not query:
        return []
    found = database().find(query, editions, newest_first=newest_first, limit=limit, offset=offset)
    by_id = editions.in_bulk(found)
    marked = database().mark(query, [edition.dispatch_id for edition in by_id.values()])
    return [Hit(by_id[each], marked[by_id[each].dispatch_id]) for each in found]


def count(text: str, editions: EditionQuerySet) -> int:
    """How many of these editions answer to a reader's words; no more than MOST_COUNTED are counted."""
    query = complete(parse(text))
    return len(database().find(query, editions, newest_first=True, limit=MOST_COUNTED)) if query else 0


def complete(query: Query) -> Query:
    """Find out what the begun word may go on to."""
    if not query or not query.wanted[-1].is_begun or len(query.wanted[-1].words) > 1:
        return query
    last = query.wanted[-1]
    endings = tuple(database().words_beginning(fold(last.words[0]), MOST_ENDINGS)) if len(last.words[0]) > 3 else ()
    return replace(query, wanted=(*query.wanted[:-1], replace(last, endings=endings)))


def suggest(text: str, editions: EditionQuerySet) -> list[str]:
    """What a reader who found nothing may look for instead; each of it finds something among these editions."""
    query = parse(text)
    meant = _meant(query)
    candidates = [meant] if meant else []
    if len(query.wanted) > 1:
        candidates += [_in_words([term]) for term in query.wanted]
    return [each for each in candidates if search(each, editions, newest_first=True, limit=1)][:4]


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
