"""Measure what a reader's page costs: `python -m bench.serving [COUNT …]`, with 10,000 and 1,000,000 dispatches.
Everything is measured in one run on one core (the load comes from another) with one worker, in alternating windows,
and reported as a ratio: to bare granian sending the same bytes, to nginx sending them from files, and to a plain
Django site on the same data, with and without Django's per-site cache. Needs `wrk`, and for some rows `nginx` with
its brotli module (on Debian: wrk nginx libnginx-mod-http-brotli-static); says what it skips. With
POSTGRESQL=postgres://user@host:5432 readers' pages are measured there too, in databases wire_bench_COUNT. Writes
bench/results.md.
"""

import base64
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.corpus import ensure, ensure_on
from bench.goals import Report
from bench.paths import measure_paths
from bench.rates import Rates, Row, measure_latency, measure_rates, p
from bench.servers import BIN, ROOT, fetch, fetch_recompressed, granian, has_nginx, ours, serve, serve_nginx

RESULTS = ROOT / "bench" / "results.md"
SIZES = [10_000, 1_000_000]


def measure_weights(report: Report) -> None:
    """Measure the size of the demo's pages, which are in English."""
    with tempfile.TemporaryDirectory() as name:
        environment = {"WIRE_VAR_DIR": name, "DATABASE_URL": f"sqlite:///{name}/demo.sqlite3"}
        for command in (["migrate"], ["collectstatic", "--noinput"], ["load_demo"]):
            subprocess.run(
                [BIN / "python", "manage.py", *command, "--verbosity", "0"],
                cwd=ROOT,
                env=os.environ | environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        with serve(granian("wire.wsgi:start"), "/healthz", **environment) as server:
            index = fetch(server, "/sitemap.xml")[2]
            parts = [part.decode() for part in re.findall(rb"<loc>https?://[^/]+(/sitemaps/\d+\.xml)</loc>", index)]
            listed = [
                path
                for part in parts
                for path in re.findall(rb"<loc>https?://[^/]+(/wire/[^<]+)</loc>", fetch(server, part)[2])
            ]
            articles = {path.decode(): _count_words(fetch(server, path.decode())[2]) for path in listed}
            longest = max(articles, key=lambda path: articles[path])
            style = re.search(rb'rel="stylesheet" href="([^"]+)"', fetch(server, "/")[2])[1].decode()  # type: ignore[index]
            at_most = [("list", "/wire/", 6), (f"article of {articles[longest]} words", longest, 4)]
            for kind, path, bound in at_most:
                at_first = len(fetch(server, path, Accept_Encoding="br")[2]) / 1_000
                report.add(f"{kind}: sent (br) at first", f"{at_first:.2f} kB")
                sent = len(fetch_recompressed(server, path)[2]) / 1_000
                report.at_most(f"{kind}: sent (br) once it has stood for five seconds", sent, bound, "kB")
            sent = len(fetch(server, style, Accept_Encoding="br")[2]) / 1_000
            report.at_most("style sheet: sent (br)", sent, 5, "kB")


def _count_words(page: bytes) -> int:
    prose = re.search(r'<div class="prose">(.*?)</div>', page.decode(), re.DOTALL)
    return len(re.sub(r"<sup>.*?</sup>|<[^>]+>", " ", prose[1]).split()) if prose else 0


def measure_pages(database: str, report: Report) -> None:
    """Measure rates and sizes of cached and uncached pages, beside the limits and the peers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "www").mkdir()
        with ours(database) as cached:
            first = fetch(cached, "/wire/")[2]
            article = re.search(rb'card-headline"><a href="([^"]+)"', first)[1].decode()  # type: ignore[index]
            pages = {"list": "/wire/", "article": article}
            etag, same = "", {}
            for kind, address in pages.items():
                _, headers, body = fetch_recompressed(cached, address)
                own = {name: value for name, value in headers.items() if name not in {"server", "date"}}
                same[f"/{kind}"] = ["200 OK", list(own.items()), base64.b64encode(body).decode()]
                for file in (f"{kind}.html.br", f"{kind}.html"):
                    (folder / "www" / file).write_bytes(body)
                etag = etag or headers["etag"]
            _, headers, _ = fetch(cached, pages["list"], Accept_Encoding="br", If_None_Match=etag)
            own = {name: value for name, value in headers.items() if name not in {"server", "date"}}
            same["/304"] = ["304 Not Modified", list(own.items()), ""]
            (folder / "pages.json").write_text(json.dumps(same))
            br = {"Accept-Encoding": "br"}
            limit, limits, peer = (
                granian("bench.limit:application"),
                granian("bench.limit:application", 2),
                granian("bench.peer:application"),
            )
            with (
                ours(database, WIRE_PAGE_CACHE_MB="0") as made,
                serve(limit, "/list", BENCH_PAGES=str(folder / "pages.json")) as bare,
                serve(limits, "/list", BENCH_PAGES=str(folder / "pages.json")) as bare_pair,
                ours(database, workers=2) as pair,
                serve(peer, "/list", DATABASE_URL=database) as plain,
                serve(peer, "/list", DATABASE_URL=database, BENCH_PEER_CACHE="1") as peer_cached,
            ):
                slug = article.rstrip("/").rsplit("/", 1)[1]
                rows = [
                    *(
                        row
                        for kind, address in pages.items()
                        for row in (
                            Row(f"bare {kind}", bare, f"/{kind}", br),
                            Row(f"cached {kind}", cached, address, br),
                        )
                    ),
                    Row("bare list, two workers", bare_pair, "/list", br),
                    Row("cached list, two workers", pair, pages["list"], br),
                    Row("304", cached, pages["list"], br | {"If-None-Match": etag}),
                    Row("bare 304", bare, "/304", br),
                    *(Row(f"made {kind}", made, address, {}) for kind, address in pages.items()),
                    Row("made robots.txt", made, "/robots.txt", {}),
                    *(Row(f"plain Django {kind}", plain, each, {}) for kind, each in _peer_pages(slug)),
                    *(Row(f"Django's cache {kind}", peer_cached, each, {}) for kind, each in _peer_pages(slug)),
                ]
                from_file = {"etag", "content-type", "content-length", "content-encoding", "last-modified", "vary"}
                added = {name: value for name, value in same["/list"][1] if name not in from_file}
                if has_nginx():
                    with serve_nginx(folder, cached.port, added) as nginx:
                        rows.append(Row("nginx list", nginx, "/files/list.html", br))
                        rows.append(Row("behind nginx list", nginx, "/wire/", br))
                        rates = measure_rates(rows)
                else:
                    print("  nginx or its brotli module is not installed: skipping its rows", file=sys.stderr)
                    rates = measure_rates(rows)
                _tell_rates(report, rates)
                for address in pages.values():
                    measure_latency(pair, [address] * 100)
                report.at_most("memory of two workers, all in all", pair.memory(), 120, "MB")


def _peer_pages(slug: str) -> list[tuple[str, str]]:
    return [("list", "/list"), ("article", f"/article/{slug}")]


def _tell_rates(report: Report, rates: Rates) -> None:
    for row in rates:
        report.add(f"{row}: requests a second", f"{rates.of(row):,.0f}")
    for kind in ("list", "article"):
        report.at_least(f"cached {kind} / bare granian", rates.ratio(f"cached {kind}", f"bare {kind}"), 0.95)
        report.at_least(f"cached {kind} / Django's cache", rates.ratio(f"cached {kind}", f"Django's cache {kind}"), 7)
    # The cost of two processes, each with its own cache, sharing one core.
    pair = rates.ratio("cached list, two workers", "bare list, two workers")
    report.at_least("cached list / bare granian, two workers each on the one core", pair, 0.95)
    report.at_least("304 / its 200", rates.ratio("304", "cached list"), 1.2)
    report.add("bare 304 / its 200", f"{rates.ratio('bare 304', 'bare list'):.2f}")
    if "nginx list" in rates:
        report.at_least("behind nginx / nginx's own files", rates.ratio("behind nginx list", "nginx list"), 0.9)
    for kind, limit, of_plain in (("list", 0.10, 35), ("article", 0.13, 12)):
        report.at_least(f"made {kind} / bare granian", rates.ratio(f"made {kind}", f"bare {kind}"), limit)
        report.at_least(f"made {kind} / plain Django", rates.ratio(f"made {kind}", f"plain Django {kind}"), of_plain)
    # A trivial page: what remains is the cost of handling a request.
    report.add("made robots.txt / bare granian", f"{rates.ratio('made robots.txt', 'bare list'):.2f}")


def main(sizes: list[int]) -> None:
    if not shutil.which("wrk"):
        raise SystemExit("This needs wrk; on Debian: apt-get install wrk")
    from bench.visibility import measure_visibility

    subprocess.run(
        [BIN / "python", "manage.py", "collectstatic", "--noinput", "--verbosity", "0"], cwd=ROOT, check=True
    )
    databases = {size: f"sqlite:///{ensure(size, ROOT / 'var' / 'bench')}" for size in sizes}
    report = Report()
    measure_weights(report)
    measure_pages(databases[sizes[0]], report)
    report.at_most("commit → seen by every worker, 99th percentile", p(measure_visibility(), 99), 10, "ms")
    measure_paths(report, databases)
    if server := os.environ.get("POSTGRESQL"):
        measure_paths(report, {size: ensure_on(server, size) for size in sizes}, " on PostgreSQL")
    text = report.as_markdown()
    missed = sum(each.is_met is False for each in report.goals)
    model = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    machine = f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    head = f"Measured on {time.strftime('%Y-%m-%d')}: {machine}. {missed} of the goals were not met."
    RESULTS.write_text(f"# What a page costs\n\n`make bench` writes this. {head}\n\n{text}\n")
    print(f"\n{head}\n\n{text}")


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or SIZES)
