"""Measure what a reader's page costs: `python -m bench.serving [COUNT …]`, with 10,000 and 1,000,000 dispatches.
Everything is measured in one run on one core (the load comes from another) with one worker, in alternating windows,
and reported as a ratio: to bare granian sending the same bytes, to nginx sending them from files, and to a plain
Django site on the same data, with and without Django's per-site cache. Needs `wrk`, and for some rows `nginx` with
its brotli module (on Debian: wrk nginx libnginx-mod-http-brotli-static); says what it skips. With
POSTGRESQL=postgres://user@host:5432 readers' pages are measured there too, in databases wire_bench_COUNT. Writes
bench/results.md.
"""

import base64
import http.client
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.corpus import Words, ensure, ensure_on

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
RESULTS = ROOT / "bench" / "results.md"
EXAMPLE = ROOT / "deploy" / "nginx.conf"
SIZES = [10_000, 1_000_000]
ROUNDS, SECONDS, CONNECTIONS = 9, 2, 16
SERVER_CORE, LOAD_CORE = "0", "1"


# Servers


@dataclass
class Server:
    """A running server: its address, and its root process."""

    port: int
    process: subprocess.Popen

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def tree(self) -> list[int]:
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    stat = (entry / "stat").read_text()
                except OSError:
                    continue
                children.setdefault(int(stat[stat.rindex(")") + 2 :].split()[1]), []).append(int(entry.name))
        found, rest = [], [self.process.pid]
        while rest:
            found.append(rest.pop())
            rest += children.get(found[-1], [])
        return found

    def memory(self) -> float:
        """Return the proportional set size of all its processes, in MB."""
        total = 0
        for pid in self.tree():
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1])  # type: ignore[index]
        return total / 1024


_ports = iter(range(9101, 9200))


@contextmanager
def serve(command: Callable[[int], list[str]], probe: str, **environment: str) -> Iterator[Server]:
    port = next(_ports)
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command(port)],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    server = Server(port, process)
    try:
        for _ in range(200):
            try:
                if fetch(server, probe)[0] < 500:
                    break
            except OSError:
                pass
            time.sleep(0.1)
        else:
            raise SystemExit(f"{command(port)[0]} does not answer {probe}")
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def granian(application: str, workers: int = 1) -> Callable[[int], list[str]]:
    return lambda port: [
        str(BIN / "granian"),
        *("--interface", "wsgi", "--workers", str(workers), "--blocking-threads", "1", "--backpressure", "64"),
        "--factory" if application.endswith(":start") else "--no-factory",
        *("--port", str(port), "--log-level", "critical", application),
    ]


def ours(database: str, workers: int = 1, **environment: str) -> Any:
    return serve(granian("wire.wsgi:start", workers), "/healthz", DATABASE_URL=database, **environment)


