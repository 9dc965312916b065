"""From a working copy to the edition that readers would get of it: rated, rendered, and without a confidential word.

`compose` gives an edition that is not saved. The desk saves it; the preview shows it; nobody else makes one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.text import slugify

from dispatches import prose
from dispatches.crossreferences import resolver
from dispatches.editions import Edition, LedgerLine, PublicDevelopment
from dispatches.models import Citation, Dispatch
from dispatches.signal import Cited, Claim, ClaimKind, Rating, Rung, Stance, Why, rate
from sources.facts import read_facts
from sources.models import Report


@dataclass(frozen=True, slots=True)
class Ratings:
    """The Signal of a dispatch's headline claim, and of each of its developments by id."""

    headline: Rating
    developments: dict[int, Rating]


@dataclass(frozen=True, slots=True)
class Composition:
    """An edition as it would be issued, and the [[references]] in its text that nothing answers to."""

    edition: Edition
    unresolved: tuple[str, ...]


def rate_dispatch(dispatch: Dispatch, citations: Iterable[Citation] | None = None) -> Ratings:
    """Compute the Signal of a working copy from its citations as they are stored now."""
    if citations is None:
        citations = dispatch.citations.all()
    claims: dict[int | None, list[Cited]] = defaultdict(list)
    for citation in citations:
        claims[citation.development_id].append(
            Cited(
                report=citation.report_id,
                stance=Stance(citation.stance),
                is_interested=citation.is_interested,
                is_resolved=bool(citation.resolution),
            )
        )
    reports, sources = read_facts({cited.report for claim in claims.values() for cited in claim})

    def rating(development: int | None, hold: Rung | None = None) -> Rating:
        return rate(Claim(tuple(claims[development]), ClaimKind(dispatch.claim_kind), hold), reports, sources)

    return Ratings(
        headline=rating(None, Rung(dispatch.hold) if dispatch.hold else None),
        developments={development: rating(development) for development in list(claims) if development is not None},
    )


# The reasons that tell of a bond between two sources, and those that a confidential source may be given.
_BONDS = frozenset({Why.SAME_SOURCE, Why.SAME_OWNER, Why.RELAYS})
_OF_ANYBODY = frozenset({Why.CONTEXT, Why.CONTRADICTS, Why.RESOLVED, Why.RETRACTED})


def public_ledger(citations: Sequence[Citation], rating: Rating) -> list[LedgerLine]:
    """The accepted reports behind the headline's claim, in the order of their citation, as readers may know them.

    What the desk has not accepted does not exist for readers. A confidential source never tells whom it relays, who
    owns it or how it is graded, and a named one tells nothing about it: of reports that share an origin, one that is
    named is shown as that origin if there is one, and the others only as adding none.
    """
    verdicts = {verdict.report: verdict for verdict in rating.verdicts}
    accepted = [citation for citation in citations if citation.report.review == Report.Review.ACCEPTED]
    sharing: dict[str, list[Citation]] = defaultdict(list)
    for citation in accepted:
        verdict = verdicts[citation.report_id]
        if verdict.key and (verdict.why is None or verdict.why in _BONDS):
            sharing[verdict.key].append(citation)

    added: list[Citation] = []
    bound_to_confidential: set[int] = set()
    for members in sharing.values():
        counted = [member for member in members if verdicts[member.report_id].why is None]
        if counted:
            # False sorts first: one that is named, and among those the one that was counted.
            added.append(min(members, key=lambda member: (member.report.source.is_confidential, member not in counted)))
        if any(member.report.source.is_confidential for member in members):
            bound_to_confidential.update(member.pk for member in members)
    numbers = {citation.pk: number for number, citation in enumerate(added, start=1)}
    if not numbers and rating.origins:
        # A lineage that is not known still is one origin, if it is all there is.
        lineage_unknown = [c.pk for c in accepted if verdicts[c.report_id].why is Why.LINEAGE_UNKNOWN]
        numbers = {lineage_unknown[0]: 1}

    def why(citation: Citation) -> Why | None:
        if citation.pk in numbers:
            return None
        reason = verdicts[citation.report_id].why
        if citation.pk in bound_to_confidential:
            return Why.NO_NEW_ORIGIN
        if citation.report.source.is_confidential and reason not in _OF_ANYBODY:
            return Why.NO_NEW_ORIGIN
        return reason

    return [
        LedgerLine(
            source=citation.report.source.public_name,
            url="" if citation.report.source.is_confidential else citation.report.url,
            stance=citation.stance,
            origin=numbers.get(citation.pk),
            why=why(citation),
        )
        for citation in accepted
    ]


