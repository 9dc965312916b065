"""Alter published ledgers: whoever checks one finds every alteration, unless the altered ledger rates the same."""

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

from claims import document_of, draw_dispatch

from dispatches.signal.published import public_upgrades, reliability_required
from dispatches.signal.recompute import recompute
from dispatches.signal.rules import Exclusion, Rung, Stance, rung_of
from sources.independence import Basis
from tests.trust.tally import Tally

Document = dict[str, Any]

# Exclusions that follow from the edges. That a source is ungraded is only stated.
BY_EDGES = {Exclusion.SAME_SOURCE, Exclusion.SAME_OWNER, Exclusion.RELAYS, Exclusion.PROPOSED}
CHOICES: dict[str, list[Any]] = {
    "stance": [each.value for each in Stance],
    "basis": [each.value for each in Basis] + [None],
    "why": [each.value for each in Exclusion] + [None],
    "origin": [None, 1, 2, 3, 4],
    "rung": [each.word for each in Rung],
    "kind": ["event", "statement"],
}
FLAGS = ["is_proposed", "is_party", "is_retracted", "is_resolved", "is_disputed", "is_held", "has_record"]
# Stated or derived, never an input of the rules: any other value contradicts the rest.
DERIVED = {"rung", "origins", "origin", "is_disputed", "reliability.origins", "has_record", "code"}


def tamper_with_ledgers(count: int, seed: int) -> Tally:
    """Alter `count` random ledgers, each in one place, and forge origins in each that has a report to forge."""
    tally, random = Tally(), Random(seed)
    for number in range(count):
        published = document_of(draw_dispatch(random).signal())
        _note(tally, not recompute(published), f"{number}: a published ledger is said to differ", published)
        name, altered = _alter(random, published)
        if altered != published:
            found = _differences(altered)
            same = [_signal(claim) for claim in _claims(altered)] == [_signal(claim) for claim in _claims(published)]
            holds = bool(found) or (same and name not in DERIVED)
            _note(tally, holds, f"{number}: another {name} is not found", altered)
            tally.counts["altered"] += 1
            tally.counts["altered, and rated the same"] += not found
        for forged in _forge_origins(published):
            _note(tally, bool(_differences(forged)), f"{number}: forged origins are not found", forged)
            tally.counts["forged origins"] += 1
    return tally


def _note(tally: Tally, holds: bool, failure: str, document: Document) -> None:
    tally.note(holds, lambda: f"{failure}: {json.dumps(document)}")


def _differences(document: Document) -> list[str]:
    try:
        return recompute(document)
    except (KeyError, TypeError, ValueError) as error:
        return [repr(error)]


def _claims(document: Document) -> list[Document]:
    return [document, *document["developments"]]


def _signal(claim: Document) -> dict[str, Any]:
    return {name: claim.get("signal", claim).get(name) for name in ("rung", "origins", "is_disputed", "is_held")}


def _alter(random: Random, published: Document) -> tuple[str, Document]:
    """Change one random value of a copy of a ledger. Returns the name of the field, and the copy."""
    document = copy.deepcopy(published)
    claim = random.choice(_claims(document))
    ids = [each["id"] for kind in ("reports", "sources") for each in claim[kind]] + [None]
    places: list[tuple[Document, str]] = [(document, "kind"), *_values_in(claim.get("signal", claim))]
    places += [(claim["reliability"], "origins"), (claim["reliability"], "has_record")]
    places += [(each, "code") for each in claim["upgrades"]]
    places += [(source, "group") for source in claim["sources"]]
    places += [(report, name) for report in claim["reports"] for name in report if name not in ("id", "name", "url")]
    # Most places are of reports, so draw what to alter first.
    name = random.choice(sorted({name for _, name in places} - {"explanation", "at"}))
    place, _ = random.choice([each for each in places if each[1] == name])
    others: list[Any] = {
        "relays": ids,
        "source": [each["id"] for each in claim["sources"]] + [None],
        "group": [each["id"] for each in claim["groups"]] + [None],
        "origins": [place.get("origins", 0) + 1, max(place.get("origins", 0) - 1, 0)],
        "code": ["resolve", "release", "origin", "reliable", "third-or-record", "second-reliable"],
    }.get(name, CHOICES.get(name, []))
    place[name] = (not place[name]) if name in FLAGS else random.choice(others)
    return ("reliability.origins" if name == "origins" and place is claim["reliability"] else name), document


def _values_in(signal: Document) -> Iterator[tuple[Document, str]]:
    yield from ((signal, name) for name in ("rung", "origins", "is_disputed", "is_held") if name in signal)


def _forge_origins(published: Document) -> Iterator[Document]:
    """Yield ledgers that call a report an origin that adds none, for each claim, with all numbers to match."""
    for number, original in enumerate(_claims(published)):
        if not any(report["why"] in BY_EDGES for report in original["reports"]):
            continue
        document = copy.deepcopy(published)
        claim = _claims(document)[number]
        origins = 0
        for report in claim["reports"]:
            if report["why"] in BY_EDGES:
                report["why"] = None
            if report["why"] is None:
                origins += 1
                report["origin"] = origins
        signal = claim.get("signal", claim)
        rung = rung_of(origins, origins, has_record=False)
        rung = min(rung, Rung.DEVELOPING) if signal["is_disputed"] else rung
        signal |= {"rung": rung.word, "origins": origins}
        if "is_held" in signal:
            signal["is_held"] = False
        claim["reliability"] = reliability_required(rung, origins)._asdict()
        ways = public_upgrades(rung, origins, signal["is_disputed"], is_held=False)
        claim["upgrades"] = [{"code": code} for code in ways]
        yield document
