"""Measure requests per second in alternating windows, and milliseconds per request."""

import http.client
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from bench.servers import LOAD_CORE, Server

ROUNDS, SECONDS, CONNECTIONS = 9, 2, 16


@dataclass
class Row:
    """A request that is repeated."""

    name: str
    server: Server
    path: str
    headers: dict[str, str]


class Rates(dict[str, list[float]]):
    """The requests per second of each row, one figure for each round of measuring."""

    def of(self, row: str) -> float:
        return statistics.median(self[row])

    def ratio(self, row: str, to: str) -> float:
        """Return the median of the ratios within each round: a disturbance affects both windows of a round."""
        return statistics.median(one / other for one, other in zip(self[row], self[to], strict=True))


def measure_rates(rows: list[Row]) -> Rates:
    """Measure each row once per round, in their order, so that rows that are compared see the same disturbances."""
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
