"""The worked examples on the page about the Signal, rated by the engine itself, so that they can't differ."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatches.signal.rules import WHY_MEANS, Cited, Claim, Rating, Rung, Stance, rate
from sources.independence import Basis, Grade, ReportFacts, SourceFacts


@dataclass(frozen=True, slots=True)
class Example:
    """A story in a sentence, its reports with what became of each, and its rating."""

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
    _AGENCY: "An agency reports what it found out.",
    _PAPER: "A paper reports what it found out.",
    _SISTER: "Its sister paper, of the same owner, reports the same.",
    _RADIO: "A radio station reports what it found out.",
    _REGISTRY: "The court’s registry shows the ruling.",
    _RUMOUR: "A channel graded unreliable says so too.",
    _DENIAL: "The ministry says that it is not so.",
    10: "A paper prints the agency’s text.",
    11: "A radio station reads it out and credits the agency.",
}


def work_examples() -> list[Example]:
    """Every example, freshly rated."""
    return [
        _work("One agency line becomes three reports", _AGENCY, 10, 11),
        _work("Two papers of one owner", _PAPER, _SISTER),
        _work("Two that do not depend on each other", _AGENCY, _RADIO),
        _work("A third that can’t be relied on", _AGENCY, _RADIO, _RUMOUR),
        _work("Two, and one of them a record", _REGISTRY, _PAPER),
        _work("Three, until somebody denies it", _AGENCY, _PAPER, _RADIO, _DENIAL),
    ]


def _work(title: str, *reports: int) -> Example:
    cited = tuple(Cited(report, Stance.CONTRADICTS if report == _DENIAL else Stance.SUPPORTS) for report in reports)
    rating = rate(Claim(cited), _REPORTS, _SOURCES)
    return Example(
        title,
        [
            (_WORDS[verdict.report], WHY_MEANS[verdict.why] if verdict.why else "An independent origin.")
            for verdict in rating.verdicts
        ],
        rating,
    )
