"""Create the full-text index of the documents: FTS5 with triggers in SQLite, a generated column in PostgreSQL."""

from django.contrib.postgres.operations import UnaccentExtension
from django.db import migrations

# SQLite

_COLUMNS = "headline, tldr, developments, body"
# The terms of a text if there are any, else the text itself.
_IN_INDEX = {name: f"coalesce(nullif({{row}}{name}_terms, ''), {{row}}{name})" for name in _COLUMNS.split(", ")}
_NEW, _OLD = (", ".join(each.format(row=row) for each in _IN_INDEX.values()) for row in ("new.", "old."))
_ADD = f"INSERT INTO dispatches_searchindex(rowid, {_COLUMNS}) VALUES (new.place, {_NEW});"
_REMOVE = (
    f"INSERT INTO dispatches_searchindex(dispatches_searchindex, rowid, {_COLUMNS}) "
    f"VALUES ('delete', old.place, {_OLD});"
)
_TRIGGERS = {"insert": _ADD, "delete": _REMOVE, "update": _REMOVE + _ADD}

# A migration that alters this table must create the triggers again: SQLite copies the table.
_SQLITE = [
    f"""CREATE VIRTUAL TABLE dispatches_searchindex USING fts5({_COLUMNS}, content='dispatches_searchdocument',
        content_rowid='place', tokenize='porter unicode61 remove_diacritics 2')""",
    *(
        f"CREATE TRIGGER dispatches_searchdocument_{event} AFTER {event} ON dispatches_searchdocument BEGIN {does} END"
        for event, does in _TRIGGERS.items()
    ),
]
_SQLITE_DROP = [
    *(f"DROP TRIGGER dispatches_searchdocument_{event}" for event in _TRIGGERS),
    "DROP TABLE dispatches_searchindex",
]

# PostgreSQL

# Words are split before PostgreSQL's parser sees them, so that “U.S.” and “well-known” become the same words as in a
# query. No stop words are dropped, so that every phrase can be found. Non-letters are listed explicitly, because what
# PostgreSQL considers a letter depends on the database's locale.
_CUT = r"regexp_replace({}, '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f\u00a0-\u00bf\u05be\u2000-\u206f]+', ' ', 'g')"
_WEIGHTS = {"headline": "A", "tldr": "B", "developments": "C", "body": "D"}
_VECTOR = " || ".join(
    f"setweight(to_tsvector('wire', {_CUT.format(_IN_INDEX[column].format(row=''))}), '{weight}')"
    for column, weight in _WEIGHTS.items()
)

_POSTGRESQL = [
    "CREATE TEXT SEARCH DICTIONARY wire_stem (TEMPLATE = snowball, LANGUAGE = english)",
    "CREATE TEXT SEARCH CONFIGURATION wire (COPY = simple)",
    """ALTER TEXT SEARCH CONFIGURATION wire ALTER MAPPING FOR asciiword, word, numword, asciihword, hword, numhword,
        hword_asciipart, hword_part, hword_numpart WITH unaccent, wire_stem""",
    f"ALTER TABLE dispatches_searchdocument ADD COLUMN vector tsvector GENERATED ALWAYS AS ({_VECTOR}) STORED",
    # Without a pending list, which every search would have to scan.
    """CREATE INDEX dispatches_searchdocument_vector ON dispatches_searchdocument
        USING gin (vector) WITH (fastupdate = off)""",
]
_POSTGRESQL_DROP = [
    "ALTER TABLE dispatches_searchdocument DROP COLUMN vector",
    "DROP TEXT SEARCH CONFIGURATION wire",
    "DROP TEXT SEARCH DICTIONARY wire_stem",
]

_CREATE = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
_DROP = {"sqlite": _SQLITE_DROP, "postgresql": _POSTGRESQL_DROP}


def create_index(apps, schema_editor):
    for statement in _CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop_index(apps, schema_editor):
    for statement in _DROP[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("dispatches", "0001_initial")]

    operations = [UnaccentExtension(), migrations.RunPython(create_index, drop_index)]