def compose(
    dispatch: Dispatch,
    *,
    kind: Edition.Kind,
    live_at: datetime,
    note: str = "",
    previous: Edition | None = None,
) -> Composition:
    """Compose the edition that would go live at `live_at` after the previous one.

    A dispatch keeps the date of its address and its time of publication from its previous edition.
    """
    published_at = previous.published_at if previous else live_at
    citations = list(dispatch.citations.select_related("report__source"))
    headline_citations = [citation for citation in citations if citation.development_id is None]
    ratings = rate_dispatch(dispatch, citations)
    rating = ratings.headline
    ledger = public_ledger(headline_citations, rating)
    text = prose.render(dispatch.body, resolver(dispatch.pk, published_at, live_at))
    developments = [
        _public_development(development.at, development.text, ratings.developments.get(development.pk))
        for development in dispatch.developments.all()
    ]
    accepted = {
        citation.report_id: citation.report
        for citation in citations
        if citation.report.review == Report.Review.ACCEPTED
    }
    edition = Edition(
        dispatch=dispatch,
        number=previous.number + 1 if previous else 1,
        kind=kind,
        note=note,
        live_at=live_at,
        dated=previous.dated if previous else timezone.localdate(live_at),
        slug=dispatch.slug or slugify(dispatch.headline)[:100].strip("-"),
        published_at=published_at,
        moved_at=max((development.at for development in developments), default=published_at),
        section=dispatch.section,
        story=dispatch.story.slug if dispatch.story else "",
        headline=dispatch.headline,
        byline=dispatch.byline or settings.WIRE_DESK_NAME,
        tldr=dispatch.tldr,
        body_html=text.html,
        references=list(text.references),
        developments=[development.as_json() for development in developments],
        development_count=len(developments),
        rung=rating.rung,
        origins=rating.origins,
        is_disputed=rating.is_disputed,
        is_held=rating.is_held,
        is_corrected=kind == Edition.Kind.CORRECTION or bool(previous and previous.is_corrected),
        primary_source=_primary_source(ledger),
        report_count=len(accepted),
        desk_window_at=max((report.reviewed_at for report in accepted.values() if report.reviewed_at), default=None),
        ledger=[line.as_json() for line in ledger],
        raised_by=list(rating.raised_by),
    )
    return Composition(edition, text.unresolved)


def _public_development(at: datetime, text: str, rating: Rating | None) -> PublicDevelopment:
    if rating is None:
        return PublicDevelopment(at, text)
    return PublicDevelopment(at, text, rating.rung, rating.is_disputed)


def _primary_source(ledger: Sequence[LedgerLine]) -> str:
    """The first source that supports the claim; rather one that added an origin."""
    supporting = [line for line in ledger if line.stance == Stance.SUPPORTS]
    supporting.sort(key=lambda line: line.origin is None)
    return supporting[0].source if supporting else ""


def compose_tombstone(previous: Edition, *, live_at: datetime, note: str) -> Edition:
    """What is left of a withdrawn dispatch: its headline, when it was withdrawn, and why."""
    return Edition(
        dispatch_id=previous.dispatch_id,
        number=previous.number + 1,
        kind=Edition.Kind.WITHDRAWAL,
        note=note,
        live_at=live_at,
        dated=previous.dated,
        slug=previous.slug,
        published_at=previous.published_at,
        moved_at=previous.moved_at,
        section_id=previous.section_id,
        story=previous.story,
        headline=previous.headline,
        byline=previous.byline,
        rung=Rung.UNRATED,
        is_corrected=previous.is_corrected,
    )
