"""Measure how well relays are found anywhere in a text, for `python -m bench.lineage`.

**Made.** Sentences of bench/texts/relays.toml, with a relay or with something that looks like one, put behind the first
sixty words of an invented report. Whoever wrote the rules wrote them for this bench before: they show that the rules do
what was thought of. No rule was changed because of the frozen half, whose digest stood in the history before the rules.

**Real.** All entries of Wikipedia's current events of 2020 and 2021 that name one of 35 outlets or an agency, labelled
by one reader (bench/texts/relays_real.toml) before the same reader wrote the rules. They have one to four sentences, so
hardly a relay is far from the start; only 34 have one, so a text more or less is three points; and a dozen have an
agency as the origin, which is too few for a share of 98 percent to mean anything.
"""

import gzip
import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from sources.lineage.agencies import Directory
from sources.lineage.credits import LEAD_WORDS, find_credit
from sources.lineage.relays import find_relays, has_own_sources, named_in

TEXTS = Path(__file__).parent / "texts"
# SHA-256 of relays.toml from its first [[frozen]] on. If it differs, the frozen part has been changed.
FROZEN_DIGEST = "e02c8f0bac2a93b6cd91b3c77f72961b94be884664d8092a07f06440776c4080"


class Case(NamedTuple):
    """A text and the keys of the outlets that it relays."""

    text: str
    relays: frozenset[str]


class Score(NamedTuple):
    """The true positives, false positives and false negatives of a set."""

    hits: int
    alarms: int
    misses: int

    @property
    def precision(self) -> float:
        return self.hits / max(1, self.hits + self.alarms)

    @property
    def recall(self) -> float:
        return self.hits / max(1, self.hits + self.misses)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)


def read_made(hosts: list[str]) -> tuple[Directory, dict[str, list[Case]]]:
    """Return the made cases, open and frozen. Each sentence stands in a report of `hosts`, behind its lead."""
    written = (TEXTS / "relays.toml").read_text()
    digest = hashlib.sha256(written[written.index("[[frozen]]") :].encode()).hexdigest()
    if digest != FROZEN_DIGEST:
        raise SystemExit("The frozen part of relays.toml has been changed.")
    table = tomllib.loads(written)
    directory = Directory.of((name, [name]) for name in table["names"])
    hosts = [host for host in hosts if not has_own_sources(host) and not find_relays(host, directory)]
    parts = {
        part: [
            Case(_put_behind_lead(hosts[n % len(hosts)], each["text"]), _keys(each["relays"], directory))
            for n, each in enumerate(table[part])
        ]
        for part in ("open", "frozen")
    }
    return directory, parts


def _put_behind_lead(host: str, sentence: str) -> str:
    words = host.split()
    end = next(
        (n for n, word in enumerate(words, start=1) if n >= LEAD_WORDS and word.endswith((".", ".”"))), len(words)
    )
    return f"{' '.join(words[:end])}\n\n{sentence}\n\n{' '.join(words[end:])}"


def read_real(events: Path) -> tuple[Directory, dict[str, list[Case]]]:
    """Return the labelled entries of the events that name an outlet, open and frozen."""
    table = tomllib.loads((TEXTS / "relays_real.toml").read_text())
    directory = Directory.of((names[0], names) for names in table["names"])
    parts: dict[str, list[Case]] = {"open": [], "frozen": []}
    for text in _texts(events):
        digest = hashlib.sha256(text.encode()).hexdigest()
        labels = table["relays"].get(digest[:16])
        if labels or named_in(text, directory):
            parts["open" if digest[0] < "8" else "frozen"].append(Case(text, _keys(labels or [], directory)))
    return directory, parts


def _texts(events: Path) -> Iterator[str]:
    with gzip.open(events, "rt") as lines:
        for line in lines:
            yield json.loads(line)["text"]


def _keys(names: Iterable[str], directory: Directory) -> frozenset[str]:
    return frozenset(key for name in names if (key := directory.find(name)))


def score_outlets(cases: Iterable[Case], directory: Directory) -> Score:
    """Compare the outlets that are found in each text with those that it relays."""
    hits = alarms = misses = 0
    for text, right in cases:
        found = {credit.keys[0] for credit in find_relays(text, directory)}
        hits += len(found & right)
        alarms += len(found - right)
        misses += len(right - found)
    return Score(hits, alarms, misses)


def score_agencies(cases: Iterable[Case], directory: Directory) -> Score:
    """Score the agencies proposed as origins against those texts that relay one agency and nobody else."""
    hits = alarms = misses = 0
    for text, relays in cases:
        right = next(iter(relays)) if len(relays) == 1 and directory.is_agency(*relays) else None
        credit = find_credit("", text, "", directory)
        found = credit.key if credit and credit.key and directory.is_agency(credit.key) else None
        hits += found is not None and found == right
        alarms += found is not None and found != right
        misses += right is not None and found != right
    return Score(hits, alarms, misses)


def show_misjudged(cases: Iterable[Case], directory: Directory) -> Iterator[str]:
    """Yield what is found in each text that is judged wrongly, for whoever works on the rules."""
    for text, right in cases:
        found = {credit.keys[0] for credit in find_relays(text, directory)}
        if found != right:
            yield f"missed {sorted(right - found)}, alarms {sorted(found - right)}: {text}"


def measure_relays(hosts: list[str], events: Path | None) -> None:
    """Print precision, recall and F1 for outlets relayed and for agencies as origins."""
    sets = {"made sentences": read_made(hosts)}
    if events:
        sets["real entries of Wikipedia's current events"] = read_real(events)
    for name, (directory, parts) in sets.items():
        print(f"\nRelays anywhere in the text: {name}")
        for part, cases in parts.items():
            print(f"  {part}: {len(cases)} texts, {sum(bool(case.relays) for case in cases)} with a relay")
            for what, score in (
                ("outlets relayed", score_outlets(cases, directory)),
                ("an agency as the origin", score_agencies(cases, directory)),
            ):
                print(
                    f"    {what}: precision {score.precision:.3f}, recall {score.recall:.3f}, F1 {score.f1:.3f}"
                    f" ({score.hits} found, {score.alarms} false, {score.misses} missed)"
                )
    if not events:
        print("\nFor real texts, name the file of events: python -m bench.lineage EVENTS.jsonl.gz")
