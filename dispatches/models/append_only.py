"""What makes the log append-only: triggers with which the database refuses to change or delete an entry.

`migrate` takes them down before it changes tables, because SQLite copies a table to change it, and puts them up again.
The owner of the tables can drop them. Whoever injects SQL into a query, or writes a careless `delete()`, changes
nothing.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from dispatches.models.log import Action

LOG = Action._meta.db_table
REFUSAL = "the log is append-only"

# INSERT OR REPLACE deletes a row without calling its triggers.
_SQLITE = {
    "update": f"BEFORE UPDATE ON {LOG}",
    "delete": f"BEFORE DELETE ON {LOG}",
    "replace": f"BEFORE INSERT ON {LOG} WHEN EXISTS (SELECT 1 FROM {LOG} WHERE id = new.id)",  # noqa: S608 - constant
}
_PUT_UP = {
    "sqlite": [
        f"CREATE TRIGGER {LOG}_{name} {event} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for name, event in _SQLITE.items()
    ],
    "postgresql": [
        f"""CREATE OR REPLACE FUNCTION {LOG}_refuse() RETURNS trigger LANGUAGE plpgsql AS $refuse$
            BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $refuse$""",
        f"""CREATE TRIGGER {LOG}_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON {LOG}
            FOR EACH STATEMENT EXECUTE FUNCTION {LOG}_refuse()""",
    ],
}
_TAKE_DOWN = {
    "sqlite": [f"DROP TRIGGER IF EXISTS {LOG}_{name}" for name in _SQLITE],
    "postgresql": [f"DROP FUNCTION IF EXISTS {LOG}_refuse() CASCADE"],
}


def put_up(connection: BaseDatabaseWrapper) -> None:
    """Refuse all changes of entries from now on."""
    take_down(connection)
    _execute(connection, _PUT_UP[connection.vendor])


def take_down(connection: BaseDatabaseWrapper) -> None:
    """Allow changes of entries: only for migrations, and to empty the whole database."""
    _execute(connection, _TAKE_DOWN[connection.vendor])


def _execute(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
