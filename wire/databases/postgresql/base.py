"""Django's backend for PostgreSQL, with the wall. What readers can read, the server decides by their login."""

from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQLWrapper

from dispatches.public import surface


class DatabaseWrapper(PostgreSQLWrapper):
    def ensure_connection(self) -> None:
        # Django also calls it to close a connection that an earlier request has opened.
        if self.connection is None:
            surface.check_alias(self.alias)
        super().ensure_connection()

    def cursor(self) -> Any:
        surface.check_alias(self.alias)
        return super().cursor()

    def chunked_cursor(self) -> Any:
        surface.check_alias(self.alias)
        return super().chunked_cursor()
