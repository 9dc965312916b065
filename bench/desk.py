"""Open, save and merge the form of a large dispatch: `python -m bench.desk [DEVELOPMENTS CITATIONS]`.
Uses a SQLite database in a temporary folder. Prints the time and the number of queries for a dispatch with 200
developments and 300 citations, and the ratio to a small one.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

SMALL, GREAT = (2, 3), (200, 300)


def prepare() -> None:
    """Set up a database with an editor in the temporary folder."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from dispatches.public.models import Section

    call_command("migrate", verbosity=0)
    User.objects.create_superuser("editor")
    Section.objects.create(name="The Ledger", slug="ledger", beat="Economy")


def make(developments: int, citations: int) -> Any:
    """Create a published dispatch of this size. Every second citation is for a development."""
    from django.utils import timezone

    from bench.actor import BENCHMARK
    from dispatches import desk
    from dispatches.models import Citation, Development, Dispatch
    from dispatches.public.models import Section
    from sources.models import Report, Source

    past = timezone.now() - timedelta(days=1)
    source = Source.objects.create(name=f"Source of {citations}", kind="outlet", grade="B", is_confidential=False)
    common = {"basis": "own", "review": "accepted", "reviewed_at": past, "said_at": past}
    reports = Report.objects.bulk_create(Report(source=source, title=f"Report {n}", **common) for n in range(citations))
    dispatch = Dispatch.objects.create(
        headline=f"With {citations}", section=Section.objects.get(), tldr="TL;DR.", body="A paragraph.\n\n" * 40
    )
    steps = Development.objects.bulk_create(
        Development(dispatch=dispatch, at=past - timedelta(minutes=n), text=f"Step {n}") for n in range(developments)
    )
    Citation.objects.bulk_create(
        Citation(dispatch=dispatch, report=report, position=n, development=steps[n % developments] if n % 2 else None)
        for n, report in enumerate(reports)
    )
    desk.publish(dispatch=dispatch, actor=BENCHMARK)
    return dispatch


def measure(developments: int, citations: int) -> dict[str, tuple[float, int]]:
    """Return the seconds and queries of each action on the form."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.get())
    dispatch = make(developments, citations)
    address = f"/desk/dispatches/dispatch/{dispatch.pk}/change/"
    client.get(address)
    results = {}
    results["open"], page = timed(lambda: client.get(address))
    data = posted(page) | {"tldr": "Another.", "_continue": "1"}
    results["save"], answer = timed(lambda: client.post(address, data))
    if answer.status_code != 302:
        raise SystemExit(f"The save was not taken: {answer.context['errors']}")
    results["merge"], answer = timed(lambda: client.post(address, data | {"tldr": "Mine."}))
    if "Not saved yet" not in answer.text:
        raise SystemExit("A stale save was taken.")
    size = len(page.content)
    print(f"  {developments} developments, {citations} citations: the page has {size / 1000:,.0f} kB")
    return results


def timed(act: Callable[[], Any]) -> tuple[tuple[float, int], Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        result = act()
        return (time.perf_counter() - began, len(queries)), result


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


def main() -> None:
    sizes = [SMALL, tuple(int(each) for each in sys.argv[1:3]) or GREAT]
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"WIRE_VAR_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
        prepare()
        from django.conf import settings
        from django.test.utils import setup_test_environment

        setup_test_environment()
        settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
        small, great = (measure(*size) for size in sizes)
        for name, (seconds, queries) in great.items():
            times = seconds / small[name][0]
            print(f"  {name:6} {seconds:6.2f} s, {queries} queries; {times:.1f} times the small one's")


if __name__ == "__main__":
    main()
