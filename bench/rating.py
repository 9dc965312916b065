"""Rate claims with five reports each, on one core: `python -m bench.rating`."""

import gc
import time
from statistics import median

from dispatches.signal.rules import Cited, Claim, rate
from sources.independence import Basis, Grade, ReportFacts, SourceFacts

CLAIMS = 20_000
ROUNDS = 7


def make_world() -> tuple[list[Claim], dict[int, ReportFacts], dict[int, SourceFacts]]:
    """Return typical claims: an agency's report, two relays of it, an independent report, one of unknown lineage."""
    sources = {n: SourceFacts(n, f"source {n}", list(Grade)[n % 3]) for n in range(200)}
    reports: dict[int, ReportFacts] = {}
    claims = []
    for n in range(CLAIMS):
        first = 5 * n
        reports |= {
            first: ReportFacts(first, n % 200, Basis.OWN_REPORTING),
            first + 1: ReportFacts(first + 1, (n + 1) % 200, Basis.RELAY, relays=first),
            first + 2: ReportFacts(first + 2, (n + 2) % 200, Basis.RELAY, credits=n % 200),
            first + 3: ReportFacts(first + 3, (n + 3) % 200, Basis.OWN_REPORTING),
            first + 4: ReportFacts(first + 4, (n + 4) % 200, Basis.UNKNOWN),
        }
        claims.append(Claim(tuple(Cited(first + k) for k in range(5))))
    return claims, reports, sources


def measure() -> float:
    """Return the median rate of several rounds, in claims per second."""
    claims, reports, sources = make_world()
    gc.freeze()
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for claim in claims:
            rate(claim, reports, sources)
        rates.append(CLAIMS / (time.perf_counter() - start))
    return median(rates)


if __name__ == "__main__":
    print(f"rating: {measure():,.0f} claims of 5 reports a second on one core (goal 50,000)")
