"""Check that a published rating follows from its published ledger. Pure; needs no installed packages.

`python -m dispatches.signal FILE.json` runs it on a ledger.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dispatches.signal.rules import RULES_VERSION, Exclusion, Rung, rung_of


def recompute(ledger: Mapping[str, Any]) -> list[str]:
    """Rate a dispatch from its public ledger (`<slug>.signal.json`). Returns a sentence for each difference.

    Raises KeyError, TypeError or ValueError if the document is not a ledger.
    """
    said = ledger["signal"]
    differences = []
    if ledger["rules"] != RULES_VERSION:
        differences.append(f"It was rated under rules {ledger['rules']}; this is rules {RULES_VERSION}.")
    counted = {report["origin"] for report in ledger["reports"] if report["why"] is None}
    if counted != {*range(1, len(counted) + 1)}:
        differences.append(f"Its reports add the origins {sorted(counted)}, which are not numbered from 1.")
    if said["origins"] != len(counted):
        differences.append(f"It states {said['origins']} independent origins, but its reports add {len(counted)}.")

    is_disputed = bool(counted) and any(report["why"] == Exclusion.CONTRADICTS for report in ledger["reports"])
    if said["is_disputed"] != is_disputed:
        differences.append(
            f"Its reports make it {'disputed' if is_disputed else 'undisputed'}, but it states the opposite."
        )
    reliability = ledger["reliability"]
    rung = rung_of(len(counted), int(reliability["origins"]), bool(reliability["has_record"]))
    if is_disputed:
        rung = min(rung, Rung.DEVELOPING)
    stated = Rung[str(said["rung"]).upper()]
    if stated != rung and not (said["is_held"] and stated < rung):
        differences.append(f"It states {stated.word}, but its origins make it {rung.word}.")
    return differences


def main(arguments: list[str]) -> int:
    """Check the ledger in a file, and print the result. Returns the exit status."""
    if len(arguments) != 1:
        print("Usage: python -m dispatches.signal FILE.json (saved from a dispatch's address plus .signal.json)")
        return 2
    try:
        ledger = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        differences = recompute(ledger)
    except OSError as error:
        print(f"{arguments[0]} can't be read: {error.strerror}.")
        return 2
    except (ValueError, KeyError, TypeError) as error:
        print(f"{arguments[0]} is not a dispatch's public ledger ({error!r}).")
        return 2
    for difference in differences:
        print(difference)
    if not differences:
        said = ledger["signal"]
        plural = "" if said["origins"] == 1 else "s"
        held = ", held down by the desk" if said["is_held"] else ""
        print(f"agrees: {said['rung']} from {said['origins']} independent origin{plural}{held}")
    return 1 if differences else 0
