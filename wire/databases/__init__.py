"""Django's database backends, with the wall: readers' connections are enclosed, and no other serves a reader."""

from typing import TYPE_CHECKING, Any

from dispatches.public import surface

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
else:
    BaseDatabaseWrapper = object


class WalledMixin(BaseDatabaseWrapper):
    """Mixin for a database backend: while a reader's request runs, only its own connection can be used."""

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
