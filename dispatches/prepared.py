"""Queries that the ORM builds once: afterwards only their values change, and they cost what the database needs.

Building a query takes Django several times as long as SQLite takes to answer it. What is asked for every page that is
made is written with the ORM like any other query, and kept as SQL.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

Value = datetime | date | int | str


class Part(NamedTuple):
    """A query to stand within another one: its SQL and its parameters."""

    sql: str
    parameters: Sequence[Any]


def fetch(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query as the database gives them."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


class _Prepared:
    """One query: its SQL, for each parameter what stands there or whose place it is, and how its rows are read."""

    def __init__(self, build: Callable[..., QuerySet], values: Sequence[Value]) -> None:
        # Values that nothing else has show which parameter is whose.
        marks = [_mark(value, number) for number, value in enumerate(values)]
        self.compiler: SQLCompiler = build(*marks).query.get_compiler(connection=connection)
        self.sql, parameters = self.compiler.as_sql()
        places = {_adapt(mark): number for number, mark in enumerate(marks)}
        self.parameters = [(places.get(parameter), parameter) for parameter in parameters]
        self.converters = self.compiler.get_converters([expression for expression, _, _ in self.compiler.select])

    def fill(self, values: Sequence[Value]) -> Part:
        adapted = [_adapt(value) for value in values]
        return Part(self.sql, [fixed if place is None else adapted[place] for place, fixed in self.parameters])

    def run(self, values: Sequence[Value]) -> list[tuple]:
        rows = fetch(*self.fill(values))
        return (
            [tuple(row) for row in self.compiler.apply_converters(rows, self.converters)] if self.converters else rows
        )


_prepared: dict[Hashable, _Prepared] = {}


def ask(name: Hashable, build: Callable[..., QuerySet], *values: Value) -> list[tuple]:
    """The rows of the query that `build` makes of these values, which is called for the first query of this name alone.

    `build` returns a queryset of `values_list`, slices included. Whatever else than the values it uses has to be in the
    name.
    """
    return _find(name, build, values).run(values)


def part(name: Hashable, build: Callable[..., QuerySet], *values: Value) -> Part:
    """The same query, as it stands within another one."""
    return _find(name, build, values).fill(values)


def _find(name: Hashable, build: Callable[..., QuerySet], values: Sequence[Value]) -> _Prepared:
    key = (connection.vendor, name)
    query = _prepared.get(key)
    if query is None:
        query = _prepared[key] = _Prepared(build, values)
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


def _adapt(value: Value) -> Any:
    match value:
        case datetime():
            return connection.ops.adapt_datetimefield_value(value)
        case date():
            return connection.ops.adapt_datefield_value(value)
        case _:
            return value
