"""Find the objects at the desk that match a query, with the database's full text, among those that a user may see."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models
from django.db.models import BooleanField, Case, Q, Value, When
from django.db.models.expressions import RawSQL

from dispatches.finding.words import Term, parse
from dispatches.models import DeskDocument, Dispatch, Story
from sources.models import Owner, Report, Source

# The models that can be found. A document's place is its object's id times eight, plus the position here.
MODELS: list[type[models.Model]] = [Dispatch, Report, Source, Story, Owner]
STEP = 8

TITLE, ALL, WITH_OWNER = ("title",), ("title", "body"), ("title", "body", "owner")
_WEIGHTS = {"title": "A", "body": "B", "owner": "C"}
# The most sources, found by name, whose reports are found too.
MOST_SOURCES = 200


def place_of(model: type[models.Model], pk: int) -> int:
    """Return the place of an object's document."""
    return pk * STEP + MODELS.index(model)


def matches(model: type[models.Model], text: str, user: User) -> Q:
    """Return the condition for the objects of a model that match a query. The caller limits them to what is visible.

    A report is also found by the names of its source.
    """
    terms = parse(text)
    if not terms:
        return Q(pk__in=[])
    columns = WITH_OWNER if model is Source and user.has_perm("sources.view_owner") else ALL
    if model is Report:
        return _reports(terms)
    return _documents(model, terms, columns)


def by_relevance(found: models.QuerySet[Any], text: str, *order: str) -> models.QuerySet[Any]:
    """Sort what was found: first those with all words in the headline or name, then by the fields in `order`."""
    wanted = [term for term in parse(text) if not term.is_unwanted]
    in_title = _documents(found.model, wanted, TITLE) if wanted else Q(pk__in=[])
    rank = Case(When(in_title, then=Value(True)), default=Value(False), output_field=BooleanField())
    return found.annotate(in_title=rank).order_by("-in_title", *order)


def _documents(model: type[models.Model], terms: Iterable[Term], columns: Sequence[str]) -> Q:
    wanted = [term for term in terms if not term.is_unwanted]
    unwanted = [term for term in terms if term.is_unwanted]
    condition = Q(pk__in=_objects(model, wanted, columns)) if wanted else Q()
    for term in unwanted:
        condition &= ~Q(pk__in=_objects(model, [term], columns))
    return condition


def _reports(terms: Iterable[Term]) -> Q:
    """Return a condition for reports: each word is in the report, or in a name of its source."""
    condition, alone = Q(), []
    for term in terms:
        sources = [] if term.is_unwanted else list(_sources_named(term))
        if sources:
            condition &= Q(pk__in=_objects(Report, [term], ALL)) | Q(source__in=sources)
        else:
            alone.append(term)
    return condition & _documents(Report, alone, ALL) if alone else condition


def _sources_named(term: Term) -> models.QuerySet[Any]:
    return Source.objects.filter(_documents(Source, [term], ALL)).order_by().values_list("pk", flat=True)[:MOST_SOURCES]


def _objects(model: type[models.Model], terms: Sequence[Term], columns: Sequence[str]) -> RawSQL:
    """Return a subquery for the ids of the objects whose documents match all these terms in these columns."""
    # Words in the index are letters and digits, so that no query has an operator that its terms do not.
    table, number = DeskDocument._meta.db_table, MODELS.index(model)
    if connection.vendor == "postgresql":
        sql = f"SELECT place / {STEP} FROM {table} WHERE place %% {STEP} = {number} AND vector @@ %s::tsquery"  # noqa: S608
        return RawSQL(sql, [_tsquery(terms, columns)])  # noqa: S611 - constants and a parameter
    sql = f"SELECT rowid / {STEP} FROM {INDEX} WHERE {INDEX} MATCH %s AND rowid %% {STEP} = {number}"  # noqa: S608
    return RawSQL(sql, [_fts5(terms, columns)])  # noqa: S611 - constants and a parameter


# SQLite's index of the documents.
INDEX = "dispatches_deskindex"


def _fts5(terms: Iterable[Term], columns: Sequence[str]) -> str:
    phrases = (f'"{" ".join(term.words)}"{"" if term.is_whole else " *"}' for term in terms)
    return f"{{{' '.join(columns)}}} : ({' AND '.join(phrases)})"


def _tsquery(terms: Iterable[Term], columns: Sequence[str]) -> str:
    weights = "".join(_WEIGHTS[column] for column in columns)

    def phrase(term: Term) -> str:
        last = len(term.words) - 1
        words = (
            f"'{word}':{'*' if number == last and not term.is_whole else ''}{weights}"
            for number, word in enumerate(term.words)
        )
        return f"({' <-> '.join(words)})"

    return " & ".join(map(phrase, terms))
