"""Which dispatches belong together: those on one story, those that refer to each other, those that are much alike.

References and likeness are worked out once, when an edition with another text is issued, from public words alone.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.db import models
from django.db.models import Q

from dispatches.editions import Edition
from dispatches.search import database
from dispatches.search.documents import SearchDocument, documents_with
from dispatches.search.query import words_of

# How alike two dispatches are, of 1, to be related for that alone. Of 8,000 short news items of two years, nine in ten
# of the pairs that are as alike as this were of one topic.
ALIKE = 0.25
# So many of its rarest words are looked for, in dispatches of so many days around it; so many of those are compared.
WORDS, PERIOD, CANDIDATES = 16, timedelta(days=90), 40
# A word that more than this share of all dispatches have says nothing of what one is about.
COMMON = 0.1
KEPT, SHOWN = 8, 6


class Relation(models.Model):
    """Two dispatches that belong together, as the text of the first one has it."""

    dispatch = models.ForeignKey("dispatches.Dispatch", on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey("dispatches.Dispatch", on_delete=models.CASCADE, related_name="+")
    is_reference = models.BooleanField(help_text="Whether its body refers to the other; or else they are alike.")
    likeness = models.FloatField(default=0.0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dispatch", "other"], name="related_once")]

    def __str__(self) -> str:
        return f"{self.dispatch_id} → {self.other_id}"


def relate(edition: Edition) -> None:
    """Work out anew what the text of an edition has to do with others, after the index has its words."""
    references = [each for each in dict.fromkeys(edition.references) if each != edition.dispatch_id]
    likeness = find_alike(edition)
    relations = [
        Relation(
            dispatch_id=edition.dispatch_id,
            other_id=other,
            is_reference=other in references,
            likeness=likeness.get(other, 0.0),
        )
        for other in {**dict.fromkeys(references), **likeness}
    ]
    Relation.objects.filter(dispatch=edition.dispatch_id).delete()
    Relation.objects.bulk_create(relations)


def unrelate(dispatch_id: int) -> None:
    """Forget what the text of a dispatch has to do with others."""
    Relation.objects.filter(dispatch=dispatch_id).delete()


def related(edition: Edition) -> list[Edition]:
    """What belongs with an edition and can be read now: first the story, then references both ways, then the alike."""
    relations = Relation.objects.filter(Q(dispatch=edition.dispatch_id) | Q(other=edition.dispatch_id))
    weights: dict[int, float] = {}
    for relation in relations:
        other = relation.other_id if relation.dispatch_id == edition.dispatch_id else relation.dispatch_id
        weights[other] = max(weights.get(other, 0.0), relation.likeness + relation.is_reference)
    readable = Edition.objects.for_wire().exclude(dispatch=edition.dispatch_id)
    story = list(readable.filter(story=edition.story)[:SHOWN]) if edition.story else []
    in_story = {each.dispatch_id for each in story}
    others = readable.filter(dispatch__in=[each for each in weights if each not in in_story])
    return [*story, *sorted(others, key=lambda each: -weights[each.dispatch_id])][:SHOWN]


def find_alike(edition: Edition) -> dict[int, float]:
    """The dispatches around the time of an edition that are most alike, by dispatch, and how much they are (of 1)."""
    document = SearchDocument.objects.filter(pk=edition.dispatch_id).first()
    if document is None:
        return {}
    own = words_of(_subject(document))
    rarity = _rarity(own)
    rarest = sorted(rarity, key=lambda word: -rarity[word])[:WORDS]
    if not rarest:
        return {}
    found = [each for each in database().find_any(rarest, CANDIDATES) if each != edition.dispatch_id]
    around = Edition.objects.filter(
        dispatch__in=found,
        superseded_at__isnull=True,
        published_at__range=(edition.published_at - PERIOD, edition.published_at + PERIOD),
    )
    others = {
        each.pk: words_of(_subject(each)) for each in SearchDocument.objects.filter(pk__in=around.values("dispatch"))
    }
    rarity = _rarity(own.union(*others.values()))
    likeness = {pk: compare(own, words, rarity) for pk, words in others.items()}
    best = sorted((pk for pk in likeness if likeness[pk] >= ALIKE), key=lambda pk: -likeness[pk])[:KEPT]
    return {pk: round(likeness[pk], 3) for pk in best}


def compare(own: set[str], other: set[str], rarity: Mapping[str, float]) -> float:
    """How alike two sets of words are, from 0 to 1: the cosine of their vectors of rarities (Salton, McGill, 1983)."""

    def weigh(words: Iterable[str]) -> float:
        return sum(rarity.get(word, 0.0) ** 2 for word in words)

    return weigh(own & other) / (math.sqrt(weigh(own) * weigh(other)) or 1.0)


def _rarity(words: Iterable[str]) -> dict[str, float]:
    """How much each word tells, the rarer the more: its inverse document frequency; common ones are left out."""
    newest = SearchDocument.objects.order_by("-pk").values_list("pk", flat=True).first() or 1
    return {
        word: math.log(1 + newest / count)
        for word, count in documents_with(words).items()
        if count <= max(COMMON * newest, 3) and not word.isdigit()
    }


def _subject(document: SearchDocument) -> str:
    """The part of a document that says what it is about."""
    return "\n".join((document.headline, document.tldr, document.developments))
