"""Measure the time from a commit until every worker shows it: `python -m bench.visibility`. Median and 99th percentile.
Two processes with page caches are asked for the wire every millisecond while a third publishes. The time ends when
both have sent a page with the new headline; nothing older may follow.
"""

import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from typing import Any

COMMITS = 200


def _worker(pipe: Any, stop: Any) -> None:
    from tests.support.readers import ask
    from wire.wsgi import create_application

    application = create_application()
    seen: dict[int, float] = {}
    newest = -1
    while not stop.is_set():
        time.sleep(0.001)
        text = ask(application, "/wire/").text
        number = max(map(int, re.findall(r"Commit (\d{4})\.", text)), default=-1)
        if number > newest:
            newest = number
            seen[number] = time.monotonic()
        elif number < newest:
            raise AssertionError(f"an old page after {newest}: {number}")
    pipe.send(seen)


def measure_visibility() -> list[float]:
    """Return the milliseconds from each commit until both workers have answered with it."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"DATABASE_URL": f"sqlite:///{folder}/wire.sqlite3", "WIRE_VAR_DIR": folder}
        command = [sys.executable, "-c", "from bench.visibility import main; main()"]
        said = subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True, check=True, timeout=300
        ).stdout
        return json.loads(said)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wire.settings")
    print(json.dumps(_measure()))


def _measure() -> list[float]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from bench.actor import BENCHMARK
    from dispatches import desk
    from dispatches.models import Citation, Dispatch
    from dispatches.public.models import Section
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
        desk.publish(dispatch=dispatch, actor=BENCHMARK)
        committed.append(time.monotonic())
        time.sleep(0.02)
    time.sleep(1)
    stop.set()
    seen = [pipe.recv() for pipe in pipes]
    for worker in workers:
        worker.join()
    # A worker that has shown a later one has shown this one too.
    until_seen = [max(min(at for n, at in each.items() if n >= number) for each in seen) for number in range(COMMITS)]
    return [max((at - commit) * 1_000, 0.0) for at, commit in zip(until_seen, committed, strict=True)]


if __name__ == "__main__":
    taken = sorted(measure_visibility())
    print(f"commit → seen by every worker: median {taken[len(taken) // 2]:.2f} ms, 99 % {taken[-3]:.2f} ms")
