"""What the server runs: `granian --interface wsgi wire.wsgi:application`."""

import os
from datetime import datetime

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
django.setup(set_prefix=False)

# What has models can only be imported now.
from dispatches.announcing import announcements  # noqa: E402
from dispatches.editions import PublicState, read_public_state  # noqa: E402
from wire.pagecache import Application, PageCache  # noqa: E402


def read_state(at: datetime) -> PublicState:
    """The site's state, asked for outside of any request of Django's: it does not see to its connection here."""
    close_old_connections()
    return read_public_state(at)


application: Application = WSGIHandler()
if settings.WIRE_PAGE_CACHE_MB:
    application = PageCache(application, announcements(), read_state, bound=settings.WIRE_PAGE_CACHE_MB * 1_000_000)
