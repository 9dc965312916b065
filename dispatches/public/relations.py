"""Which dispatches are related: those of one story, those that refer to each other, and similar ones.

References and likeness are computed once, when an edition with a new text has gone live, from live editions only.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from dispatches.public import prepared, surface
from dispatches.public.models import Edition, Relation, SearchDocument
from dispatches.public.search import full_text
from dispatches.public.search.documents import count_documents, documents_with
from dispatches.public.search.query import words_of

# The likeness (0 to 1) from which two dispatches are related by it alone. Of 8,000 short news items from two years,
# nine in ten of the pairs at this likeness were about the same topic.
ALIKE = 0.25
# How many of its rarest words are searched for, within how many days, and how many results are compared.
WORDS, PERIOD, CANDIDATES = 16, timedelta(days=90), 40
# A word in more than this share of all dispatches says nothing about the subject.
COMMON = 0.1
KEPT, SHOWN = 8, 6


def relate(edition: Edition) -> None:
    """Recompute the relations of a live edition, once it is indexed."""
    references = [each for each in dict.fromkeys(edition.references) if each != edition.publication_id]
    likeness = find_alike(edition)
    relations = [
        Relation(
            publication_id=edition.publication_id,
            other_id=other,
            is_reference=other in references,
            likeness=likeness.get(other, 0.0),
        )
        for other in {**dict.fromkeys(references), **likeness}
    ]
    Relation.objects.filter(publication=edition.publication_id).delete()
    Relation.objects.bulk_create(relations)


def unrelate(publication_id: int) -> None:
    """Delete the relations that follow from a dispatch's text."""
    Relation.objects.filter(Q(publication=publication_id) | Q(other=publication_id, is_reference=False)).delete()
    Relation.objects.filter(other=publication_id).update(likeness=0.0)


def related(publication_id: int, story: str) -> list[int]:
    """Return the ids of the live editions related to a dispatch.

    First those of its story, newest first; then references in both directions; then similar ones.
    """
    now = surface.now()
    weights: dict[int, float] = {}
    for one, other, is_reference, likeness in prepared.ask("relations", _relations, publication_id):
        to = other if one == publication_id else one
        weights[to] = max(weights.get(to, 0.0), likeness + is_reference)
    on_story = dict(prepared.ask("on a story", _on_story, now, story, publication_id)) if story else {}
    others = [each for each in weights if each not in on_story.values()]
    readable = prepared.ask(("readable", len(others)), _readable, now, *others) if others else []
    # The sort is stable: equals stay newest first.
    by_weight = sorted(readable, key=lambda row: -weights[row[1]])
    return [*on_story, *(pk for pk, _ in by_weight)][:SHOWN]


def _relations(publication_id: int) -> models.QuerySet:
    relations = Relation.objects.filter(Q(publication=publication_id) | Q(other=publication_id))
    return relations.order_by("pk").values_list("publication_id", "other_id", "is_reference", "likeness")


def _readable(now: datetime, *publication_ids: int) -> models.QuerySet:
    return Edition.objects.for_wire(now).filter(publication__in=publication_ids).values_list("pk", "publication_id")


def _on_story(now: datetime, story: str, publication_id: int) -> models.QuerySet:
    on_story = Edition.objects.for_wire(now).filter(story=story).exclude(publication=publication_id)
    return on_story.values_list("pk", "publication_id")[:SHOWN]


def find_alike(edition: Edition) -> dict[int, float]:
    """Return the most similar dispatches of about the same time, with their likeness (0 to 1), by publication id."""
    document = SearchDocument.objects.filter(publication=edition.publication_id).first()
    if document is None:
        return {}
    own = words_of(_subject(document))
    rarity = _rarity(own)
    rarest = sorted(rarity, key=lambda word: -rarity[word])[:WORDS]
    if not rarest:
        return {}
    found = [each for each in full_text().with_any(rarest, CANDIDATES) if each != edition.publication_id]
    period = (edition.published_at - PERIOD, edition.published_at + PERIOD)
    around = Edition.objects.live().filter(publication__in=found, published_at__range=period)
    documents = SearchDocument.objects.filter(publication__in=around.values("publication")).order_by("-place")
    others = {each.publication_id: words_of(_subject(each)) for each in documents}
    rarity = _rarity(own.union(*others.values()))
    likeness = {other: compare(own, words, rarity) for other, words in others.items()}
    best = sorted((other for other in likeness if likeness[other] >= ALIKE), key=lambda other: -likeness[other])[:KEPT]
    return {other: round(likeness[other], 3) for other in best}


def compare(own: set[str], other: set[str], rarity: Mapping[str, float]) -> float:
    """Return the likeness (0 to 1) of two sets of words: the cosine of their tf-idf vectors (Salton, McGill, 1983)."""

    def weigh(words: Iterable[str]) -> float:
        return sum(rarity.get(word, 0.0) ** 2 for word in words)

    return weigh(own & other) / (math.sqrt(weigh(own) * weigh(other)) or 1.0)


def _rarity(words: Iterable[str]) -> dict[str, float]:
    """Return each word's inverse document frequency; common words are left out."""
    all_of_them = count_documents()
    return {
        word: math.log(1 + all_of_them / count)
        for word, count in documents_with(words).items()
        if count <= max(COMMON * all_of_them, 3) and not word.isdigit()
    }


def _subject(document: SearchDocument) -> str:
    """Return the part of a document that says what it is about."""
    return "\n".join((document.headline, document.tldr, document.developments))
