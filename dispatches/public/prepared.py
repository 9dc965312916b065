"""Cache the SQL of frequent queries, so that a query costs only what the database needs.

Building a query takes Django several times as long as SQLite takes to answer it. Queries that every rendered page
needs are written with the ORM once, and kept as SQL.
"""

import re
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from dispatches.public import surface

Value = datetime | date | int | str
_MARKER = re.compile("(?<!%)%s")


class Part(NamedTuple):
    """A query to embed in another one: its SQL and parameters."""

    sql: str
    parameters: Sequence[Any]


def fetch(sql: str, parameters: Sequence[Any], *, is_planned_once: bool = True) -> list[tuple[Any, ...]]:
    """Run a query on the driver's cursor and return its rows.
    Django's cursor would rewrite every query for SQLite, which takes as long as SQLite's answer. For PostgreSQL it
    would interpolate the values, so that each query is planned again; pass `is_planned_once=False` if the best plan
    depends on the values. While queries are counted or logged, they go through Django's cursor.
    """
    database = connections[surface.database()]
    if database.queries_logged or database.execute_wrappers:
        with database.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()
    database.ensure_connection()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        if database.vendor == "sqlite":
            return database.connection.execute(_for_sqlite(sql), parameters).fetchall()
        driver: Any = database.Database  # type: ignore[attr-defined]
        prepare = None if is_planned_once else False
        return driver.Cursor(database.connection).execute(sql, parameters, prepare=prepare).fetchall()


@lru_cache(maxsize=1_000)
def _for_sqlite(sql: str) -> str:
    """Replace the parameter markers with SQLite's."""
    return _MARKER.sub("?", sql).replace("%%", "%")


class _Prepared:
    """A query's SQL, and for each parameter its value or which argument it is.
    Raises ValueError if `build` computes with a value instead of passing it on: the result would be cached with the
    SQL, and be wrong for other values.
    """

    def __init__(self, build: Callable[..., QuerySet], values: Sequence[Value]) -> None:
        # Built with two sets of unique values: where the two results differ, the parameter is an argument.
        (marks, compiler, sql, parameters), (others, _, other_sql, other_parameters) = (
            self._build(build, values, first) for first in (0, 500)
        )
        self.compiler, self.sql = compiler, sql
        operations = connections[surface.database()].ops
        places = {_adapt(mark, operations): number for number, mark in enumerate(marks)}
        other_places = {_adapt(mark, operations): number for number, mark in enumerate(others)}
        self.parameters = [(places.get(parameter), parameter) for parameter in parameters]
        found = [place for place, _ in self.parameters]
        if (
            sql != other_sql
            or {*found} - {None} != {*range(len(values))}
            or found != [other_places.get(parameter) for parameter in other_parameters]
            or any(
                place is None and parameter != other
                for (place, parameter), other in zip(self.parameters, other_parameters, strict=True)
            )
        ):
            raise ValueError(f"{build} has to hand each of its values on to the query as it is, and use all of them.")
        self.sql, self.parameters = _write_integers(self.sql, self.parameters)
        self.converters = self.compiler.get_converters([expression for expression, _, _ in self.compiler.select])

    @staticmethod
    def _build(
        build: Callable[..., QuerySet], values: Sequence[Value], first: int
    ) -> tuple[list[Value], SQLCompiler, str, Sequence[Any]]:
        marks = [_mark(value, first + number) for number, value in enumerate(values)]
        compiler = build(*marks).query.get_compiler(connection=connections[surface.database()])
        return marks, compiler, *compiler.as_sql()

    def fill(self, values: Sequence[Value]) -> Part:
        operations = connections[surface.database()].ops
        adapted = [_adapt(value, operations) for value in values]
        return Part(self.sql, [fixed if place is None else adapted[place] for place, fixed in self.parameters])

    def run(self, values: Sequence[Value]) -> list[tuple]:
        rows = fetch(*self.fill(values))
        return (
            [tuple(row) for row in self.compiler.apply_converters(rows, self.converters)] if self.converters else rows
        )


def _write_integers(sql: str, parameters: Sequence[tuple[int | None, Any]]) -> tuple[str, list[tuple[int | None, Any]]]:
    """Write the integers that are always the same into the SQL.

    SQLite would plan the query again for each execution if a parameter decided whether a partial index can be used.
    """
    left, following = [], iter(parameters)

    def write(marker: re.Match[str]) -> str:
        place, value = next(following)
        if place is None and type(value) is int:
            return str(value)
        left.append((place, value))
        return marker[0]

    return _MARKER.sub(write, sql), left


_prepared: dict[Hashable, _Prepared] = {}


def ask(name: Hashable, build: Callable[..., QuerySet], *values: Value) -> list[tuple]:
    """Return the rows of the query that `build` makes of the values; it is only called for the first query of a name.
    `build` returns a `values_list` queryset; slices are allowed. Anything else that it depends on must be in the
    name.
    """
    return _find(name, build, values).run(values)


def part(name: Hashable, build: Callable[..., QuerySet], *values: Value) -> Part:
    """Return the same query for embedding in another one."""
    return _find(name, build, values).fill(values)


def _find(name: Hashable, build: Callable[..., QuerySet], values: Sequence[Value]) -> _Prepared:
    query = _prepared.get(name)
    if query is None:
        query = _prepared[name] = _Prepared(build, values)
    return query


def _mark(value: Value, number: int) -> Value:
    match value:
        case datetime():
            return datetime(1111, 1, 1, tzinfo=UTC) + timedelta(days=number)
        case date():
            return date(1111, 1, 1) + timedelta(days=number)
        case int():
            return 1_111_000_000 + number
        case _:
            return f"\x01{number}"


def _adapt(value: Value, operations: BaseDatabaseOperations) -> Any:
    match value:
        case datetime():
            return operations.adapt_datetimefield_value(value)
        case date():
            return operations.adapt_datefield_value(value)
        case _:
            return value
