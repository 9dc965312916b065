"""What is looked through: the words of each dispatch, as its open edition has them.

A dispatch has at most one document. Whether readers may find it is asked of its editions at each search, since time is
the only switch; so a scheduled dispatch has a document, too, and an edition that changes no word changes no index.
"""

import html
import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import models
from django.db.models import F

from dispatches import prepared
from dispatches.editions import Edition
from dispatches.search.query import words_of
from sources.facts import in_batches


class SearchDocument(models.Model):
    """The words of one dispatch. The database keeps its full-text index of them by itself (see the migrations)."""

    place = models.BigIntegerField(
        primary_key=True, help_text="Later published, higher: the index gives what it finds in this order."
    )
    dispatch = models.OneToOneField("dispatches.Dispatch", on_delete=models.CASCADE, related_name="+")
    headline = models.TextField()
    tldr = models.TextField()
    developments = models.TextField()
    body = models.TextField()

    def __str__(self) -> str:
        return self.headline

    @property
    def text(self) -> str:
        return "\n".join((self.headline, self.tldr, self.developments, self.body))


class Words(NamedTuple):
    """What a document says, for showing where something was found in it."""

    place: int
    headline: str
    tldr: str
    developments: str
    body: str


class SearchWord(models.Model):
    """A word that documents have, without case and accents, and how many do: for what is begun or mistyped."""

    word = models.CharField(max_length=40, primary_key=True)
    documents = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.word


def index(edition: Edition) -> bool:
    """Make the words of an edition those that its dispatch is found by. Says whether that changed anything."""
    previous = SearchDocument.objects.filter(dispatch=edition.dispatch_id).first()
    document = SearchDocument(
        place=previous.place if previous else _free_place(edition.published_at),
        dispatch_id=edition.dispatch_id,
        headline=edition.headline,
        tldr=edition.tldr,
        developments="\n".join(each.text for each in edition.public_developments),
        body=plain_text(edition.body_html),
    )
    if previous and previous.text == document.text:
        return False
    document.save(force_insert=previous is None)
    _count(words_of(previous.text) if previous else set(), words_of(document.text))
    return True


# So many dispatches may be published in one second before they are placed into the next.
PLACES_A_SECOND = 256


def first_place(published_at: datetime) -> int:
    """The first place of a second."""
    return math.floor(published_at.timestamp()) * PLACES_A_SECOND


def _free_place(published_at: datetime) -> int:
    place = first_place(published_at)
    taken = set(
        SearchDocument.objects.filter(place__gte=place, place__lt=place + 40_000).values_list("place", flat=True)
    )
    while place in taken:
        place += 1
    return place


def unindex(dispatch_id: int) -> None:
    """Let a dispatch not be found any more."""
    for document in SearchDocument.objects.filter(dispatch=dispatch_id):
        document.delete()
        _count(words_of(document.text), set())


def _count(before: set[str], after: set[str]) -> None:
    for batch in in_batches(sorted(before - after)):
        SearchWord.objects.filter(word__in=batch).update(documents=F("documents") - 1)
    for batch in in_batches(sorted(after - before)):
        SearchWord.objects.bulk_create([SearchWord(word=word) for word in batch], ignore_conflicts=True)
        SearchWord.objects.filter(word__in=batch).update(documents=F("documents") + 1)


def read_documents(places: Sequence[int]) -> dict[int, Words]:
    """The documents at these places."""

    def build(*places: int) -> models.QuerySet:
        return SearchDocument.objects.filter(pk__in=places).values_list(*Words._fields)

    rows = prepared.ask(("documents", len(places)), build, *places) if places else []
    return {row[0]: Words(*row) for row in rows}


def documents_with(words: Iterable[str]) -> dict[str, int]:
    """In how many documents each of these folded words is; those that are in none are left out."""
    return dict(SearchWord.objects.filter(word__in=words, documents__gt=0).values_list("word", "documents"))


_BLOCK_END = re.compile(r"</(?:p|li|h3|h4|blockquote|pre)>|<(?:br|hr|ul|ol|pre)\b[^>]*>")
_CODE = re.compile(r"<pre>.*?</pre>", re.S)
_TAG = re.compile(r"<[^>]*>")


def plain_text(body_html: str) -> str:
    """The words of a body, a line for each paragraph or item.

    >>> plain_text("<p>He said <em>no</em> &amp; left.</p><p>Then <bdi>שלום</bdi>.</p>")
    'He said no & left.\\nThen שלום.'
    >>> plain_text("<ul><li>12<ul><li>34</li></ul></li></ul><pre><code>5\\n6</code></pre>")
    '12\\n34\\n5\\n6'
    """
    body_html = _CODE.sub(lambda code: code[0].replace("\n", "<br>"), body_html)
    lines = html.unescape(_TAG.sub("", _BLOCK_END.sub("\n", body_html.replace("\n", " ")))).splitlines()
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))
