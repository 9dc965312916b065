"""What an editor reads of a development or a citation that is not being edited."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from dispatches.admin.comparing import hidden_name
from dispatches.admin.row_formsets import Row
from dispatches.models import Citation, Contradiction, Development
from dispatches.public.models import Edition
from sources.models import Proposal, Report

# Characters of a report's text that are read, and that are shown.
CHARACTERS_READ, CHARACTERS_SHOWN = 400, 160


@dataclass(frozen=True, slots=True)
class Line:
    """A development as the form shows it. `is_waiting` means that readers have the dispatch, but not this line."""

    name: str
    form: Any
    at: datetime | None
    text: str
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A citation as shown to one user, who may not know its source."""

    name: str
    form: Any
    report: "ReportCard | None"
    stance: str
    stance_label: str
    claim: str
    is_interested: bool
    resolution: str
    contradiction: Contradiction | None


@dataclass(frozen=True, slots=True)
class ReportCard:
    """A report as shown to one user. Without an `address`, the user may not see it."""

    pk: int
    source: str
    title: str
    words: str
    address: str
    grade: str
    is_confidential: bool
    said_at: datetime | None
    basis: str
    basis_label: str
    review: str
    is_retracted: bool
    relays: str
    proposals: tuple["ProposalCard", ...]


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """A relay that was found automatically, to be decided on the card."""

    pk: int
    of: str
    kind: str
    evidence: str


def lines_of(formset: Any) -> list[Line]:
    """Return a line for each development of a formset."""
    dispatch = formset.instance
    edition: Any = dispatch.live_edition() if dispatch.pk else None
    public = {each.id: (each.at, each.text) for each in edition.public_developments} if _is_read(edition) else None
    return [line_of(row, public) for row in formset.rows()]


def line_of(row: Row, public: dict[int, tuple[datetime, str]] | None) -> Line:
    """Return a development as shown. `public` has the time and text of those that readers have."""
    each: Development = row.instance
    is_waiting = public is not None and public.get(each.pk) != (each.at, each.text)
    return Line(row.name, row.form, each.at, each.text, is_waiting)


def _is_read(edition: Edition | None) -> bool:
    return edition is not None and not edition.is_withdrawn


def cards_of(formset: Any, user: User) -> list[Card]:
    """Return a card for each citation of a formset, with what this user may know of its report."""
    reader = _Reader(user)
    claims = {each.pk: each.text for each in formset.instance.developments.all()} if formset.instance.pk else {}
    return [_card(row, claims, reader) for row in formset.rows()]


def _card(row: Row, claims: dict[int, str], reader: "_Reader") -> Card:
    citation: Citation = row.instance
    return Card(
        name=row.name,
        form=row.form,
        report=reader.card(citation.report, getattr(citation, "first_words", "")) if row.form is None else None,
        stance=citation.stance,
        stance_label=citation.get_stance_display(),
        claim=claims.get(citation.development_id or 0, ""),
        is_interested=citation.is_interested,
        resolution=citation.resolution,
        contradiction=reader.contradiction(citation) if citation.is_contradiction_proposed else None,
    )


def report_cards(reports: Iterable[Report], user: User) -> list[ReportCard]:
    """Return reports as shown to this user. Expects their sources and what they relay to be selected."""
    reader = _Reader(user)
    return [reader.card(report, report.text[:CHARACTERS_READ]) for report in reports]


class _Reader:
    """Makes the cards of reports for one user. Checks each permission once."""

    def __init__(self, user: User) -> None:
        self.knows_secrets = user.has_perm("sources.see_confidential")
        self.lists_reports = user.has_perm("sources.view_report") or user.has_perm("sources.change_report")
        self.decides = user.has_perm("sources.review_report")
        self.base = reverse("admin:sources_report_change", args=[0]).removesuffix("0/change/")

    def may_see(self, report: Report) -> bool:
        return self.lists_reports and (self.knows_secrets or not report.source.is_confidential)

    def card(self, report: Report, words: str) -> ReportCard:
        if not self.may_see(report):
            hidden = hidden_name(report)
            return ReportCard(report.pk, hidden, "", "", "", "", True, None, "", "", "", False, "", ())
        return ReportCard(
            pk=report.pk,
            source=str(report.source),
            title=report.title,
            words=_shorten(words),
            address=f"{self.base}{report.pk}/change/",
            grade=report.source.grade,
            is_confidential=report.source.is_confidential,
            said_at=report.said_at,
            basis=report.basis,
            basis_label=report.get_basis_display(),
            review=report.review,
            is_retracted=report.retracted_at is not None,
            relays=self._relayed(report),
            proposals=tuple(self._proposals(getattr(report, "open_proposals", ()))),
        )

    def contradiction(self, citation: Citation) -> Contradiction | None:
        """Return the open proposal of a citation, if this user may decide it."""
        return citation.contradiction if self.decides and self.may_see(citation.report) else None

    def _relayed(self, report: Report) -> str:
        if report.relays:
            return str(report.relays) if self.may_see(report.relays) else hidden_name(report.relays)
        if report.credits:
            is_known = self.knows_secrets or not report.credits.is_confidential
            return str(report.credits) if is_known else hidden_name(report.credits)
        return ""

    def _proposals(self, proposals: Iterable[Proposal]) -> Iterable[ProposalCard]:
        for each in proposals:
            other = each.relays.source if each.relays else each.credits
            if self.decides and other and (self.knows_secrets or not other.is_confidential):
                yield ProposalCard(each.pk, str(each.relays or each.credits), each.get_kind_display(), each.evidence)


def _shorten(words: str) -> str:
    """Return the beginning of a text in one line, cut between words.

    >>> _shorten("Two \\n lines"), _shorten("word " * 100)[-10:]
    ('Two lines', 'word word…')
    """
    line = " ".join(words.split())
    return line if len(line) <= CHARACTERS_SHOWN else f"{line[:CHARACTERS_SHOWN].rsplit(' ', 1)[0]}…"
