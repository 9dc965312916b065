"""Django's backend for PostgreSQL, with the wall. What readers can read, the server decides by their login."""

from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQLWrapper

from wire.databases import WalledMixin


class DatabaseWrapper(WalledMixin, PostgreSQLWrapper):
    """PostgreSQL, limited to the connection of whoever is answered."""
