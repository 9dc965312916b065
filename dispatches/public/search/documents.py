"""Maintain the searchable documents: the text of each dispatch's live edition.

A dispatch has one document at most, and none before it is live: from ranking and suggestions, readers could guess
which words are scheduled. Editions that went live since the last update of the index are found without it (`due.py`).
"""

import html
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import models
from django.db.models import F

from dispatches.public import prepared
from dispatches.public.models import Edition, IndexState, SearchDocument, SearchWord
from dispatches.public.search.query import words_of
from dispatches.public.search.terms import indexed
from sources.batches import in_batches


class Words(NamedTuple):
    """The text of a document."""

    headline: str
    tldr: str
    developments: str
    body: str

    @property
    def text(self) -> str:
        return "\n".join(self)

    @property
    def terms(self) -> "Words":
        """What the index has for each part; empty where that is the text itself."""
        return Words(*map(indexed, self))

    @property
    def in_index(self) -> "Words":
        """Each part as it is indexed."""
        return Words(*(terms or text for terms, text in zip(self.terms, self, strict=True)))


def words_from(edition: Edition) -> Words:
    """Return the searchable text of an edition."""
    return Words(
        headline=edition.headline,
        tldr=edition.tldr,
        developments="\n".join(each.text for each in edition.public_developments),
        body=plain_text(edition.linked_body),
    )


def index(edition: Edition) -> bool:
    """Make a live edition's text the document of its dispatch. Returns True if that changed anything."""
    previous = SearchDocument.objects.filter(publication=edition.publication_id).first()
    words = words_from(edition)
    terms = {f"{name}_terms": text for name, text in words.terms._asdict().items()}
    if previous and previous.text == words.text and all(getattr(previous, name) == terms[name] for name in terms):
        return False
    place = previous.place if previous else _free_place(edition.published_at)
    document = SearchDocument(place=place, publication_id=edition.publication_id, **words._asdict(), **terms)
    document.save(force_insert=previous is None)
    _count(words_of(previous.text) if previous else set(), words_of(words.text))
    if previous is None:
        IndexState.objects.update(documents=F("documents") + 1)
    return True


# How many dispatches may be published in one second before they spill into the next.
PLACES_A_SECOND = 256


def first_place(published_at: datetime) -> int:
    """Return the first place for dispatches of this second."""
    return math.floor(published_at.timestamp()) * PLACES_A_SECOND


def _free_place(published_at: datetime) -> int:
    place = first_place(published_at)
    taken = set(
        SearchDocument.objects.filter(place__gte=place, place__lt=place + 40_000).values_list("place", flat=True)
    )
    while place in taken:
        place += 1
    return place


def unindex(publication_id: int) -> None:
    """Remove the document of a dispatch."""
    for document in SearchDocument.objects.filter(publication=publication_id):
        document.delete()
        _count(words_of(document.text), set())
        IndexState.objects.update(documents=F("documents") - 1)


def _count(before: set[str], after: set[str]) -> None:
    for batch in in_batches(sorted(before - after)):
        # A word that no document has any more may be from a withdrawn text.
        SearchWord.objects.filter(word__in=batch, documents__lte=1).delete()
        SearchWord.objects.filter(word__in=batch).update(documents=F("documents") - 1)
    for batch in in_batches(sorted(after - before)):
        SearchWord.objects.bulk_create([SearchWord(word=word) for word in batch], ignore_conflicts=True)
        SearchWord.objects.filter(word__in=batch).update(documents=F("documents") + 1)


def read_documents(places: Sequence[int]) -> dict[int, Words]:
    """Return the documents at these places."""

    def build(*places: int) -> models.QuerySet:
        return SearchDocument.objects.filter(pk__in=places).values_list("place", *Words._fields)

    rows = prepared.ask(("documents", len(places)), build, *places) if places else []
    return {place: Words(*words) for place, *words in rows}


def documents_with(words: Iterable[str]) -> dict[str, int]:
    """Map each of these folded words to the number of documents with it; unknown words are left out."""
    return dict(SearchWord.objects.filter(word__in=words).values_list("word", "documents"))


def count_documents() -> int:
    """Return the number of documents."""
    return next((count for (count,) in prepared.ask("documents in all", _how_many)), 0)


def _how_many() -> models.QuerySet:
    return IndexState.objects.values_list("documents")


def recount() -> None:
    """Recount documents and words, by reading all documents."""
    counts = Counter[str]()
    for words in SearchDocument.objects.values_list(*Words._fields).iterator(1_000):
        counts.update(words_of(Words(*words).text))
    known = dict(SearchWord.objects.values_list("word", "documents"))
    wrong = sorted(word for word in known.keys() | counts.keys() if known.get(word) != counts.get(word))
    for batch in in_batches(wrong):
        SearchWord.objects.filter(word__in=batch).delete()
        SearchWord.objects.bulk_create(
            SearchWord(word=word, documents=counts[word]) for word in batch if word in counts
        )
    IndexState.objects.update(documents=SearchDocument.objects.count())


_BLOCK_END = re.compile(r"</(?:p|li|h3|h4|blockquote|pre)>|<(?:br|hr|ul|ol|pre)\b[^>]*>")
_CODE = re.compile(r"<pre>.*?</pre>", re.S)
_TAG = re.compile(r"<[^>]*>")


def plain_text(body_html: str) -> str:
    """Return the text of a body, one line per paragraph or item.

    >>> plain_text("<p>He said <em>no</em> &amp; left.</p><p>Then <bdi>שלום</bdi>.</p>")
    'He said no & left.\\nThen שלום.'
    >>> plain_text("<ul><li>12<ul><li>34</li></ul></li></ul><pre><code>5\\n6</code></pre>")
    '12\\n34\\n5\\n6'
    """
    body_html = _CODE.sub(lambda code: code[0].replace("\n", "<br>"), body_html)
    lines = html.unescape(_TAG.sub("", _BLOCK_END.sub("\n", body_html.replace("\n", " ")))).splitlines()
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))
