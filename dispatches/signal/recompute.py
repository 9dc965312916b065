"""Does a published rating follow from its published ledger? Pure, and with nothing to install.

`python -m dispatches.signal FILE.json` asks it of a ledger.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dispatches.signal.rules import RULES_VERSION, Rung, Why, rung_of


def recompute(ledger: Mapping[str, Any]) -> list[str]:
    """Rate a dispatch anew from its public ledger (`<slug>.signal.json`); a sentence for each thing that differs.

    Raises KeyError, TypeError or ValueError where the document is no such ledger.
    """
    said = ledger["signal"]
    differences = []
    if ledger["rules"] != RULES_VERSION:
        differences.append(f"It was rated by rules {ledger['rules']}; these are rules {RULES_VERSION}.")
    counted = {report["origin"] for report in ledger["reports"] if report["why"] is None}
    origins = {origin["number"]: origin for origin in ledger["origins"]}
    if counted != origins.keys():
        differences.append(f"The reports add the origins {sorted(counted)}; it lists {sorted(origins)}.")
    if said["origins"] != len(counted):
        differences.append(f"It says {said['origins']} independent origins; the reports add {len(counted)}.")

    is_disputed = bool(counted) and any(report["why"] == Why.CONTRADICTS for report in ledger["reports"])
    if said["is_disputed"] != is_disputed:
        differences.append(f"It is {'' if is_disputed else 'not '}disputed by its reports, and says otherwise.")
    reliable = sum(bool(origin["is_reliable"]) for origin in origins.values())
    has_record = any(origin["is_record"] for origin in origins.values())
    rung = rung_of(len(counted), reliable, has_record)
    if is_disputed:
        rung = min(rung, Rung.DEVELOPING)
    stated = Rung[str(said["rung"]).upper()]
    if stated != rung and not (said["is_held"] and stated < rung):
        differences.append(f"It says {stated.word}; its origins make it {rung.word}.")
    return differences


def main(arguments: list[str]) -> int:
    """`python -m dispatches.signal FILE.json`: does a published rating follow from its published ledger?"""
    if len(arguments) != 1:
        print("Usage: python -m dispatches.signal FILE.json (a dispatch's address with .signal.json at its end)")
        return 2
    try:
        ledger = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        differences = recompute(ledger)
    except OSError as error:
        print(f"{arguments[0]} can't be read: {error.strerror}.")
        return 2
    except (ValueError, KeyError, TypeError) as error:
        print(f"{arguments[0]} is no public ledger of a dispatch ({error!r}).")
        return 2
    for difference in differences:
        print(difference)
    if not differences:
        said = ledger["signal"]
        plural = "" if said["origins"] == 1 else "s"
        held = ", held down by the desk" if said["is_held"] else ""
        print(f"agrees: {said['rung']} from {said['origins']} independent origin{plural}{held}")
    return 1 if differences else 0
