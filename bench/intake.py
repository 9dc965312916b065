"""How fast reports come in, and what hostile feeds cost: `python -m bench.intake [REPORTS] [FEEDS]`.

**Reports.** They are taken in by the desk's verb, each looked at for copies, credits and bylines, 1,500 a day; every
fifth is a copy of one of the day before. Whether the cost grows with the history is told by the last tenth's time
against the second's.

**Feeds.** They are served from this machine: two thirds in order; the others slow, trickling, endless, bombs, loops,
pages and errors. Polled twice: nothing is new the second time.
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
SOURCES = 50
SEED = 20261124


def measure_reports(count: int) -> None:
    """Take in `count` reports in an empty database; print how many a second, at first and at last."""
    from django.utils import timezone

    from dispatches import desk
    from sources.intake.items import make_item
    from sources.models import Fingerprint, Proposal, Report, Source

    chance = random.Random(SEED)  # noqa: S311 (no secret)
    sources = [Source.objects.create(name=f"Outlet {n}", kind="outlet", grade="B") for n in range(SOURCES)]
    words = [f"{chance.choice('bcdfghklmnprstvz')}{chance.choice('aeiou')}{n}" for n in range(20_000)]
    # A few words are common, most are rare, as in any language.
    weights = [1 / (n + 20) for n in range(len(words))]
    begin = timezone.now() - timedelta(days=count / A_DAY + 1)
    texts: list[str] = []
    seconds, batch = [], 50
    for first in range(0, count, batch):
        items = []
        for number in range(first, min(count, first + batch)):
            if number % 5 == 4 and len(texts) > A_DAY:
                text = f"Edition {number}. {chance.choice(texts[-A_DAY:])}"
            else:
                text = " ".join(chance.choices(words, weights, k=chance.randint(60, 300)))
            texts.append(text)
            said_at = begin + timedelta(days=number / A_DAY)
            items.append(make_item(title=f"Report {number}", text=text, external_id=str(number), said_at=said_at))
        start = time.perf_counter()
        desk.receive(source=sources[(first // batch) % SOURCES], items=items)
        seconds.append((time.perf_counter() - start) / len(items))
        del texts[: -2 * A_DAY]
    tenth = max(1, len(seconds) // 10)
    early, late = (sum(part) / len(part) for part in (seconds[tenth : 2 * tenth], seconds[-tenth:]))
    print(
        f"intake: {Report.objects.count():,} reports, {len(seconds) * batch / (sum(seconds) * batch):,.0f} a second; "
        f"{Proposal.objects.count():,} proposals ({count // 5 - A_DAY // 5:,} copies), "
        f"{Fingerprint.objects.count():,} fingerprints; the last tenth costs {late / early:.2f} × the second",
        flush=True,
    )


def measure_feeds(count: int) -> None:
    """Poll `count` feeds of this machine twice; print the time, the memory, and what came of it."""
    from tqdm import tqdm

    from dispatches.polling import poll
    from sources.intake.fetching import Fetcher, Limits
    from sources.models import Feed, Report, Source
    from tests.serving import LOOPBACK, bomb, endless, feed, say, serve, silence, trickle

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
    """Each in a process and a database of its own."""
    for what, count in (("reports", reports), ("feeds", feeds)):
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {
                "WIRE_VAR_DIR": folder,
                "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
                "DJANGO_SETTINGS_MODULE": "wire.settings",
            }
            command = [sys.executable, "-m", "bench.intake", what, str(count)]
            subprocess.run(command, env=environment, check=True)  # noqa: S603 (this module)


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
