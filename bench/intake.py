"""Measure how fast reports are received, and what hostile feeds cost: `python -m bench.intake [REPORTS] [FEEDS]`.
**Reports.** 1,500 a day, every fifth a copy of one from the day before. 2,000 are received with a history of ten
days, each checked for copies, credits and bylines, and 2,000 more with the full history. The ratio shows whether the
cost grows with the history.

**Feeds.** Served from this machine: two thirds work; the others are slow, trickling, endless, bombs, loops, pages and
errors. Polled twice: the second time, nothing is new.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta

REPORTS = 100_000
FEEDS = 500
A_DAY = 1_500
BATCH = 500
MEASURED = 2_000
SOURCES = 50
SEED = 20261124


def measure_reports(count: int) -> None:
    """Receive reports with a short history and with one of `count` reports; print the cost of each."""
    from django.utils import timezone
    from tqdm import tqdm

    from bench.actor import BENCHMARK
    from dispatches import desk
    from sources.intake.items import make_item
    from sources.lineage.nearcopy import fingerprints_of
    from sources.models import Fingerprint, Proposal, Report, Source

    chance = random.Random(SEED)
    sources = [Source.objects.create(name=f"Outlet {n}", kind="outlet", grade="B") for n in range(SOURCES)]
    words = [f"{chance.choice('bcdfghklmnprstvz')}{chance.choice('aeiou')}{n}" for n in range(20_000)]
    # A few words are common, most are rare, as in any language.
    weights = [1 / (n + 20) for n in range(len(words))]
    begin = timezone.now() - timedelta(days=count / A_DAY + 2)
    texts: list[str] = []
    copies = 0

    def write(number: int) -> str:
        nonlocal copies
        if number % 5 == 4 and len(texts) > A_DAY:
            copies += 1
            return f"Edition {number}. {chance.choice(texts[-A_DAY:])}"
        return " ".join(chance.choices(words, weights, k=chance.randint(60, 300)))

    def load(numbers: range) -> None:
        """Insert reports directly, without looking for what they relay."""
        for first in tqdm(numbers[::BATCH], desc=f"History of {numbers.stop:,}", unit_scale=BATCH, disable=None):
            made, prints = [], []
            for number in range(first, min(numbers.stop, first + BATCH)):
                texts.append(write(number))
                at = begin + timedelta(days=number / A_DAY)
                made.append(Report(source=sources[number % SOURCES], title="Report", text=texts[-1], said_at=at))
            for report in Report.objects.bulk_create(made):
                values = fingerprints_of(report.text)
                prints += [Fingerprint(report=report, value=value, said_at=report.said_at) for value in values]
            Fingerprint.objects.bulk_create(prints, batch_size=10_000)
            del texts[: -2 * A_DAY]

    def receive(numbers: range) -> float:
        """Return the seconds per report, received fifty at a time."""
        nonlocal copies
        before, copies, seconds = Proposal.objects.count(), 0, 0.0
        for first in numbers[::50]:
            items = []
            for number in range(first, min(numbers.stop, first + 50)):
                texts.append(write(number))
                at = begin + timedelta(days=number / A_DAY)
                items.append(make_item(title="Report", text=texts[-1], external_id=str(number), said_at=at))
            start = time.perf_counter()
            desk.receive(source=sources[first // 50 % SOURCES], items=items, actor=BENCHMARK)
            seconds += time.perf_counter() - start
        found = Proposal.objects.count() - before
        print(
            f"intake: {len(numbers):,} reports on top of {numbers.start:,}: "
            f"{seconds / len(numbers) * 1000:.1f} ms each; "
            f"{found} proposals for {copies} copies",
            flush=True,
        )
        return seconds / len(numbers)

    few = 10 * A_DAY
    load(range(few))
    early = receive(range(few, few + MEASURED))
    load(range(few + MEASURED, count))
    late = receive(range(count, count + MEASURED))
    print(f"intake: with a history of {count:,} a report costs {late / early:.2f} × as with {few:,}", flush=True)


def measure_feeds(count: int) -> None:
    """Poll `count` local feeds twice; print the time, the memory and the outcome."""
    from tqdm import tqdm

    from dispatches.intake.polling import poll
    from sources.intake.fetching import Fetcher, Limits
    from sources.models import Feed, Report, Source
    from tests.support.serving import LOOPBACK, bomb, endless, feed, say, serve, silence, trickle

    faults = {
        "slow": silence(20), "trickling": trickle, "endless": endless, "bomb": bomb(200),
        "loop": say(302, Location="/loop"),
        "page": say(200, b"<!doctype html><p>Log in"), "missing": say(404), "failing": say(503),
        "deep": say(200, b"<a>" * 1_000_000), "inside": say(302, Location="http://169.254.169.254/"),
    }  # fmt: skip
    answers = {f"/{name}/": answer for name, answer in faults.items()}
    names = list(faults)
    for number in range(count):
        if number % 3:
            answers[f"/feed/{number}/"] = feed(*(f"Feed {number}, item {item}" for item in range(20)))
    fetcher = Fetcher("A bench", LOOPBACK, Limits(seconds=10, seconds_of_silence=5))
    with serve(answers) as site:
        for number in range(count):
            path = f"/feed/{number}/" if number % 3 else f"/{names[number // 3 % len(names)]}/{number}"
            source = Source.objects.create(name=f"Source {number}", kind="outlet", grade="C")
            Feed.objects.create(source=source, url=site + path)
        for turn in ("first", "second"):
            start = time.perf_counter()
            with tqdm(total=count, unit=" feeds", disable=None) as progress:
                tally = poll(Feed.objects.filter(is_active=True), fetcher=fetcher, on_progress=progress.update)
            print(f"polling, {turn}: {time.perf_counter() - start:.0f} s. {tally}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sandboxes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"polling: {Report.objects.count():,} reports; {peak:.0f} MiB at the peak (the server of the feeds included), "
        f"{sandboxes:.0f} MiB for the largest process that read a feed",
        flush=True,
    )


def main(reports: int, feeds: int) -> None:
    """Run each measurement in its own process and database."""
    for what, count in (("reports", reports), ("feeds", feeds)):
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {
                "WIRE_VAR_DIR": folder,
                "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
                "DJANGO_SETTINGS_MODULE": "wire.settings",
            }
            command = [sys.executable, "-m", "bench.intake", what, str(count)]
            subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] in (["reports"], ["feeds"]):
        import logging

        import django

        django.setup()
        logging.disable(logging.CRITICAL)
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        (measure_reports if sys.argv[1] == "reports" else measure_feeds)(int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else REPORTS, int(sys.argv[2]) if len(sys.argv) > 2 else FEEDS)
