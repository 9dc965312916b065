"""The worked examples on the page about the Signal, rated by the engine itself so that they are always right."""

from dataclasses import dataclass

from dispatches.public.ledger import LedgerLine
from dispatches.signal.published import account_for
from dispatches.signal.rules import Cited, Claim, Rating, Rung, Stance, rate
from sources.independence import Basis, Grade, ReportFacts, SourceFacts


@dataclass(frozen=True, slots=True)
class Example:
    """A claim that was never made, with its ledger and its rating: shown as a real one is (see Rated)."""

    title: str
    rating: Rating
    public_ledger: list[LedgerLine]
    is_held: bool = False
    is_withdrawn: bool = False

    @property
    def signal(self) -> Rung:
        return self.rating.rung

    @property
    def origins(self) -> int:
        return self.rating.origins

    @property
    def is_disputed(self) -> bool:
        return self.rating.is_disputed


_AGENCY, _PAPER, _RADIO, _SISTER, _REGISTRY, _RUMOUR, _MINISTRY, _COMPANY = range(1, 9)
_GROUP = "Harbour Media"
_NAMES = {
    _AGENCY: "Meridian Press Agency",
    _PAPER: "The Port Daily",
    _SISTER: "The Port Weekly",
    _RADIO: "Carmel Radio",
    _REGISTRY: "The court registry",
    _RUMOUR: "Harbour Rumours",
    _MINISTRY: "Ministry of Transport",
    _COMPANY: "Carmel Docks Company",
}
_SOURCES = {
    _AGENCY: SourceFacts(_AGENCY, "the agency", Grade.A),
    _PAPER: SourceFacts(_PAPER, _GROUP, Grade.B),
    _SISTER: SourceFacts(_SISTER, _GROUP, Grade.B),
    _RADIO: SourceFacts(_RADIO, "the radio", Grade.C),
    _REGISTRY: SourceFacts(_REGISTRY, "the registry", Grade.A, is_record=True),
    _RUMOUR: SourceFacts(_RUMOUR, "a channel", Grade.E),
    _MINISTRY: SourceFacts(_MINISTRY, "the ministry", Grade.B),
    _COMPANY: SourceFacts(_COMPANY, "the company", Grade.B),
}
# Each source's own report has the number of the source. The others relay one of these.
_PAPER_COPIES, _RADIO_COPIES, _RADIO_QUOTES = range(10, 13)
_REPORTS = {
    report.id: report
    for report in [
        ReportFacts(_AGENCY, _AGENCY, Basis.OWN_REPORTING),
        ReportFacts(_PAPER, _PAPER, Basis.OWN_REPORTING),
        ReportFacts(_SISTER, _SISTER, Basis.OWN_REPORTING),
        ReportFacts(_RADIO, _RADIO, Basis.OWN_REPORTING),
        ReportFacts(_REGISTRY, _REGISTRY, Basis.FIRST_HAND),
        ReportFacts(_RUMOUR, _RUMOUR, Basis.OWN_REPORTING),
        ReportFacts(_MINISTRY, _MINISTRY, Basis.FIRST_HAND),
        ReportFacts(_COMPANY, _COMPANY, Basis.FIRST_HAND),
        ReportFacts(_PAPER_COPIES, _PAPER, Basis.RELAY, relays=_AGENCY),
        ReportFacts(_RADIO_COPIES, _RADIO, Basis.RELAY, relays=_AGENCY),
        ReportFacts(_RADIO_QUOTES, _RADIO, Basis.RELAY, relays=_PAPER),
    ]
}


def work_examples() -> list[Example]:
    """Rate every example. The first one is explained at length."""
    return [
        _work(
            "Six reports, three origins",
            *(_AGENCY, _PAPER, _RADIO_QUOTES, _SISTER, _MINISTRY, _COMPANY),
            background={_COMPANY},
            parties={_MINISTRY},
        ),
        _work("One agency line becomes three reports", _AGENCY, _PAPER_COPIES, _RADIO_COPIES),
        _work("Two papers of one owner", _PAPER, _SISTER),
        _work("Two independent origins", _AGENCY, _RADIO),
        _work("A third, unreliable source", _AGENCY, _RADIO, _RUMOUR),
        _work("Two, one of them a record", _REGISTRY, _PAPER),
        _work(
            "Three, until one is denied", _AGENCY, _PAPER, _RADIO, _MINISTRY, against={_MINISTRY}, parties={_MINISTRY}
        ),
    ]


def _work(
    title: str,
    *reports: int,
    background: frozenset[int] | set[int] = frozenset(),
    against: frozenset[int] | set[int] = frozenset(),
    parties: frozenset[int] | set[int] = frozenset(),
) -> Example:
    stances = {
        report: Stance.CONTEXT if report in background else Stance.CONTRADICTS if report in against else Stance.SUPPORTS
        for report in reports
    }
    cited = tuple(Cited(report, stance, is_interested=report in parties) for report, stance in stances.items())
    rating = rate(Claim(cited), _REPORTS, _SOURCES)
    adding = {verdict.report for verdict in rating.verdicts if verdict.why is None}
    entries = account_for(reports, rating, adding, {})
    groups = [_SOURCES[_REPORTS[report].source].group for report in reports]
    lines = []
    for report, entry in zip(reports, entries, strict=True):
        facts = _REPORTS[report]
        group = _SOURCES[facts.source].group
        line = LedgerLine(
            source=_NAMES[facts.source],
            url="",
            stance=stances[report],
            origin=entry.origin,
            why=entry.why,
            basis=facts.basis,
            relays=reports.index(facts.relays) + 1 if facts.relays else None,
            owner=_GROUP if group == _GROUP and groups.count(group) > 1 else "",
            party=facts.source,
            is_interested=report in parties,
        )
        lines.append(line)
    return Example(title, rating, lines)
