#!/usr/bin/env python
"""Django's command line for this site."""

import os
import sys

from wire import supervisor  # noqa: F401 - remembers the environment as it was

if __name__ == "__main__":
    # A terminal may not know all characters of a headline or a name.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
    # A command needs one connection only, and should fail at once with the reason.
    os.environ.setdefault("WIRE_DATABASE_POOL", "0")
    from django.core.management import execute_from_command_line
    from django.db import InterfaceError, OperationalError

    try:
        execute_from_command_line(sys.argv)
    except (OperationalError, InterfaceError) as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(
            f"The database can't be used: {str(error).strip()}\nIs it running, does DATABASE_URL name it, and has "
            "`manage.py migrate` been run? With --traceback you see where it failed."
        )
