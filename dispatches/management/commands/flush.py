"""`manage.py flush`: Django's command, which empties the database. The log, too, which is otherwise append-only."""

from typing import Any

from django.core.management.commands.flush import Command as Flush
from django.db import connections, transaction

from dispatches.models import append_only


class Command(Flush):
    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        with transaction.atomic(using=options["database"]):
            append_only.take_down(connection)
            super().handle(**options)
            append_only.put_up(connection)
