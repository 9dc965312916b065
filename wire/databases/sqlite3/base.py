"""Django's backend for SQLite, with the wall."""

import sqlite3
from typing import Any
from urllib.parse import quote

from django.db.backends.sqlite3.base import DatabaseWrapper as SQLiteWrapper

from dispatches.public import surface
from wire.databases import WalledMixin


class DatabaseWrapper(WalledMixin, SQLiteWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        parameters = super().get_connection_params()
        if self.alias == surface.READERS:
            parameters["database"] = f"file:{quote(str(parameters['database']))}?mode=ro"
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        if self.alias == surface.READERS:
            # It imports models, which Django loads after the backends.
            from dispatches.public.wall import enclose

            enclose(connection)
        elif self.alias == surface.HEARTBEAT:
            from dispatches.public.wall import enclose_heartbeat

            enclose_heartbeat(connection)
        return connection
