"""The worked examples on the page about the Signal, rated by the engine itself so that they are always right."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatches.signal.rules import EXCLUSION_LABELS, Cited, Claim, Rating, Rung, Stance, rate
from sources.independence import Basis, Grade, ReportFacts, SourceFacts


@dataclass(frozen=True, slots=True)
class Example:
    """A story in a sentence, its reports with their effect, and its rating."""

    title: str
    reports: Sequence[tuple[str, str]]
    rating: Rating

    @property
    def signal(self) -> Rung:
        return self.rating.rung

    @property
    def is_disputed(self) -> bool:
        return self.rating.is_disputed


_AGENCY, _PAPER, _RADIO, _SISTER, _REGISTRY, _RUMOUR, _DENIAL = range(1, 8)
_SOURCES = {
    _AGENCY: SourceFacts(_AGENCY, "the agency", Grade.A),
    _PAPER: SourceFacts(_PAPER, "a media group", Grade.B),
    _SISTER: SourceFacts(_SISTER, "a media group", Grade.B),
    _RADIO: SourceFacts(_RADIO, "the radio", Grade.C),
    _REGISTRY: SourceFacts(_REGISTRY, "the registry", Grade.A, is_record=True),
    _RUMOUR: SourceFacts(_RUMOUR, "a channel", Grade.E),
    _DENIAL: SourceFacts(_DENIAL, "the ministry", Grade.B),
}
_REPORTS = {
    report.id: report
    for report in [
        ReportFacts(_AGENCY, _AGENCY, Basis.OWN_REPORTING),
        ReportFacts(_PAPER, _PAPER, Basis.OWN_REPORTING),
        ReportFacts(_SISTER, _SISTER, Basis.OWN_REPORTING),
        ReportFacts(_RADIO, _RADIO, Basis.OWN_REPORTING),
        ReportFacts(_REGISTRY, _REGISTRY, Basis.FIRST_HAND),
        ReportFacts(_RUMOUR, _RUMOUR, Basis.OWN_REPORTING),
        ReportFacts(_DENIAL, _DENIAL, Basis.FIRST_HAND),
        ReportFacts(10, _PAPER, Basis.RELAY, relays=_AGENCY),
        ReportFacts(11, _RADIO, Basis.RELAY, credits=_AGENCY),
    ]
}
_WORDS = {
    _AGENCY: "An agency reports what it found out itself.",
    _PAPER: "A newspaper reports what it found out itself.",
    _SISTER: "Its sister paper, with the same owner, reports the same.",
    _RADIO: "A radio station reports what it found out itself.",
    _REGISTRY: "The court registry shows the ruling.",
    _RUMOUR: "A channel graded unreliable says the same.",
    _DENIAL: "The ministry denies it.",
    10: "A newspaper prints the agency’s text.",
    11: "A radio station reads it out, crediting the agency.",
}


def work_examples() -> list[Example]:
    """Rate every example."""
    return [
        _work("One agency line becomes three reports", _AGENCY, 10, 11),
        _work("Two papers of one owner", _PAPER, _SISTER),
        _work("Two independent origins", _AGENCY, _RADIO),
        _work("A third, unreliable source", _AGENCY, _RADIO, _RUMOUR),
        _work("Two, one of them a record", _REGISTRY, _PAPER),
        _work("Three, until one is denied", _AGENCY, _PAPER, _RADIO, _DENIAL),
    ]


def _work(title: str, *reports: int) -> Example:
    cited = tuple(Cited(report, Stance.CONTRADICTS if report == _DENIAL else Stance.SUPPORTS) for report in reports)
    rating = rate(Claim(cited), _REPORTS, _SOURCES)
    return Example(
        title,
        [
            (_WORDS[verdict.report], EXCLUSION_LABELS[verdict.why] if verdict.why else "An independent origin.")
            for verdict in rating.verdicts
        ],
        rating,
    )
