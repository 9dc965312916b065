"""Keep the index of the desk's search up to date.

Whatever a verb was given, or has made, is compared with its document at the end of the verb's transaction: once for
each object, however many verbs a transaction has.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, is_dataclass
from hashlib import blake2b
from typing import Any

from django.db import connection, models

from dispatches.finding.matching import INDEX, MODELS, STEP, place_of
from dispatches.finding.words import index_text
from dispatches.models import DeskDocument, Development, Dispatch, Story
from sources.batches import in_batches
from sources.models import Owner, Proposal, Report, Source

BATCH = 500


@dataclass(slots=True)
class _Touched:
    ids: dict[type[models.Model], set[int]] = field(default_factory=dict)
    erases: bool = False


_touched: ContextVar[_Touched | None] = ContextVar("objects whose words may have changed", default=None)


@contextmanager
def updating() -> Iterator[None]:
    """Update the documents of all objects that are touched inside this block, at its end. Not reentrant."""
    touched = _Touched()
    token = _touched.set(touched)
    try:
        yield
    finally:
        _touched.reset(token)
    _add_sources_of_owners(touched.ids)
    for model, ids in touched.ids.items():
        update(model, ids)
    if touched.erases:
        purge()


def touch(*things: Any) -> None:
    """Index these objects again at the end of the transaction. Looks into lists; ignores what is not indexed."""
    touched = _touched.get()
    if touched is None:
        return
    for each in things:
        match each:
            case Dispatch() | Report() | Source() | Story() | Owner():
                if each.pk:
                    touched.ids.setdefault(type(each), set()).add(each.pk)
            case Development():
                touched.ids.setdefault(Dispatch, set()).add(each.dispatch_id)
            case Proposal():
                touched.ids.setdefault(Report, set()).add(each.report_id)
            case list() | tuple() | set():
                touch(*each)
            case _ if is_dataclass(each):
                touch(*(getattr(each, part.name) for part in fields(each)))


def erase(*things: Any) -> None:
    """Index these objects again, and remove their former words from the index for good."""
    touch(*things)
    if touched := _touched.get():
        touched.erases = True


def _add_sources_of_owners(ids: dict[type[models.Model], set[int]]) -> None:
    """A source is also found by its owner's name."""
    if owners := ids.get(Owner):
        theirs = Source.objects.filter(owner__in=owners).values_list("pk", flat=True)
        ids[Source] = ids.get(Source, set()) | set(theirs)


def update(model: type[models.Model], ids: Iterable[int]) -> int:
    """Index these objects again where their words have changed. Returns how many documents were changed."""
    changed = 0
    for batch in in_batches(sorted(ids), BATCH):
        current = {each.place: each for each in _read(model, batch)}
        places = {place_of(model, pk) for pk in batch}
        stored = dict(DeskDocument.objects.filter(pk__in=places).values_list("pk", "digest"))
        new = [each for place, each in current.items() if stored.get(place) != each.digest]
        DeskDocument.objects.bulk_create(
            new,
            update_conflicts=True,
            unique_fields=["place"],
            update_fields=["title", "body", "owner", "digest"],
        )
        gone = stored.keys() - current.keys()
        if gone:
            DeskDocument.objects.filter(pk__in=gone).delete()
        changed += len(new) + len(gone)
    return changed


def rebuild() -> int:
    """Index all objects again where their words have changed. Returns how many documents were changed."""
    changed = 0
    for number, model in enumerate(MODELS):
        objects: Any = model._default_manager
        known = DeskDocument.objects.annotate(kind=models.F("place") % STEP).filter(kind=number)
        ids = {*objects.values_list("pk", flat=True), *(place // STEP for place in known.values_list("pk", flat=True))}
        changed += update(model, ids)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')")  # noqa: S608 - constant
    return changed


def purge() -> None:
    """Remove deleted words. FTS5 only marks them until it merges its segments; PostgreSQL's VACUUM removes them."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {INDEX}({INDEX}) VALUES ('optimize')")  # noqa: S608 - constant


def _read(model: type[models.Model], ids: list[int]) -> Iterator[DeskDocument]:
    objects: Any = model._default_manager.filter(pk__in=ids).order_by()
    if model is Dispatch:
        steps: dict[int, list[str]] = {}
        for dispatch_id, text in Development.objects.filter(dispatch__in=ids).values_list("dispatch", "text"):
            steps.setdefault(dispatch_id, []).append(text)
        for pk, headline, *texts in objects.values_list("pk", "headline", "tldr", "body", "slug", "byline"):
            yield _document(model, pk, headline, [*texts, *sorted(steps.get(pk, []))])
    elif model is Report:
        for pk, title, *texts in objects.values_list("pk", "title", "text", "byline", "url"):
            yield _document(model, pk, title, texts)
    elif model is Source:
        for pk, name, owner, *texts in objects.values_list("pk", "name", "owner__name", "aliases", "public_label"):
            yield _document(model, pk, name, texts, owner or "")
    elif model is Story:
        for pk, name, slug in objects.values_list("pk", "name", "slug"):
            yield _document(model, pk, name, [slug])
    else:
        for pk, name in objects.values_list("pk", "name"):
            yield _document(model, pk, name, [])


def _document(model: type[models.Model], pk: int, title: str, texts: Iterable[str], owner: str = "") -> DeskDocument:
    words = {"title": index_text(title), "body": index_text(*texts), "owner": index_text(owner)}
    digest = blake2b("\n".join(words.values()).encode(), digest_size=16).hexdigest()
    return DeskDocument(place=place_of(model, pk), digest=digest, **words)