def fetch(server: Server, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return answer


NGINX = """
{modules}
worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  default_type text/html; access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  {example}
}}
"""
# The limit: the same bytes from a file, with the headers that nginx would not send by itself.
FILES = "location /files/ {{ alias {folder}/www/; brotli_static on; types {{ text/html html; }} {headers} }}"


@contextmanager
def serve_nginx(folder: Path, behind: int, same: dict[str, str]) -> Iterator[Server]:
    module = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")

    def command(port: int) -> list[str]:
        headers = " ".join(f'add_header {name} "{value}";' for name, value in same.items())
        example = EXAMPLE.read_text()
        for told, here in {
            "listen 443 ssl http2;": f"listen 127.0.0.1:{port};",
            "127.0.0.1:8000": f"127.0.0.1:{behind}",
            "/var/cache/nginx/wire": f"{folder}/cache",
            "location / {": FILES.format(folder=folder, headers=headers) + "location / {",
        }.items():
            if told not in example:
                raise SystemExit(f"{EXAMPLE} no longer has {told!r}, which stands for something else here.")
            example = example.replace(told, here)
        config = NGINX.format(modules=f"load_module {module};", folder=folder, example=example)
        (folder / "nginx.conf").write_text(f"user {os.environ.get('USER', 'root')};{config}")
        return [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]

    with serve(command, "/files/list.html") as server:
        yield server


def has_nginx() -> bool:
    module = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
    return module.exists() and bool(shutil.which("nginx") or Path("/usr/sbin/nginx").exists())


# Measuring


@dataclass
class Row:
    """A request that is repeated."""

    name: str
    server: Server
    path: str
    headers: dict[str, str]


class Rates(dict[str, list[float]]):
    """Requests per second by row, in alternating windows."""

    def of(self, row: str) -> float:
        return statistics.median(self[row])

    def ratio(self, row: str, to: str) -> float:
        """Return the median of the ratios within each round: a disturbance affects both windows of a round."""
        return statistics.median(one / other for one, other in zip(self[row], self[to], strict=True))


def measure_rates(rows: list[Row]) -> Rates:
    """Measure the rows round-robin, several times; rows to be compared are adjacent."""
    seen = Rates({row.name: [] for row in rows})
    for number in range(ROUNDS + 1):
        for row in rows:
            seconds = 1 if number == 0 else SECONDS
            command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
            for name, value in row.headers.items():
                command += ["-H", f"{name}: {value}"]
            said = subprocess.run(
                [*command, row.server.address(row.path)], capture_output=True, text=True, check=True
            ).stdout
            if "Non-2xx" in said and "if-none-match" not in {name.lower() for name in row.headers}:
                raise SystemExit(f"{row.name} {row.path} does not answer well:\n{said}")
            if number:
                seen[row.name].append(float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]))  # type: ignore[index]
            print(f"\r  round {number}: {row.name:40}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return seen


def measure_latency(server: Server, paths: list[str]) -> list[float]:
    """Return the milliseconds of each request, one after the other, on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    taken = []
    for path in paths:
        start = time.perf_counter()
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        taken.append((time.perf_counter() - start) * 1_000)
        if response.status >= 400:
            raise SystemExit(f"{path} answers {response.status}")
    connection.close()
    return taken


def p(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) * percent // 100, len(values) - 1)]


# Reporting


@dataclass
class Goal:
    """A figure, its description, its goal, and whether it was met."""

    name: str
    value: str
    goal: str
    is_met: bool | None


class Report:
    """All figures, each printed when it is known."""

    def __init__(self) -> None:
        self.goals: list[Goal] = []

    def add(self, name: str, value: str, goal: str = "", is_met: bool | None = None) -> None:
        self.goals.append(Goal(name, value, goal, is_met))
        print(f"  {name}: {value}  {goal}{'  NOT MET' if is_met is False else ''}", file=sys.stderr, flush=True)

    def at_least(self, name: str, value: float, bound: float) -> None:
        self.add(name, f"{value:.2f}", f"≥ {bound:g}", value >= bound)

    def at_most(self, name: str, value: float, bound: float, unit: str) -> None:
        self.add(name, f"{value:.2f} {unit}", f"≤ {bound:g} {unit}", value <= bound)

    def compared(self, name: str, values: list[float], with_: list[float], at_most: float) -> None:
        """Compare milliseconds from alternating windows."""
        ratio = statistics.median(one / other for one, other in zip(values, with_, strict=True))
        self.add(name, f"{ratio:.2f} ({statistics.median(values):.1f} ms)", f"≤ {at_most:g}", ratio <= at_most)

    def as_markdown(self) -> str:
        lines = ["| | | goal | |", "| --- | --- | --- | --- |"]
        for each in self.goals:
            mark = {True: "met", False: "**not met**", None: ""}[each.is_met]
            lines.append(f"| {each.name} | {each.value} | {each.goal} | {mark} |")
        return "\n".join(lines)


def fetch_recompressed(server: Server, path: str) -> tuple[int, dict[str, str], bytes]:
    """Return the page once it has been recompressed (`wire/cache/pagecache.py`)."""
    at_first = len(fetch(server, path, Accept_Encoding="br")[2])
    for _ in range(60):
        answer = fetch(server, path, Accept_Encoding="br")
        if len(answer[2]) < at_first:
            return answer
        time.sleep(0.5)
    raise SystemExit(f"{path} was not recompressed within 30 seconds")


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
            at_most = [("list", "/wire/", 6), (f"article of {articles[longest]} words", longest, 3.5)]
            for kind, path, bound in at_most:
                at_first = len(fetch(server, path, Accept_Encoding="br")[2]) / 1_000
                report.add(f"{kind}: sent (br) at first", f"{at_first:.2f} kB")
                sent = len(fetch_recompressed(server, path)[2]) / 1_000
                report.at_most(f"{kind}: sent (br) once it has stood for five seconds", sent, bound, "kB")
            sent = len(fetch(server, style, Accept_Encoding="br")[2]) / 1_000
            report.at_most("style sheet: sent (br)", sent, 4, "kB")


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
