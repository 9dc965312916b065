"""Check that a published rating follows from its published ledger. Pure; needs no installed packages.

`python -m dispatches.signal FILE.json` runs it. Independence and rating are computed from the edges by the rules
themselves (`sources/independence.py`, `rules.py`); `documents.py` says what is taken as stated.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dispatches.signal.documents import PublishedClaim, PublishedReport, read_claims, values_of
from dispatches.signal.published import Entry, account_for, public_upgrades, reason_of_itself, reliability_required
from dispatches.signal.rules import RULES_VERSION, Claim, Exclusion, Rating, Rung, Stance, rate, rung_of


def recompute(ledger: Mapping[str, Any]) -> list[str]:
    """Rate a dispatch and its developments from its public ledger. Returns a sentence for each difference.

    Raises KeyError, TypeError or ValueError if the document is not a ledger, or an id in it leads nowhere.
    """
    differences = []
    if ledger["rules"] != RULES_VERSION:
        differences.append(f"It was rated under rules {ledger['rules']}; this is rules {RULES_VERSION}.")
    for claim in read_claims(ledger):
        differences += [f"{claim.title}: {difference}" for difference in _check(claim)]
    return differences


def _check(claim: PublishedClaim) -> Iterator[str]:
    # Whether a held Signal would need a record is not published, so it may have one.
    has_record = claim.reliability.has_record or (claim.is_held and claim.origins == 2)
    cited, facts = values_of(claim, has_record)
    rating = rate(Claim(cited, claim.kind), *facts)
    is_hidden = any(report.may_add for report in claim.reports)
    adding = {verdict.report for verdict in rating.verdicts if verdict.why is None}
    if not adding and not is_hidden:
        # If every lineage is unknown, they count as one origin together.
        unknown = [each.report for each in rating.verdicts if each.why is Exclusion.LINEAGE_UNKNOWN]
        adding = {*unknown[:1]}

    stated = {n: each.why for n, each in enumerate(claim.reports, 1) if each.is_stated and each.why is not None}
    entries = account_for(range(1, len(claim.reports) + 1), rating, adding, stated)
    for report, entry in zip(claim.reports, entries, strict=True):
        yield from _check_report(report, entry, rating.is_disputed)

    if claim.origins != len(adding):
        yield f"it states {_origins(claim.origins)}, but its reports add {len(adding)}."
    if claim.is_disputed != rating.is_disputed:
        yield f"its reports make it {'disputed' if rating.is_disputed else 'undisputed'}, but it states the opposite."
    earned = _earned(rating, len(adding), has_record) if is_hidden else rating.rung
    if claim.is_held and not Rung.DEVELOPING <= claim.rung < earned:
        yield f"it states that {claim.rung.word} is held down, but its origins make it {earned.word}."
    elif not claim.is_held and claim.rung != earned:
        yield f"it states {claim.rung.word}, but its origins make it {earned.word}."
    if claim.reliability != reliability_required(claim.rung, claim.origins):
        yield f"{claim.rung.word} from {_origins(claim.origins)} requires another reliability than it states."
    if [*claim.upgrades] != public_upgrades(claim.rung, claim.origins, claim.is_disputed, claim.is_held):
        yield "what would raise it is not what it states."


def _earned(rating: Rating, origins: int, has_record: bool) -> Rung:
    """Return the rating of so many origins if reports whose share is stated may make any of them reliable."""
    rung = rung_of(origins, origins, has_record)
    return min(rung, Rung.DEVELOPING) if rating.is_disputed else rung


def _check_report(report: PublishedReport, entry: Entry, is_disputed: bool) -> Iterator[str]:
    name, said = f"{report.id} ({report.name})", Entry(report.origin, report.why)
    if report.is_stated:
        reason = reason_of_itself(report.stance, report.is_retracted, report.is_resolved, is_disputed)
        allowed: set[Exclusion | None] = {reason}
        if reason is Exclusion.NO_NEW_ORIGIN and report.stance is Stance.SUPPORTS:
            allowed |= {None, Exclusion.GRADED_OUT, Exclusion.OURS} if report.is_named else {None}
        if reason is Exclusion.CONTRADICTS and report.is_named:
            allowed.add(Exclusion.PROPOSED_CONTRADICTION)
        if report.why not in allowed:
            yield f"{name} is published as “{said.explanation}” It could only be “{Entry(None, reason).explanation}”"
            return
    if entry != said:
        yield f"{name} is published as “{said.explanation}” Its edges make it “{entry.explanation}”"


def _origins(count: int) -> str:
    return f"{count} independent origin{'' if count == 1 else 's'}"


def main(arguments: list[str]) -> int:
    """Check the ledger in a file, and print the result. Returns the exit status."""
    if len(arguments) != 1:
        print("Usage: python -m dispatches.signal FILE.json (saved from a dispatch's address plus .signal.json)")
        return 2
    try:
        ledger = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        claims, differences = read_claims(ledger), recompute(ledger)
    except OSError as error:
        print(f"{arguments[0]} can't be read: {error.strerror}.")
        return 2
    except (ValueError, KeyError, TypeError) as error:
        print(f"{arguments[0]} is not a dispatch's public ledger ({error!r}).")
        return 2
    for difference in differences:
        print(difference)
    if not differences:
        _print_agreement(claims)
    return 1 if differences else 0


def _print_agreement(claims: list[PublishedClaim]) -> None:
    headline, *developments = claims
    held = ", held down by the desk" if headline.is_held else ""
    print(f"agrees: {headline.rung.word} from {_origins(headline.origins)}{held}")
    if developments:
        print(f"agrees: the Signals of {len(developments)} development{'' if len(developments) == 1 else 's'}")
    stated = sum(report.is_stated for claim in claims for report in claim.reports)
    if stated:
        print(f"taken as stated: the share of {stated} report{'' if stated == 1 else 's'} without edges")
