"""`manage.py create_readers_login`: create the PostgreSQL login of readers' processes, or set its password again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from dispatches.public import wall


class Command(BaseCommand):
    help = (
        "Create the login through which readers' pages are read, with its views and rights, or renew its password "
        "after a change of WIRE_SECRET_KEY. `migrate` does the same if its user may create roles."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--print", action="store_true", help="Only print the SQL, with the password, for an administrator to run."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            self.stdout.write("SQLite has no logins: readers' connections open the file read-only. Nothing to do.")
            return
        logins = wall.read_logins()
        login = logins.readers
        statements = [(login, logins.readers_password), (logins.heartbeat, logins.heartbeat_password)]
        connection.ensure_connection()
        if options["print"]:
            role = connection.ops.quote_name(wall.published_role(login))
            for name, password in statements:
                self.stdout.write(f"{wall.login_statement(connection, name, password)};")
            self.stdout.write(f"CREATE ROLE {role} NOLOGIN;")
            self.stdout.write(f"GRANT {role} TO {connection.ops.quote_name(connection.settings_dict['USER'])};")
            self.stdout.write("-- Then, as the owner of the tables: manage.py create_readers_login")
            return
        with transaction.atomic():
            if not wall.create_logins(connection, logins):
                raise CommandError(
                    "This user must not create roles. Let an administrator run what `--print` says, then do this again."
                )
            if wall.may_create_roles(connection):
                with connection.cursor() as cursor:
                    for name, password in statements:
                        cursor.execute(wall.login_statement(connection, name, password, "ALTER"))
            wall.put_up(connection, login, logins.heartbeat)
        self.stdout.write(f"Readers' pages are read as {login}. Check it with `manage.py check_surfaces`.")
