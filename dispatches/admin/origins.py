"""List the origins behind a claim by name, with how each knows, and the reports that add nothing to them.

Users who may see confidential sources see how the rules counted. All others see what readers would be told: an
exclusion may reveal a confidential source.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import User

from dispatches.models import Citation
from dispatches.public.ledger import LedgerLine
from dispatches.signal.rules import EXCLUSION_LABELS, Exclusion, Rating
from sources.independence import ReportFacts, SourceFacts, origin_of
from sources.models import Owner, Report, Source
from sources.models.reports import BASIS_CHOICES

# How a report relates to an origin that is already counted.
ALSO = {
    Exclusion.SAME_SOURCE: "the same source again",
    Exclusion.SAME_OWNER: "under the same owner",
    Exclusion.RELAYS: "relays it",
    Exclusion.PROPOSED: "seems to relay it; not decided yet",
}


@dataclass(frozen=True, slots=True)
class Party:
    """The source of a cited report, and in words how it knows, or why it does not count."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class CountedOrigin:
    """An origin that counts, and the cited reports that lead to it but add nothing."""

    name: str
    words: str
    also: list[Party] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Standing:
    """The origins that count, and the reports that neither count nor lead to one of them."""

    origins: list[CountedOrigin]
    others: list[Party]


def standing_for_desk(
    citations: Sequence[Citation],
    rating: Rating,
    facts: tuple[dict[int, ReportFacts], dict[int, SourceFacts]],
    user: User,
) -> Standing:
    """Return the standing of a claim's citations as the rules counted them, with every name."""
    reports, sources = facts
    known = {citation.report.source_id: citation.report.source for citation in citations}
    known |= Source.objects.in_bulk(sources.keys() - known.keys()) if sources.keys() - known.keys() else {}
    counted: dict[str | None, CountedOrigin] = {}
    rows = list(zip(citations, rating.verdicts, strict=True))
    for citation, verdict in rows:
        if verdict.why is None:
            counted[verdict.key] = _origin(citation, reports, known)
    joined = {citation.report.source.owner_id for citation, verdict in rows if verdict.why is Exclusion.SAME_OWNER}
    owners = Owner.objects.in_bulk(joined) if joined and user.has_perm("sources.view_owner") else {}
    others = []
    for citation, verdict in rows:
        why, name = verdict.why, name_of(citation.report.source)
        if why is None:
            continue
        if why in ALSO and verdict.key in counted:
            owner = owners.get(citation.report.source.owner_id) if why is Exclusion.SAME_OWNER else None
            counted[verdict.key].also.append(Party(name, f"{ALSO[why]} ({owner})" if owner else ALSO[why]))
        else:
            others.append(Party(name, EXCLUSION_LABELS[why]))
    return Standing(list(counted.values()), others)


def standing_for_readers(citations: Sequence[Citation], lines: Sequence[LedgerLine]) -> Standing:
    """Return the standing as the public ledger tells it. `lines` are those of the accepted citations."""
    accepted = [citation for citation in citations if citation.report.review == Report.Review.ACCEPTED]
    counted: dict[int | None, CountedOrigin] = {}
    rows = list(zip(accepted, lines, strict=True))
    for citation, line in rows:
        if line.why is None:
            words = citation.report.get_basis_display() if line.is_named else ""
            counted[line.origin] = CountedOrigin(line.source, words)
    others = []
    for _, line in rows:
        if line.why in ALSO and line.origin in counted:
            counted[line.origin].also.append(Party(line.source, ALSO[line.why]))
        elif line.why is not None:
            others.append(Party(line.source, EXCLUSION_LABELS[line.why]))
    return Standing(list(counted.values()), others)


def name_of(source: Source) -> str:
    return f"{source} (readers: {source.public_name})" if source.is_confidential else str(source)


def _origin(citation: Citation, reports: dict[int, ReportFacts], known: dict[int, Source]) -> CountedOrigin:
    own = citation.report.source
    facts = reports[citation.report_id]
    origin, through = origin_of(facts, reports)
    if origin is None or origin == own.pk:
        return CountedOrigin(name_of(own), citation.report.get_basis_display())
    seems = "which seems to relay it" if facts.is_proposed else "which relays it"
    if not through:
        return CountedOrigin(name_of(known[origin]), f"credited by {name_of(own)}, {seems}")
    last = reports[through[-1]]
    basis = dict(BASIS_CHOICES)[last.basis] if last.source == origin else "Credited"
    return CountedOrigin(name_of(known[origin]), f"{basis}, through {name_of(own)}, {seems}")
