"""Django's backend for PostgreSQL, with the wall. What readers can read, the server decides by their login."""

from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQLWrapper

from dispatches.public import surface


class DatabaseWrapper(PostgreSQLWrapper):
    def ensure_connection(self) -> None:
        surface.check_alias(self.alias)
        super().ensure_connection()
