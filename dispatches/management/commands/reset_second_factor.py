"""`manage.py reset_second_factor LOGIN`: for someone who has lost it, and whom nobody at the desk may help."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dispatches import desk
from dispatches.desk import log
from dispatches.login.factors import reset_factors


class Command(BaseCommand):
    help = "Remove all second factors and recovery codes of a user, and end the user's sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login", help="the username")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get(username=options["login"])
        except User.DoesNotExist as error:
            raise CommandError(f"There is no user {options['login']!r}.") from error
        reset_factors(user)
        log.record(desk.MAINTENANCE, "reset_second_factor", user, command="reset_second_factor")
        self.stdout.write(f"{user} now logs in with the password alone, and sets up a new second factor if required.")
