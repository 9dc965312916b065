"""Which dispatches belong together: those on one story, those that refer to each other, those that are much alike.

References and likeness are worked out once, when an edition with another text has gone live, from the words of live
editions alone.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from dispatches.public import prepared
from dispatches.public.models import Edition, Relation, SearchDocument
from dispatches.public.search import full_text
from dispatches.public.search.documents import count_documents, documents_with
from dispatches.public.search.query import words_of

# How alike two dispatches are, of 1, to be related for that alone. Of 8,000 short news items of two years, nine in ten
# of the pairs that are as alike as this were of one topic.
ALIKE = 0.25
# So many of its rarest words are looked for, in dispatches of so many days around it; so many of those are compared.
WORDS, PERIOD, CANDIDATES = 16, timedelta(days=90), 40
# A word that more than this share of all dispatches have says nothing of what one is about.
COMMON = 0.1
KEPT, SHOWN = 8, 6


def relate(edition: Edition) -> None:
    """Work out anew what the text of a live edition has to do with others, after the index has its words."""
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
    """Forget what the text of a dispatch has to do with others, and how much theirs are like it."""
    Relation.objects.filter(Q(publication=publication_id) | Q(other=publication_id, is_reference=False)).delete()
    Relation.objects.filter(other=publication_id).update(likeness=0.0)


def related(publication_id: int, story: str) -> list[int]:
    """The editions that belong with a dispatch and can be read now, by their ids.

    First what is on its story, newest first, then references both ways, then what is alike.
    """
    now = timezone.now()
    weights: dict[int, float] = {}
    for one, other, is_reference, likeness in prepared.ask("relations", _relations, publication_id):
        to = other if one == publication_id else one
        weights[to] = max(weights.get(to, 0.0), likeness + is_reference)
    on_story = dict(prepared.ask("on a story", _on_story, now, story, publication_id)) if story else {}
    others = [each for each in weights if each not in on_story.values()]
    readable = prepared.ask(("readable", len(others)), _readable, now, *others) if others else []
    # Those that weigh the same stay as they are: newest first.
    by_weight = sorted(readable, key=lambda row: -weights[row[1]])
    return [*on_story, *(pk for pk, _ in by_weight)][:SHOWN]


def _relations(publication_id: int) -> models.QuerySet:
    relations = Relation.objects.filter(Q(publication=publication_id) | Q(other=publication_id))
    return relations.order_by("pk").values_list("publication_id", "other_id", "is_reference", "likeness")


def _readable(moment: datetime, *publication_ids: int) -> models.QuerySet:
    return Edition.objects.for_wire(moment).filter(publication__in=publication_ids).values_list("pk", "publication_id")


def _on_story(moment: datetime, story: str, publication_id: int) -> models.QuerySet:
    on_story = Edition.objects.for_wire(moment).filter(story=story).exclude(publication=publication_id)
    return on_story.values_list("pk", "publication_id")[:SHOWN]


def find_alike(edition: Edition) -> dict[int, float]:
    """The dispatches around the time of an edition that are most alike, by dispatch, and how much they are (of 1)."""
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
    """How alike two sets of words are, from 0 to 1: the cosine of their vectors of rarities (Salton, McGill, 1983)."""

    def weigh(words: Iterable[str]) -> float:
        return sum(rarity.get(word, 0.0) ** 2 for word in words)

    return weigh(own & other) / (math.sqrt(weigh(own) * weigh(other)) or 1.0)


def _rarity(words: Iterable[str]) -> dict[str, float]:
    """How much each word tells, the rarer the more: its inverse document frequency; common ones are left out."""
    all_of_them = count_documents()
    return {
        word: math.log(1 + all_of_them / count)
        for word, count in documents_with(words).items()
        if count <= max(COMMON * all_of_them, 3) and not word.isdigit()
    }


def _subject(document: SearchDocument) -> str:
    """The part of a document that says what it is about."""
    return "\n".join((document.headline, document.tldr, document.developments))
