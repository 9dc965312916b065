"""Measure an uncached page of every kind, and searches, on wires of several sizes."""

import os
import re
import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from urllib.parse import quote

from bench.corpus import Words
from bench.goals import Report
from bench.rates import ROUNDS, measure_latency, p
from bench.servers import LOAD_CORE, Server, fetch, ours

PATHS = {
    "Top Stories": "/",
    "a section": "/sections/ledger/",
    "a story": "/stories/story-0/",
    "Strong and above": "/wire/?signal=strong",
    "Disputed": "/wire/?signal=disputed",
    "corrections": "/corrections/",
    "the Signal and its record": "/signal/",
    "the feed": "/feeds/wire.atom",
    "the feed of a section": "/feeds/sections/ledger.json",
    "the feed of a story": "/feeds/stories/story-0.rss",
    "the feed of corrections": "/feeds/corrections.atom",
    "Signals from Confirmed up": "/feeds/signal/confirmed.atom",
    "ninjs list": "/feeds/ninjs.json",
    "sitemap index": "/sitemap.xml",
    "news sitemap": "/news-sitemap.xml",
    "what is new": "/wire/new/?after=0_0",
    "The Wire": "/wire/",
}


def _addresses(server: Server) -> dict[str, str]:
    """Return the address of a page of every kind."""
    first = fetch(server, "/wire/")[2]
    article = re.search(rb'card-headline"><a href="([^"]+)"', first)[1].decode()  # type: ignore[index]
    older, day = "", article[: len("/wire/2026/06/25/")]
    for _ in range(299):
        page = fetch(server, f"/wire/{older}")[2]
        older = re.search(rb'href="(\?before=[^"]+)"', page)[1].decode()  # type: ignore[index]
    return PATHS | {
        "page 300": f"/wire/{older}",
        "a dispatch": article,
        "as it was": f"{article}?at={datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "its history": f"{article}history/",
        "whether it is newer": f"{article}newer/?edition=1",
        "as ninjs": f"{article[:-1]}.json",
        "its ledger": f"{article[:-1]}.signal.json",
        "a day": day,
        "a month": day[: len("/wire/2026/06/")],
        "a sitemap": f"/sitemaps/{day[6:10]}{day[11:13]}.xml",
        "a year": day[: len("/wire/2026/")],
    }


def _searches() -> dict[str, list[str]]:
    words = Words()
    queries = {
        "a rare word": [words.vocabulary[n] for n in range(2_000, 12_000, 50)],
        "some words": [
            " ".join(words.vocabulary[150 + (n * 37 + k * 911) % 3_000] for k in range(1 + n % 3)) for n in range(200)
        ],
        "a common word": [words.vocabulary[n] for n in range(0, 40, 2)],
    }
    return {kind: [f"/search/?q={quote(each)}" for each in asked] for kind, asked in queries.items()}


def measure_paths(report: Report, databases: dict[int, str], where: str = "") -> None:
    """Measure uncached pages of every kind, and searches, on wires of several sizes."""
    with ExitStack() as stack, _on_core(LOAD_CORE):
        servers = {
            size: stack.enter_context(ours(database, WIRE_PAGE_CACHE_MB="0")) for size, database in databases.items()
        }
        addresses = {size: _addresses(server) for size, server in servers.items()}
        taken = {size: dict[str, list[float]]() for size in servers}
        for name in addresses[min(servers)]:
            # Slow ones are repeated less often.
            times = 30 if measure_latency(servers[min(servers)], [addresses[min(servers)][name]] * 3)[-1] < 5 else 3
            for _ in range(ROUNDS):
                for size, server in servers.items():
                    window = statistics.median(measure_latency(server, [addresses[size][name]] * times))
                    taken[size].setdefault(name, []).append(window)
        for size, server in servers.items():
            report.compared(
                f"page 300 / page 1, {size:,}{where}", taken[size]["page 300"], taken[size]["The Wire"], 1.1
            )
            # The second time, when the results' cards are cached, as on a site in use.
            found = {kind: measure_latency(server, asked * 2)[len(asked) :] for kind, asked in _searches().items()}
            _tell_searches(report, size, found, where)
    small, great = min(databases), max(databases)
    if small != great:
        for name, windows in taken[great].items():
            report.compared(f"{name}: {great:,} / {small:,}{where}", windows, taken[small][name], 1.2)


def _tell_searches(report: Report, size: int, found: dict[str, list[float]], where: str) -> None:
    other, common = found["a rare word"] + found["some words"], found["a common word"]
    if size <= 10_000:
        report.at_most(f"search, median, {size:,}{where}", p(other, 50), 3, "ms")
        report.at_most(f"search, 95th percentile, {size:,}{where}", p(other, 95), 20, "ms")
    else:
        report.add(f"search, median, {size:,}{where}", f"{p(other, 50):.1f} ms")
        report.add(f"search, 95th percentile, {size:,}{where}", f"{p(other, 95):.1f} ms")
    bound = 12 if size <= 10_000 else 100
    report.at_most(f"search for a common word, median, {size:,}{where}", p(common, 50), bound, "ms")
    report.add(f"search for a common word, worst, {size:,}{where}", f"{max(common):.1f} ms")


@contextmanager
def _on_core(core: str) -> Iterator[None]:
    """Run on this core, away from the servers."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(core)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
