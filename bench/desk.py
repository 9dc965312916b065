"""What the form of a dispatch costs: `python -m bench.desk [--against CHECKOUT]`.

- queries and server CPU of a form, in the demonstration and on a desk of 5,000 dispatches and 20,000 reports;
- opening, saving and merging the form of a dispatch with 200 developments and 300 citations;
- opening that form in a browser, and adding a row.

Uses a SQLite database in a temporary folder. With another checkout of this project, everything is measured there too,
and the ratios are printed.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

DISPATCHES, REPORTS = 5_000, 20_000
DEVELOPMENTS, CITATIONS = 200, 300
REPEATS = 7
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
TEXTS = '#developments-group [name$="-text"]:not([name*="__prefix__"])'

Results = dict[str, float]


def grow() -> None:
    """Fill the desk with published dispatches, each with four citations and a revision, and with reports."""
    from django.utils import timezone

    from dispatches.models import Citation, Dispatch, Revision
    from dispatches.public.models import Edition, Publication
    from sources.models import Report, Source

    past = timezone.now() - timedelta(days=30)
    sources = list(Source.objects.filter(is_confidential=False))
    common = {"basis": "own", "review": "accepted", "reviewed_at": past, "text": "What was said. " * 60}
    Report.objects.bulk_create(
        [
            Report(source=sources[n % len(sources)], title=f"Report {n}", said_at=past - timedelta(minutes=n), **common)
            for n in range(REPORTS - Report.objects.count())
        ],
        batch_size=1000,
    )
    reports = list(Report.objects.values_list("pk", flat=True).order_by("-pk"))
    model = Edition.objects.live().filter(kind=Edition.Kind.FIRST).first()
    count = DISPATCHES - Dispatch.objects.count()
    publications = [Publication.create() for _ in range(count)]
    kept = [field for field in Edition._meta.concrete_fields if not field.primary_key]
    same = {field.attname: getattr(model, field.attname) for field in kept}
    Edition.objects.bulk_create(
        [
            Edition(**same | {"publication_id": publication.pk, "slug": f"made-{n}", "headline": f"Made {n}"})
            for n, publication in enumerate(publications)
        ],
        batch_size=500,
    )
    dispatches = Dispatch.objects.bulk_create(
        [
            Dispatch(
                headline=f"Made {n}", section_id=model.section_id, tldr="TL;DR.", body="B", publication=publication
            )
            for n, publication in enumerate(publications)
        ],
        batch_size=500,
    )
    Citation.objects.bulk_create(
        [
            Citation(dispatch=dispatch, report_id=reports[(n * 4 + m) % len(reports)], position=m)
            for n, dispatch in enumerate(dispatches)
            for m in range(4)
        ],
        batch_size=2000,
    )
    Revision.objects.bulk_create(
        [
            Revision(
                of="dispatches.dispatch", object_id=each.pk, number=1, how="Saved", content={"": {"": {}}}, digest=""
            )
            for each in dispatches
        ],
        batch_size=1000,
    )


def make_large() -> Any:
    """Create a published dispatch with many rows. Every second citation is for a development."""
    from django.utils import timezone

    from bench.actor import BENCHMARK
    from dispatches import desk
    from dispatches.models import Citation, Development, Dispatch
    from dispatches.public.models import Section
    from sources.models import Report, Source

    past = timezone.now() - timedelta(days=1)
    source = Source.objects.create(name="Source of all", kind="outlet", grade="B", is_confidential=False)
    common = {"basis": "own", "review": "accepted", "reviewed_at": past, "said_at": past, "text": "It said. " * 100}
    reports = Report.objects.bulk_create(Report(source=source, title=f"Of it {n}", **common) for n in range(CITATIONS))
    dispatch = Dispatch.objects.create(
        headline="A large one", section=Section.objects.first(), tldr="TL;DR.", body="A paragraph.\n\n" * 40
    )
    steps = Development.objects.bulk_create(
        Development(dispatch=dispatch, at=past - timedelta(minutes=n), text=f"Step {n}") for n in range(DEVELOPMENTS)
    )
    Citation.objects.bulk_create(
        Citation(dispatch=dispatch, report=report, position=n, development=steps[n % DEVELOPMENTS] if n % 2 else None)
        for n, report in enumerate(reports)
    )
    desk.publish(dispatch=dispatch, actor=BENCHMARK)
    return dispatch


def measure_form(results: Results, where: str, client: Any, address: str) -> None:
    """Record the queries of a form, and the CPU that the server spends on it: the least of several requests."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    results[f"{where}: queries"] = len(queries)
    spent = []
    for _ in range(REPEATS):
        began = time.process_time()
        client.get(address)
        spent.append(time.process_time() - began)
    results[f"{where}: CPU, ms"] = min(spent) * 1000


