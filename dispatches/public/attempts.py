"""SQL that an attacker might inject to read or write more than readers may: for `check_surfaces` and the tests.

If the wall has a gap, a statement must still change nothing: each is rolled back.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from dispatches.public import surface, wall

# Each would show what is hidden, or how many rows there are, or change something. {schema} is where the tables are.
ON_BOTH = [
    "SELECT headline FROM {schema}.dispatches_edition",
    "SELECT COUNT(*) FROM {schema}.dispatches_edition",
    "SELECT 1 FROM {schema}.dispatches_edition LIMIT 1 OFFSET 1",
    # The authorizer of SQLite is told the name of a subquery as if it were a view.
    "WITH dispatches_edition AS (SELECT headline FROM {schema}.dispatches_edition) SELECT * FROM dispatches_edition",
    "WITH public_state AS (SELECT headline FROM {schema}.dispatches_edition) SELECT * FROM public_state",
    "SELECT * FROM (SELECT headline FROM {schema}.dispatches_edition) AS dispatches_edition",
    "SELECT x.headline FROM dispatches_edition JOIN {schema}.dispatches_edition AS x ON x.id <> dispatches_edition.id",
    "SELECT headline FROM dispatches_edition UNION SELECT headline FROM {schema}.dispatches_dispatch",
    "SELECT (SELECT MAX(headline) FROM {schema}.dispatches_dispatch)",
    "SELECT headline FROM dispatches_edition WHERE EXISTS (SELECT 1 FROM {schema}.sources_source)",
    "UPDATE {schema}.dispatches_section SET name = 'x'",
    "INSERT INTO {schema}.dispatches_searchword VALUES ('x', 1)",
    "DELETE FROM {schema}.dispatches_relation",
    "DROP TABLE {schema}.dispatches_relation",
    "CREATE TABLE mine (one int)",
]
ON_ONE = {
    "sqlite": [
        "SELECT sql FROM sqlite_master",
        "SELECT sql FROM sqlite_temp_master",
        "SELECT name FROM sqlite_temp_schema",
        "SELECT * FROM sqlite_sequence",
        "SELECT * FROM pragma_table_info('dispatches_dispatch')",
        "PRAGMA query_only = 0",
        "PRAGMA writable_schema = 1",
        "PRAGMA database_list",
        "ATTACH DATABASE ':memory:' AS other",
        "SELECT load_extension('x')",
        "CREATE TEMP TABLE dispatches_section (id, name)",
        "CREATE TEMP VIEW mine AS SELECT headline FROM main.dispatches_edition",
        "DROP VIEW temp.dispatches_edition",
        "INSERT INTO dispatches_searchindex(dispatches_searchindex) VALUES ('rebuild')",
    ],
    "postgresql": [
        "SET ROLE {owner}",
        "SET SESSION AUTHORIZATION {owner}",
        "SET ROLE {published}",
        "SELECT set_config('role', {owner_text}, false)",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY {schema}.dispatches_dispatch TO STDOUT",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT lo_import('/etc/passwd')",
        "ALTER TABLE {schema}.dispatches_edition DISABLE ROW LEVEL SECURITY",
        "CREATE OR REPLACE FUNCTION {schema}.wire_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "CREATE OR REPLACE VIEW readers.dispatches_edition AS SELECT * FROM {schema}.dispatches_edition",
        "SELECT rolpassword FROM pg_authid",
    ],
}
# Insufficient privilege, and a write in a read-only transaction (PostgreSQL's error codes).
_REFUSED_CODES = {"42501", "25006"}
_REFUSED_WORDS = ("prohibited", "not authorized", "readonly database", "no such view")


def statements() -> list[str]:
    """Return every attempt for the database in use."""
    connection = connections[surface.READERS]
    names = {"schema": "main", "owner": "", "owner_text": "", "published": ""}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT quote_ident(nspname), quote_ident(rolname), quote_literal(rolname) FROM pg_class "
                "JOIN pg_namespace ON pg_namespace.oid = relnamespace JOIN pg_roles ON pg_roles.oid = relowner "
                "WHERE relname = %s AND relkind = 'r'",
                [wall.EDITIONS],
            )
            names["schema"], names["owner"], names["owner_text"] = cursor.fetchone()
        names["published"] = connection.ops.quote_name(wall.published_role(connection.settings_dict["USER"]))
    return [each.format(**names) for each in (*ON_BOTH, *ON_ONE[connection.vendor], *_of_all_tables())]


def _of_all_tables() -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table not in {*wall.TABLES, wall.EDITIONS}:
            yield f'SELECT COUNT(*) FROM {{schema}}."{model._meta.db_table}"'


def attempt(statement: str) -> str:
    """Try a statement on the readers' connection, and undo it.

    Returns what was wrong: "" if it was refused, for lack of rights and nothing else.
    """
    connection: BaseDatabaseWrapper = connections[surface.READERS]
    connection.ensure_connection()
    connection.set_autocommit(False)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        return "It was not refused."
    except DatabaseError as error:
        code = getattr(error.__cause__, "sqlstate", None)
        is_refusal = code in _REFUSED_CODES if code else any(word in str(error) for word in _REFUSED_WORDS)
        return "" if is_refusal else f"It failed for another reason: {error}"
    finally:
        try:
            connection.rollback()
            connection.set_autocommit(True)
        except DatabaseError:
            # Left unusable by a statement that was not refused.
            connection.close()


def readable_secrets() -> list[str]:
    """Return what a reader can read of the future, described: nothing, if the wall stands."""
    found = []
    with connections[surface.READERS].cursor() as cursor:
        for column in ("live_at", "superseded_at"):
            cursor.execute(f"SELECT COUNT(*) FROM {wall.EDITIONS} WHERE {column} > {wall.NOW}")
            if count := cursor.fetchone()[0]:
                found.append(f"{count} editions with a future {column} can be read.")
    return found
