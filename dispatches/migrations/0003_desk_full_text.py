"""Create the desk's full-text index of its documents: FTS5 with triggers in SQLite, a generated column in PostgreSQL.

The documents are made of folded words of ASCII letters and digits, so that both databases take them as they are.
"""

from django.db import migrations

_COLUMNS = ["title", "body", "owner"]

# SQLite

_NAMES = ", ".join(_COLUMNS)
_ADD = (
    f"INSERT INTO dispatches_deskindex(rowid, {_NAMES}) "
    f"VALUES (new.place, {', '.join(f'new.{name}' for name in _COLUMNS)});"
)
_REMOVE = (
    f"INSERT INTO dispatches_deskindex(dispatches_deskindex, rowid, {_NAMES}) "
    f"VALUES ('delete', old.place, {', '.join(f'old.{name}' for name in _COLUMNS)});"
)
_TRIGGERS = {"insert": _ADD, "delete": _REMOVE, "update": _REMOVE + _ADD}

# A migration that alters this table must create the triggers again: SQLite copies the table.
_SQLITE = [
    f"""CREATE VIRTUAL TABLE dispatches_deskindex USING fts5({_NAMES}, content='dispatches_deskdocument',
        content_rowid='place', tokenize='ascii', prefix='2 3')""",
    *(
        f"CREATE TRIGGER dispatches_deskdocument_{event} AFTER {event} ON dispatches_deskdocument BEGIN {does} END"
        for event, does in _TRIGGERS.items()
    ),
]
_SQLITE_DROP = [
    *(f"DROP TRIGGER dispatches_deskdocument_{event}" for event in _TRIGGERS),
    "DROP TABLE dispatches_deskindex",
]

# PostgreSQL

_VECTOR = " || ".join(
    f"setweight(to_tsvector('pg_catalog.simple'::regconfig, {name}), '{weight}')"
    for name, weight in zip(_COLUMNS, "ABC", strict=True)
)
_POSTGRESQL = [
    f"ALTER TABLE dispatches_deskdocument ADD COLUMN vector tsvector GENERATED ALWAYS AS ({_VECTOR}) STORED",
    # Without a pending list, which every search would have to scan.
    """CREATE INDEX dispatches_deskdocument_vector ON dispatches_deskdocument
        USING gin (vector) WITH (fastupdate = off)""",
]
_POSTGRESQL_DROP = ["ALTER TABLE dispatches_deskdocument DROP COLUMN vector"]

_CREATE = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
_DROP = {"sqlite": _SQLITE_DROP, "postgresql": _POSTGRESQL_DROP}


def create_index(apps, schema_editor):
    for statement in _CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop_index(apps, schema_editor):
    for statement in _DROP[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("dispatches", "0002_full_text")]

    operations = [migrations.RunPython(create_index, drop_index)]
