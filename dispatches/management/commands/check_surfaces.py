"""`manage.py check_surfaces`: try to get past the wall between readers and the desk, on this installation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from dispatches.public import attempts, surface, wall
from dispatches.public.state import VIEW, read_public_state


class Command(BaseCommand):
    help = "Try to read and write what readers' processes must not; fail if anything succeeds. Changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with surface.reading():
                state = read_public_state()
            faults = attempts.readable_secrets()
            statements = attempts.statements()
        except DatabaseError as error:
            raise CommandError(
                f"The readers' connection does not work: {error}\nOn PostgreSQL, run `manage.py create_readers_login`."
            ) from error
        refused = 0
        for statement in statements:
            fault = attempts.attempt(statement)
            refused += not fault
            if fault:
                faults.append(f"{fault} {statement}")
            if options["verbosity"] > 1:
                self.stdout.write(f"{fault or 'refused'}: {statement}")
        connection = connections[surface.READERS]
        who = connection.settings_dict["USER"] or "read-only connection"
        self.stdout.write(f"Readers' connection: {connection.vendor}, {who}. Database time: {state.read_at}.")
        self.stdout.write(f"Readable: {', '.join([VIEW, wall.EDITIONS, *wall.TABLES])}.")
        self.stdout.write(f"Tried {len(statements)}, refused {refused}.")
        if faults:
            raise CommandError("\n".join(["The wall has gaps:", *faults]))
