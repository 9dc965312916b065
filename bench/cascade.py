"""Re-rate many published dispatches after one source is regraded: `python -m bench.cascade [COUNT]`.
Uses SQLite databases in a temporary folder. Prints the time for all dispatches, and the peak memory for a twentieth
and a quarter of them (measured in separate runs, because tracing memory is slow). Memory must not grow with their
number.
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta

COUNT = 10_000


def measure(count: int, is_traced: bool) -> None:
    """Create `count` dispatches that rest on one source, regrade it, and print the cost."""
    import tracemalloc

    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from bench.actor import BENCHMARK
    from dispatches import desk
    from dispatches.desk.rerating import compute
    from dispatches.models import Citation, Dispatch
    from dispatches.public.models import Edition, Section
    from sources.models import Report, Source

    call_command("migrate", verbosity=0)
    section = Section.objects.create(name="The Ledger", slug="ledger", beat="Economy")
    shared, others = (
        Source.objects.create(name="Shared", kind="agency", grade="B", is_confidential=False),
        [Source.objects.create(name=f"Outlet {n}", kind="outlet", grade="B") for n in range(50)],
    )
    past = timezone.now() - timedelta(days=1)
    common = {"basis": "own", "review": "accepted", "reviewed_at": past, "said_at": past}
    line = Report.objects.create(source=shared, title="The line", **common)
    reports = Report.objects.bulk_create(
        Report(source=others[n % 50], title=f"Report {n}", **common) for n in range(count)
    )
    body = "A paragraph of the story, as long as paragraphs are. " * 40
    dispatches = Dispatch.objects.bulk_create(
        Dispatch(headline=f"Headline {n}", slug=f"story-{n}", section=section, tldr="TL;DR.", body=body)
        for n in range(count)
    )
    Citation.objects.bulk_create(
        Citation(dispatch=dispatch, report=cited, position=n)
        for dispatch, own in zip(dispatches, reports, strict=True)
        for n, cited in enumerate((line, own))
    )
    for dispatch in dispatches:
        desk.publish(dispatch=dispatch, actor=BENCHMARK)
    del reports, dispatches

    if is_traced:
        tracemalloc.start()
    start = time.perf_counter()
    with desk.saving(shared, actor=BENCHMARK):
        shared.grade = "E"
        shared.save()
    seconds = time.perf_counter() - start
    took = f"{tracemalloc.get_traced_memory()[1] / 2**20:.1f} MiB at the peak" if is_traced else f"{seconds:.1f} s"
    issued = Edition.objects.filter(kind="signal").count()
    ids = Dispatch.objects.order_by("pk").values_list("pk", flat=True)
    differing = sum(each.differs for each in compute(ids))
    print(
        f"cascade: {issued:,} of {count:,} dispatches re-rated: {took}; {differing} differ when recomputed",
        flush=True,
    )


def main(count: int) -> None:
    """Measure memory, then time, each in its own process and database."""
    for size, trace in ((count // 20, "1"), (count // 4, "1"), (count, "")):
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {
                "WIRE_VAR_DIR": folder,
                "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
                "DJANGO_SETTINGS_MODULE": "wire.settings",
                "CASCADE": str(size),
                "CASCADE_TRACED": trace,
            }
            subprocess.run([sys.executable, "-m", "bench.cascade"], env=environment, check=True)


if __name__ == "__main__":
    if size := os.environ.get("CASCADE"):
        measure(int(size), is_traced=bool(os.environ["CASCADE_TRACED"]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
