"""The wall in the database: what readers' connections can read, in one definition for SQLite and PostgreSQL.

An edition can be read once its time has come, unless it was canceled before; when it will be superseded cannot. Whoever
injects SQL into a reader's request, or writes a careless template, reads no draft, no source, and no edition before its
time. Readers' connections write nothing.

- PostgreSQL: a login of its own, which can read `TABLES` and two views. The view of editions belongs to a role from
  which a row-level policy hides the others, so it is merged into the reader's query, and every index is used.
- SQLite: a read-only connection. An authorizer refuses everything but `TABLES` and temporary views. It recognizes a
  view by its name only, which a query can give to a subquery, so the views are built on others with random names.
"""

import secrets
import sqlite3
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from dispatches.public.models import (
    Edition,
    IndexState,
    Node,
    Relation,
    RetiredAddress,
    SearchDocument,
    SearchWord,
    Section,
    SignalTally,
)
from dispatches.public.models import SiteState as State
from dispatches.public.state import IS_SEEN, STATE, VIEW
from dispatches.public.surface import HEARTBEAT, READERS

EDITIONS = Edition._meta.db_table
# Tables without secrets: what is derived from live editions, and what the site always shows.
TABLES = [
    each._meta.db_table
    for each in (Section, State, Relation, RetiredAddress, SearchDocument, SearchWord, IndexState, SignalTally)
]
NODES = Node._meta.db_table
NOW = "wire_now()"
IS_READABLE = f"live_at <= {NOW} AND {IS_SEEN}"


def _editions_as_readable(table: str) -> str:
    """Return a query for the columns of editions, without the times that are still to come."""
    columns = [
        f"CASE WHEN superseded_at <= {NOW} THEN superseded_at END AS superseded_at"
        if field.column == "superseded_at"
        else f'"{field.column}"'
        for field in Edition._meta.concrete_fields
    ]
    return f"SELECT {', '.join(columns)} FROM {table}"


def _state_as_readable(schema: str) -> str:
    return STATE.format(
        now=NOW, editions=f"{schema}.{EDITIONS}", state=f"{schema}.{State._meta.db_table}", is_seen=IS_SEEN
    )


# SQLite

# What full-text search reads by itself: its index, which holds live texts only.
_INDEX = "dispatches_searchindex"
_INDEX_TABLES = {_INDEX, *(f"{_INDEX}_{part}" for part in ("config", "data", "docsize", "idx"))}
_FUNCTIONS_REFUSED = {"load_extension", "fts3_tokenizer", "writefile", "readfile", "edit"}


def enclose(connection: sqlite3.Connection) -> None:
    """Limit a new SQLite connection to what readers may read."""
    connection.create_function("wire_now", 0, _now_as_text, deterministic=True)
    editions, state = (f"view_{secrets.token_hex(16)}" for _ in range(2))
    for outer, inner, query in [
        (EDITIONS, editions, f"{_editions_as_readable(f'main.{EDITIONS}')} WHERE {IS_READABLE}"),
        (VIEW, state, _state_as_readable("main")),
    ]:
        connection.execute(f"CREATE TEMP VIEW {inner} AS {query}")
        connection.execute(f"CREATE TEMP VIEW {outer} AS SELECT * FROM temp.{inner}")
    connection.set_authorizer(_authorizer({editions, state}))


def enclose_heartbeat(connection: sqlite3.Connection) -> None:
    """Limit a new SQLite connection to writing heartbeats."""
    actions = {sqlite3.SQLITE_READ, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}

    def authorize(action: int, one: str | None, other: str | None, database: str | None, view: str | None) -> int:
        allowed = action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION} or (action in actions and one == NODES)
        # In debug mode, Django lets SQLite quote the parameters that it logs.
        allowed = allowed or (action == sqlite3.SQLITE_FUNCTION and str(other).lower() == "quote")
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    connection.set_authorizer(authorize)


def _now_as_text() -> str:
    """Return the time as Django stores it. Constant within a query: SQLite evaluates it once."""
    return str(timezone.now().replace(tzinfo=None))


def _authorizer(inner_views: set[str]) -> Callable[..., int]:
    readable = {*TABLES, *_INDEX_TABLES}

    def authorize(action: int, one: str | None, other: str | None, database: str | None, view: str | None) -> int:
        match action:
            case sqlite3.SQLITE_SELECT | sqlite3.SQLITE_RECURSIVE | sqlite3.SQLITE_TRANSACTION:
                allowed = True
            case sqlite3.SQLITE_FUNCTION:
                allowed = other not in _FUNCTIONS_REFUSED
            case sqlite3.SQLITE_READ:
                # Where a query only counts rows, no database is told; its temporary views hide tables of the same name.
                is_view = database != "main" and (
                    one in {EDITIONS, VIEW} or (one in inner_views and view in {EDITIONS, VIEW})
                )
                is_table = database != "temp" and (
                    one in readable or view in inner_views or (one, other) == ("sqlite_master", "ROWID")
                )
                allowed = is_view or is_table
            case sqlite3.SQLITE_UPDATE:
                # FTS5 declares its table like this. The file is opened read-only.
                allowed = (one, database) == ("sqlite_master", "main")
            case sqlite3.SQLITE_PRAGMA:
                allowed = (one, other) == ("data_version", None)
            case _:
                allowed = False
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    return authorize


