"""Open the newsroom, the lists and the search of a large desk: `python -m bench.desk_lists [REPORTS DISPATCHES]`.

Uses a SQLite database in a temporary folder. Prints the server's CPU time and the number of queries of each page on a
desk of 20,000 reports and 5,000 dispatches with revisions, and the ratio to a desk of the demonstration's size.
"""

import os
import sys
import tempfile
import time
from datetime import timedelta
from random import Random
from typing import Any

SMALL, GREAT = (150, 40), (20_000, 5_000)
ROUNDS = 7
WORDS = (
    *("police", "harbour", "hectares", "minister", "strike", "court", "evening", "residents", "budget", "council"),
    *("water", "talks", "border", "hospital", "statement", "witness", "vessel", "market", "school", "report"),
)


def prepare() -> None:
    """Set up a database with an editor in the temporary folder."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from dispatches.public.models import Section

    call_command("migrate", verbosity=0)
    User.objects.create_superuser("editor")
    for number in range(6):
        Section.objects.create(name=f"Section {number}", slug=f"section-{number}", beat="Economy")


def fill(reports: int, dispatches: int) -> None:
    """Fill the desk, of which two in three dispatches are published, up to these numbers."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from bench.actor import BENCHMARK
    from dispatches import desk
    from dispatches.history import revisions
    from dispatches.models import Citation, Dispatch
    from dispatches.public.models import Section
    from sources.models import Report, Source

    random, now, editor = Random(7), timezone.now(), User.objects.get()

    def text(length: int) -> str:
        return " ".join(random.choice(WORDS) + (str(random.randrange(400)) if n % 3 else "") for n in range(length))

    if not Source.objects.exists():
        Source.objects.bulk_create(
            Source(name=f"Source {n}", folded_name=f"source {n}", kind="outlet", grade="B", is_confidential=n % 9 == 0)
            for n in range(200)
        )
    sources, sections = list(Source.objects.all()), list(Section.objects.all())
    made = Report.objects.bulk_create(
        Report(
            source=random.choice(sources),
            title=text(8),
            text=text(120),
            basis="own",
            said_at=now - timedelta(minutes=20 * n + 30),
            **({"review": "accepted", "reviewed_at": now - timedelta(days=700)} if n % 5 else {}),
        )
        for n in range(Report.objects.count(), reports)
    )
    accepted = [each for each in made if each.review == "accepted"]
    with desk.publication_lock():
        for n in range(Dispatch.objects.count(), dispatches):
            dispatch = Dispatch.objects.create(
                headline=text(7)[:140],
                slug=f"dispatch-{n}",
                section=random.choice(sections),
                tldr=text(25)[:400],
                body=text(200),
                author=editor,
            )
            Citation.objects.bulk_create(
                Citation(dispatch=dispatch, report=report, position=position)
                for position, report in enumerate(random.sample(accepted, 3))
            )
            revisions.keep(dispatch, editor=editor, how="Saved")
            if n % 3:
                desk.publish(dispatch=dispatch, actor=BENCHMARK, at=now - timedelta(minutes=dispatches - n))
    if hasattr(desk, "rebuild_documents"):
        desk.rebuild_documents(actor=desk.MAINTENANCE)


PAGES = [
    ("newsroom", "/desk/"),
    ("dispatch list", "/desk/dispatches/dispatch/"),
    ("… published", "/desk/dispatches/dispatch/?state=published"),
    ("… drafts", "/desk/dispatches/dispatch/?state=draft"),
    ("… search", "/desk/dispatches/dispatch/?q=police"),
    ("report list", "/desk/sources/report/"),
    ("… pending", "/desk/sources/report/?review__exact=pending"),
    ("… last page", "/desk/sources/report/?p=10"),
    ("… search", "/desk/sources/report/?q=police12"),
    ("… search, common", "/desk/sources/report/?q=police"),
    ("relays queue", "/desk/sources/report/relays/"),
    ("source list", "/desk/sources/source/"),
    ("autocomplete", "/desk/autocomplete/?app_label=dispatches&model_name=citation&field_name=report&term=police"),
    ("desk search", "/desk/search/?q=police+harbour"),
    ("log", "/desk/log/"),
]


def measure() -> dict[str, tuple[float, int]]:
    """Return the CPU milliseconds (the best of several rounds) and the queries of each page."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.force_login(User.objects.get())
    results: dict[str, tuple[float, int]] = {}
    for name, address in pages():
        if client.get(address).status_code != 200:
            continue
        best = float("inf")
        for _ in range(ROUNDS):
            began = time.process_time()
            client.get(address)
            best = min(best, time.process_time() - began)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        results[name] = (1000 * best, len(queries))
    return results


def pages() -> list[tuple[str, str]]:
    listed, of = [], ""
    for name, address in PAGES:
        of = of if name.startswith("…") else name
        listed.append((name.replace("…", f"{of}:"), address))
    return listed


def main() -> None:
    sizes: Any = [SMALL, tuple(int(each) for each in sys.argv[1:3]) or GREAT]
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"WIRE_VAR_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
        prepare()
        from django.conf import settings
        from django.test.utils import setup_test_environment

        setup_test_environment()
        settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
        results = []
        for size in sizes:
            fill(*size)
            results.append(measure())
        small, great = results
        print(f"  {'page':26} CPU ms and queries: small desk, {sizes[1][0]:,} reports, ratio")
        for name, (milliseconds, queries) in great.items():
            # A page that the small desk does not have can't be compared.
            first, of_small = small.get(name, (float("nan"), 0))
            ratio = milliseconds / first
            print(f"  {name:26} {first:7.1f} {of_small:3}  {milliseconds:7.1f} {queries:3}  {ratio:.2f}")


if __name__ == "__main__":
    main()
