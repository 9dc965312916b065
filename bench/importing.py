"""Measure what importing costs: `python -m bench.importing FILE [LINES]`, with a file that `import_dispatches` reads.

Imports the first LINES lines as drafts, and again with --publish, each into a database of its own, and prints queries,
processor time and peak memory a line. With POSTGRESQL=postgres://user@host:5432 on PostgreSQL, else on SQLite.
"""

import gzip
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LINES = 1_000


def measure(path: Path, count: int, publishes: bool) -> None:
    """Import the lines into the configured database, which is empty, and print the cost."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection

    from dispatches.intake.importing import Importer
    from dispatches.intake.lines import Refused, read_line
    from dispatches.public.models import Edition, Section

    call_command("migrate", verbosity=0)
    section = Section.objects.create(name="The Ledger", slug="ledger", beat="Economy")
    chief = User.objects.create_superuser("chief")
    importer = Importer(actor=chief, section=section, publishes=publishes, basis="own", names=True)
    queries = 0

    def count_query(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(sql, params, many, context)

    taken = refused = 0
    began = time.perf_counter(), time.process_time()
    opened: Any = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt") as lines, connection.execute_wrapper(count_query):
        wanted = itertools.islice((line for line in lines if line.strip()), count)
        while batch := list(itertools.islice(wanted, importer.batch_size)):
            entries = []
            for line in batch:
                try:
                    entries.append(read_line(line))
                except Refused:
                    refused += 1
            outcomes = importer.take_in_batch(entries)
            taken += sum(outcome.is_new for outcome in outcomes)
            refused += sum(outcome.refused is not None for outcome in outcomes)
    seconds, processor = time.perf_counter() - began[0], time.process_time() - began[1]
    lines_taken = max(1, taken)
    print(
        f"{'published' if publishes else 'drafts':10} {connection.vendor:10} {taken:,} lines, {refused} refused, "
        f"{Edition.objects.count():,} editions: {queries / lines_taken:.1f} queries, "
        f"{processor / lines_taken * 1000:.1f} ms CPU, {seconds / lines_taken * 1000:.1f} ms a line; "
        f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB",
        flush=True,
    )
    for line in importer.tally.lines():
        print(f"  {line}", flush=True)


def main(path: str, count: int) -> None:
    """Measure drafts and publishing, each in its own process and database."""
    for how in ("drafts", "published"):
        with tempfile.TemporaryDirectory() as folder:
            server = os.environ.get("POSTGRESQL")
            name = f"bench_import_{how}"
            if server:
                subprocess.run(["createdb", f"--maintenance-db={server}/postgres", name], check=True)
            environment = os.environ | {
                "WIRE_VAR_DIR": folder,
                "DATABASE_URL": f"{server}/{name}" if server else f"sqlite:///{folder}/bench.sqlite3",
                "DJANGO_SETTINGS_MODULE": "wire.settings",
                "IMPORT_HOW": how,
            }
            try:
                subprocess.run([sys.executable, "-m", "bench.importing", path, str(count)], env=environment, check=True)
            finally:
                if server:
                    subprocess.run(["dropdb", f"--maintenance-db={server}/postgres", name], check=True)


if __name__ == "__main__":
    number = int(sys.argv[2]) if len(sys.argv) > 2 else LINES
    if how := os.environ.get("IMPORT_HOW"):
        measure(Path(sys.argv[1]), number, publishes=how == "published")
    else:
        main(sys.argv[1], number)
