"""What a text browser shows, and so what is there with neither style sheet nor script, beside what it showed before.

After a change that is meant, with UPDATE_SNAPSHOTS=1 in the environment, this rewrites them: read the diff.
"""

import os
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from inscriptis import get_text
from inscriptis.model.config import ParserConfig

from dispatches.public.models import Edition

SNAPSHOTS = Path(__file__).parent / "snapshots"
NOW = datetime.fromisoformat("2026-06-25T21:00:00+03:00")

# Dispatches by their slugs.
PAGES = {
    "top-stories": "/",
    "wire": "/wire/?signal=strong",
    "month": "/wire/2026/06/",
    "dispatch": "{haifa-port-talks-resume}",
    "corrected": "{sulam-glassworks-furnace}",
    "withdrawn": "{haifa-lower-city-drill}",
    "history": "{sulam-glassworks-furnace}history/",
    "search": "/search/?q=orchestra",
    "nothing-found": "/search/?q=lihgt+rail",
    "corrections": "/corrections/",
    "signal": "/signal/",
    "follow": "/feeds/",
    "not-found": "/no/such/page/",
}


@pytest.fixture(scope="module")
def demo_of_that_evening(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        call_command("load_demo", stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.one_database
@pytest.mark.usefixtures("demo_of_that_evening")
@pytest.mark.parametrize("name", PAGES)
def test_a_text_browser_shows_it_whole_and_in_order(client, name):
    addresses = {edition.slug: edition.get_absolute_url() for edition in Edition.objects.live()}
    page = client.get(PAGES[name].format_map(addresses)).text.replace("http://localhost:8000", "[site]")
    shown = "\n".join(line.rstrip() for line in get_text(page, ParserConfig(display_links=False)).splitlines())
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(f"{shown.strip()}\n")
    assert f"{shown.strip()}\n" == path.read_text()
