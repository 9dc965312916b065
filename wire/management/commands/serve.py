"""`manage.py serve`: run the site."""

import os
import sys
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from dispatches.public.installation import find_problems
from wire.ports import PortError, check_port, read_port
from wire.supervisor import ENVIRONMENT, UTF8


class Command(BaseCommand):
    help = (
        "Run the site. First it checks that the port is free, the static files are collected, and the database is "
        "migrated. Workers that die are replaced. SIGHUP reloads code and settings without losing a request."
    )
    # `migrate` is checked here, in words.
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on; 0.0.0.0 for all")
        parser.add_argument("--port", help="default: that of WIRE_SITE_URL on this machine, otherwise 8000")
        parser.add_argument("--workers", type=int, help="processes; default: 1 on this machine, otherwise 2 to 4")
        parser.add_argument("--surface", choices=["public", "desk", "both"], help="default: WIRE_SURFACE")
        parser.add_argument("--check", action="store_true", help="only check whether it could start")

    def handle(
        self, *args: Any, host: str, port: str | None, workers: int | None, surface: str | None, check: bool, **_: Any
    ) -> None:
        if surface and surface != settings.WIRE_SURFACE:
            os.execve(sys.executable, [sys.executable, *sys.argv], ENVIRONMENT | {"WIRE_SURFACE": surface})  # noqa: S606
        try:
            number = read_port(port or str(_usual_port()))
            if not check:
                check_port(host, number)
        except PortError as error:
            raise CommandError(str(error)) from error
        if problems := find_problems():
            raise CommandError("The site can't be served:\n" + "\n".join(f"  - {each}" for each in problems))
        for connection in connections.all(initialized_only=True):
            connection.close()
        if check:
            self.stdout.write("The site can be served.")
            return
        if workers is not None and workers < 1:
            raise CommandError("--workers must be at least 1.")
        command = [sys.executable, *UTF8, "-m", "wire.supervisor", host, str(number), str(workers or _usual_workers())]
        os.chdir(settings.BASE_DIR)
        self.stdout.flush()
        # In the place of this process: it gets its signals, and nothing of Django stays in memory.
        os.execve(sys.executable, [*command, settings.WIRE_LOG_FORMAT, _message(host, number)], ENVIRONMENT)  # noqa: S606


def _usual_port() -> int:
    return (urlsplit(settings.WIRE_SITE_URL).port if settings.WIRE_IS_LOCAL else None) or 8000


def _usual_workers() -> int:
    return 1 if settings.WIRE_IS_LOCAL else min(max(os.cpu_count() or 2, 2), 4)


def _message(host: str, port: int) -> str:
    lines = [f"{settings.WIRE_SITE_NAME} is served at {f'[{host}]' if ':' in host else host}:{port}."]
    if settings.WIRE_SURFACE != "desk":
        lines.append(f"  The site:  {settings.WIRE_SITE_URL}/")
    if settings.WIRE_SURFACE != "public":
        lines.append(f"  The desk:  {settings.WIRE_SITE_URL}/desk/")
    return "\n".join([*lines, "  Stop with Ctrl+C."])
