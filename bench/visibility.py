"""From the commit to every worker: `python -m bench.visibility`. Prints the milliseconds, median and 99th percentile.

Two processes with a page cache each ask for the wire without a pause, as two workers under load do; a third publishes.
What is measured ends when both have sent a page with the new headline; and nothing older may be sent after it.
"""

import multiprocessing
import os
import tempfile
import time
from datetime import timedelta
from typing import Any

COMMITS = 200


def _worker(pipe: Any, stop: Any) -> None:
    from tests.readers import ask
    from wire.wsgi import application

    seen: dict[int, float] = {}
    newest = -1
    while not stop.is_set():
        text = ask(application, "/wire/").text
        number = max((n for n in range(newest, newest + 3) if f"Commit {n:04}." in text), default=-1)
        if number > newest:
            newest = number
            seen[number] = time.monotonic()
        elif number < newest:
            raise AssertionError(f"an old page after {newest}: {number}")
    pipe.send(seen)


def measure_visibility() -> list[float]:
    """Milliseconds from each commit until both workers have answered with it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATABASE_URL": f"sqlite:///{folder}/wire.sqlite3", "WIRE_VAR_DIR": folder}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
        context = multiprocessing.get_context("spawn")
        results: Any = context.Queue()
        process = context.Process(target=_measure, args=(results,))
        process.start()
        taken = results.get(timeout=300)
        process.join()
        return taken


def _measure(results: Any) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from dispatches import desk
    from dispatches.models import Citation, Dispatch, Section
    from sources.models import Report, Source

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    section = Section.objects.create(name="The Ledger", slug="ledger", beat="Economy")
    source = Source.objects.create(name="The Courier", kind="outlet", grade="B", is_confidential=False)
    past = timezone.now() - timedelta(days=1)
    report = Report.objects.create(
        source=source, title="x", basis="own", review="accepted", said_at=past, reviewed_at=past
    )
    context = multiprocessing.get_context("spawn")
    stop, pipes, workers = context.Event(), [], []
    for _ in range(2):
        ours, theirs = context.Pipe()
        workers.append(context.Process(target=_worker, args=(theirs, stop)))
        workers[-1].start()
        pipes.append(ours)
    time.sleep(4)
    committed = []
    for number in range(COMMITS):
        dispatch = Dispatch.objects.create(
            headline=f"Commit {number:04}.", slug=f"commit-{number}", section=section, tldr="x", body="x"
        )
        Citation.objects.create(dispatch=dispatch, report=report)
        desk.publish(dispatch=dispatch, editor=None)
        committed.append(time.monotonic())
        time.sleep(0.02)
    time.sleep(1)
    stop.set()
    seen = [pipe.recv() for pipe in pipes]
    for worker in workers:
        worker.join()
    results.put([max((max(each[n] for each in seen) - committed[n]) * 1_000, 0.0) for n in range(COMMITS)])


if __name__ == "__main__":
    taken = sorted(measure_visibility())
    print(f"commit → seen by every worker: median {taken[len(taken) // 2]:.2f} ms, 99 % {taken[-3]:.2f} ms")