# PostgreSQL

SCHEMA = "readers"


def take_down(connection: BaseDatabaseWrapper) -> None:
    """Remove the wall's views and policy from PostgreSQL, so that migrations can change the tables.

    Readers' queries fail meanwhile; their cached pages are served.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        if EDITIONS in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP POLICY IF EXISTS readable ON {EDITIONS}")


def put_up(connection: BaseDatabaseWrapper, login: str, heartbeat: str) -> None:
    """Create the wall in PostgreSQL for the logins of readers and heartbeats, which must exist. One transaction."""
    quote = connection.ops.quote_name
    reader, published, beating = quote(login), quote(published_role(login)), quote(heartbeat)
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema()), quote_ident(current_database())")
        schema, database = cursor.fetchone()
        for statement in [
            f"CREATE OR REPLACE FUNCTION {NOW} RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now()'",
            f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE",
            f"CREATE SCHEMA {SCHEMA}",
            # Whatever the login could once read.
            f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {reader}, {published}",
            f"ALTER TABLE {EDITIONS} ENABLE ROW LEVEL SECURITY",
            f"DROP POLICY IF EXISTS readable ON {EDITIONS}",
            f"CREATE POLICY readable ON {EDITIONS} FOR SELECT TO {published} USING ({IS_READABLE})",
            f"GRANT SELECT ON {EDITIONS} TO {published}",
            f"CREATE VIEW {SCHEMA}.{EDITIONS} AS {_editions_as_readable(f'{schema}.{EDITIONS}')}",
            f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {published}",
            f"ALTER VIEW {SCHEMA}.{EDITIONS} OWNER TO {published}",
            f"REVOKE CREATE ON SCHEMA {SCHEMA} FROM {published}",
            # It belongs to the owner of the tables, and so sees when the next change comes.
            f"CREATE VIEW {SCHEMA}.{VIEW} AS {_state_as_readable(schema)}",
            f"GRANT USAGE ON SCHEMA {SCHEMA} TO {reader}",
            f"GRANT SELECT ON {SCHEMA}.{EDITIONS}, {SCHEMA}.{VIEW}, {', '.join(TABLES)} TO {reader}",
            f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {beating}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {NODES} TO {beating}",
            f"ALTER ROLE {reader} IN DATABASE {database} SET statement_timeout = '10s'",
            f"ALTER ROLE {beating} IN DATABASE {database} SET statement_timeout = '10s'",
            # A setting of the login, because a connection pooler may not pass one on. Temporary tables come last.
            f"ALTER ROLE {reader} IN DATABASE {database} SET search_path = {SCHEMA}, {schema}, pg_temp",
            f"ALTER ROLE {reader} IN DATABASE {database} SET default_transaction_read_only = on",
        ]:
            cursor.execute(statement)


def published_role(login: str) -> str:
    """Return the name of the role to which the view of editions belongs, and which nobody can log in as."""
    return f"{login[:50]}_published"


def may_create_roles(connection: BaseDatabaseWrapper) -> bool:
    """Return True if this connection's user may create roles in PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


class Logins(NamedTuple):
    """The logins of readers and heartbeats in PostgreSQL, with their passwords."""

    readers: str
    readers_password: str
    heartbeat: str
    heartbeat_password: str


def read_logins() -> Logins:
    """Return the logins of the settings."""
    readers, heartbeat = (connections[alias].settings_dict for alias in (READERS, HEARTBEAT))
    return Logins(readers["USER"], readers["PASSWORD"], heartbeat["USER"], heartbeat["PASSWORD"])


# Another database of the same server, with the same logins, may be migrated at the same time.
_UNLESS_IT_EXISTS = """
    DO $wall$ BEGIN {}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $wall$"""


def create_logins(connection: BaseDatabaseWrapper, logins: Logins) -> bool:
    """Create the logins and the readers' role in PostgreSQL, if missing.

    Returns False if this user must not create roles.
    """
    quote = connection.ops.quote_name
    login = logins.readers
    with connection.cursor() as cursor:
        names = [login, published_role(login), logins.heartbeat]
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [names])
        existing = {row[0] for row in cursor.fetchall()}
        if existing == {*names}:
            return True
        if not may_create_roles(connection):
            return False
        for name, statement in {
            login: login_statement(connection, login, logins.readers_password),
            logins.heartbeat: login_statement(connection, logins.heartbeat, logins.heartbeat_password),
            published_role(login): f"CREATE ROLE {quote(published_role(login))} NOLOGIN",
        }.items():
            if name not in existing:
                cursor.execute(_UNLESS_IT_EXISTS.format(statement))
        # To give it the view.
        cursor.execute(f"GRANT {quote(published_role(login))} TO CURRENT_USER")
    return True


def login_statement(connection: BaseDatabaseWrapper, login: str, password: str, verb: str = "CREATE") -> str:
    """Return the statement that creates (or alters) a login which can do nothing by itself."""
    from psycopg import sql

    statement = sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD {}")
    driver: Any = connection.connection
    return statement.format(sql.SQL(verb), sql.Identifier(login), sql.Literal(password)).as_string(driver)