def measure_large(results: Results, client: Any, address: str) -> None:
    """Record how long the server takes to open, save and merge the large form."""
    what = f"{DEVELOPMENTS} developments, {CITATIONS} citations"
    client.get(address)
    results[f"{what}: open, s"], page = timed(lambda: client.get(address))
    results[f"{what}: page, kB"] = len(page.content) / 1000
    data = posted(page) | {"tldr": "Another.", "_continue": "1"}
    results[f"{what}: save, s"], answer = timed(lambda: client.post(address, data))
    if answer.status_code != 302:
        raise SystemExit(f"The save was not taken: {answer.context['errors']}")
    results[f"{what}: merge, s"], answer = timed(lambda: client.post(address, data | {"tldr": "Mine."}))
    if "Not saved yet" not in answer.text:
        raise SystemExit("A stale save was taken.")


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def posted(page: Any) -> dict[str, Any]:
    """Return what a browser would post from the page."""
    data = {"_version": page.context["version"]}
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    for form in forms:
        for bound in form:
            widget, value = bound.field.widget, bound.value()
            if hasattr(widget, "decompress"):
                parts = zip(widget.widgets, widget.decompress(value), strict=True)
                values = [part.format_value(each) or "" for part, each in parts]
                data |= {f"{bound.html_name}_{n}": text for n, text in enumerate(values)}
            elif value is not None and value is not False:
                data[bound.html_name] = value
    return data


def measure_in_browser(results: Results, session: str, address: str) -> None:
    """Record how long a browser takes to open the large form, and to add a development that can be typed into."""
    from playwright.sync_api import sync_playwright

    from tests.run import find_browser

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    site = f"http://localhost:{port}"
    environment = os.environ | {"WIRE_SITE_URL": site}
    subprocess.run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], env=environment, check=True)
    command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--port", str(port)]
    command += [
        "--blocking-threads",
        "8",
        "--backpressure",
        "200",
        "--log-level",
        "error",
        "--factory",
        "wire.wsgi:start",
    ]
    server = subprocess.Popen(command, env=environment)
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            context = chromium.new_context(base_url=site)
            context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
            page = context.new_page()
            page.set_default_timeout(120_000)
            wait_for(port)
            page.goto("/desk/")
            opening, adding = [], []
            for _ in range(3):
                began = time.perf_counter()
                page.goto(address)
                count = page.locator(TEXTS).count()
                page.evaluate("new Promise(requestIdleCallback)")
                opening.append(time.perf_counter() - began)
                began = time.perf_counter()
                page.get_by_role("button", name="Add another Development").click()
                page.locator(TEXTS).nth(count).wait_for()
                page.evaluate("new Promise(requestAnimationFrame)")
                adding.append(time.perf_counter() - began)
            chromium.close()
    finally:
        server.terminate()
        server.wait()
    results["in a browser: open, s"], results["in a browser: add a row, s"] = min(opening), min(adding)


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The server does not start.")


def measure() -> Results:
    """Measure the checkout that is imported."""
    results: Results = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"WIRE_VAR_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
        import django

        django.setup()
        from django.conf import settings
        from django.contrib.auth.models import User
        from django.core.management import call_command
        from django.db.models import Count
        from django.test import Client
        from django.test.utils import setup_test_environment

        from dispatches.models import Dispatch

        setup_test_environment()
        settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
        with open(os.devnull, "w") as silent:
            call_command("migrate", verbosity=0)
            call_command("load_demo", stdout=silent)
        editor = User.objects.create_superuser("bench")
        client = Client()
        client.force_login(editor)
        form = "/desk/dispatches/dispatch/{}/change/".format
        cited = Dispatch.objects.annotate(count=Count("citations")).order_by("-count").first()
        measure_form(results, "form in the demonstration", client, form(cited.pk))
        grow()
        measure_form(results, f"form among {DISPATCHES:,} dispatches", client, form(cited.pk))
        large = make_large()
        measure_large(results, client, form(large.pk))
        measure_in_browser(results, client.cookies["sessionid"].value, form(large.pk))
    return results


def measure_elsewhere(checkout: str) -> Results:
    """Measure another checkout of this project, with this file."""
    environment = os.environ | {"PYTHONPATH": checkout}
    command = [sys.executable, str(Path(__file__).resolve()), "--json"]
    answer = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def main() -> None:
    if "--json" in sys.argv:
        print(json.dumps(measure()))
        return
    others = measure_elsewhere(sys.argv[-1]) if "--against" in sys.argv else {}
    for name, value in measure().items():
        ratio = f"   {value / others[name]:6.2f} × {others[name]:,.2f}" if others.get(name) else ""
        print(f"  {name:50} {value:10,.2f}{ratio}", flush=True)


if __name__ == "__main__":
    main()
