"""What the Signal panel says of one case: its count, its sentence, and every source where it belongs."""

from dataclasses import dataclass, field

import pytest

from dispatches.public.ledger import LedgerLine, Party
from dispatches.public.panel import group_lines, panel_of
from dispatches.signal.rules import Exclusion, Rung
from sources.independence import CONFIDENTIAL_LABEL, Basis


@dataclass
class Claim:
    """A claim as published."""

    signal: Rung
    public_ledger: list[LedgerLine]
    is_disputed: bool = False
    is_held: bool = False
    is_withdrawn: bool = False
    origins: int = field(init=False)

    def __post_init__(self):
        self.origins = sum(line.why is None for line in self.public_ledger)


def adds(source: str, origin: int, basis: Basis | None = Basis.OWN_REPORTING, **more) -> LedgerLine:
    return LedgerLine(source, more.pop("url", ""), "supports", origin, None, basis, **more)


def secret(origin: int | None) -> LedgerLine:
    return LedgerLine(CONFIDENTIAL_LABEL, "", "supports", origin, None if origin else Exclusion.NO_NEW_ORIGIN)


def repeats(source: str, origin: int, why: Exclusion = Exclusion.RELAYS, **more) -> LedgerLine:
    return LedgerLine(source, "", "supports", origin, why, more.pop("basis", Basis.RELAY), **more)


def denies(source: str) -> LedgerLine:
    return LedgerLine(source, "", "contradicts", None, Exclusion.CONTRADICTS, Basis.FIRST_HAND)


AGENCY, PAPER, RADIO = adds("The Agency", 1), adds("The Paper", 2), adds("The Radio", 3)
DEVELOPING, STRONG, CONFIRMED = Rung.DEVELOPING, Rung.STRONG, Rung.CONFIRMED
INDEPENDENTLY = "report this independently of each other"
BOTH = f"The Agency and The Paper {INDEPENDENTLY}"
UNTIL = "Until that is resolved, it can’t rate above Developing."
UNKNOWN = adds("The Paper", 1, Basis.UNKNOWN)
UNRATED = LedgerLine("The Paper", "", "supports", None, Exclusion.RETRACTED, Basis.OWN_REPORTING)


@pytest.mark.parametrize(
    ("claim", "count", "sentence"),
    [
        (Claim(DEVELOPING, [AGENCY]), "1 independent origin", "So far only The Agency reports this."),
        (Claim(DEVELOPING, [secret(1)]), "1 independent origin", "So far only a confidential source reports this."),
        (
            Claim(DEVELOPING, [adds("The Ministry", 1, Basis.FIRST_HAND, is_interested=True)]),
            "1 independent origin",
            "So far only The Ministry, a party to it, reports this.",
        ),
        (
            Claim(DEVELOPING, [adds("The Radio", 1, Basis.RELAY, credits=Party("The Agency", 2))]),
            "1 independent origin",
            "So far only The Agency reports this, through The Radio.",
        ),
        (
            Claim(DEVELOPING, [AGENCY, repeats("The Radio", 1)]),
            "1 independent origin among 2 reports",
            "Both reports go back to The Agency.",
        ),
        (
            Claim(DEVELOPING, [AGENCY, repeats("The Radio", 1), repeats("A", 1)]),
            "1 independent origin among 3 reports",
            "All 3 reports go back to The Agency.",
        ),
        (
            Claim(
                DEVELOPING, [AGENCY, repeats("B", 1, Exclusion.SAME_OWNER, basis=Basis.OWN_REPORTING, owner="Media")]
            ),
            "1 independent origin among 2 reports",
            "Both reports come from one owner, Media.",
        ),
        (
            Claim(DEVELOPING, [AGENCY, repeats("B", 1, Exclusion.UNGRADED, basis=Basis.OWN_REPORTING)]),
            "1 independent origin among 2 reports",
            "Both reports come from ungraded sources, which together count as one origin.",
        ),
        (
            Claim(DEVELOPING, [AGENCY, secret(None), UNRATED]),
            "1 independent origin among 3 reports",
            "So far only The Agency counts as an origin; the other 2 reports add no origin.",
        ),
        (Claim(DEVELOPING, [UNKNOWN]), "1 independent origin", "How The Paper knows this is unknown."),
        (
            Claim(
                DEVELOPING, [UNKNOWN, LedgerLine("A", "", "supports", None, Exclusion.LINEAGE_UNKNOWN, Basis.UNKNOWN)]
            ),
            "1 independent origin among 2 reports",
            "How its sources know this is unknown, so they count as one origin.",
        ),
        (
            Claim(Rung.UNRATED, [UNRATED]),
            "0 independent origins among 1 report",
            "No report counts for it at the moment.",
        ),
        (
            Claim(STRONG, [AGENCY, PAPER]),
            "2 independent origins",
            f"{BOTH}.",
        ),
        (
            Claim(STRONG, [AGENCY, PAPER, repeats("The Radio", 2)]),
            "2 independent origins among 3 reports",
            f"{BOTH}; the other report only repeats one of them.",
        ),
        (
            Claim(STRONG, [secret(1), secret(2), repeats("A", 1), repeats("B", 2)]),
            "2 independent origins among 4 reports",
            "Two confidential sources report this independently of each other; the other 2 reports only repeat them.",
        ),
        (
            Claim(STRONG, [AGENCY, secret(2), secret(None)]),
            "2 independent origins among 3 reports",
            f"The Agency and a confidential source {INDEPENDENTLY}; the other report adds no origin.",
        ),
        (
            Claim(CONFIRMED, [AGENCY, PAPER]),
            "2 independent origins",
            f"{BOTH}, and one of them has a first-hand record.",
        ),
        (
            Claim(CONFIRMED, [AGENCY, PAPER, RADIO, *(secret(n) for n in range(4, 12))]),
            "11 independent origins",
            "The Agency, The Paper and 9 others report this independently of each other.",
        ),
        (
            Claim(DEVELOPING, [AGENCY, PAPER], is_held=True),
            "2 independent origins",
            f"{BOTH}, but the desk holds the rating down for now.",
        ),
        (
            Claim(DEVELOPING, [AGENCY, PAPER, denies("The Ministry"), denies("The Ministry")], is_disputed=True),
            "2 independent origins for it, 1 against",
            f"The Ministry contradicts this. {UNTIL}",
        ),
        (
            Claim(DEVELOPING, [AGENCY, denies("The Ministry"), denies(CONFIDENTIAL_LABEL)], is_disputed=True),
            "1 independent origin for it, 2 against",
            f"The Ministry and a confidential source contradict this. {UNTIL}",
        ),
    ],
)
def test_the_count_and_the_sentence_are_of_this_case(claim, count, sentence):
    panel = panel_of(claim)
    assert (panel.count, panel.sentence) == (count, sentence)
    assert panel.line == f"{claim.signal.word}{', disputed' if claim.is_disputed else ''}: {count}"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (repeats("The Radio", 1, relays=1), "relays it"),
        (repeats("The Radio", 1, credits=Party("The Agency", 1)), "relays it"),
        (
            repeats("The Radio", 1, credits=Party("Its Sister", 9, "Media")),
            "relays Its Sister, which has the same owner, Media",
        ),
        (repeats("The Radio", 1), "relays it"),
        (repeats("A", 1, Exclusion.PROPOSED, relays=1, is_proposed=True), "seems to relay it; the desk is checking"),
        (repeats("The Agency", 1, Exclusion.SAME_SOURCE, basis=Basis.OWN_REPORTING), "the same source again"),
        (repeats("B", 1, Exclusion.SAME_OWNER, basis=Basis.OWN_REPORTING, owner="Media"), "has the same owner, Media"),
        (repeats("B", 1, Exclusion.SAME_OWNER, basis=Basis.OWN_REPORTING), "has the same owner"),
        (
            repeats("B", 1, Exclusion.UNGRADED, basis=Basis.OWN_REPORTING),
            "ungraded; all ungraded sources count as one",
        ),
    ],
)
def test_each_origin_has_those_that_lead_to_it_and_how(line, words):
    [origin, other] = panel_of(Claim(STRONG, [AGENCY, PAPER, line])).origins
    assert [(each.name, each.words) for each in origin.also] == [(line.source, words)]
    assert other.also == ()


def test_an_origin_says_how_it_knows_and_links_to_its_own_report_only():
    claim = Claim(
        CONFIRMED,
        [
            adds("The Ministry", 1, Basis.FIRST_HAND, is_interested=True, url="https://ministry.example/"),
            adds("The Radio", 2, Basis.RELAY, credits=Party("The Agency", 2), url="https://radio.example/"),
            adds("The Paper", 3, None),
        ],
    )
    sources = [(origin.source.name, origin.source.words, origin.source.url) for origin in panel_of(claim).origins]
    assert sources == [
        ("The Ministry", "first-hand, a party to it", "https://ministry.example/"),
        ("The Agency", "through The Radio, which relays it", ""),
        ("The Paper", "", ""),
    ]


def test_confidential_origins_are_one_entry_and_the_silent_only_a_number():
    lines = [secret(1), AGENCY, secret(None), secret(3), secret(None), secret(4), secret(7)]
    lines[1] = adds("The Agency", 2)
    panel = panel_of(Claim(CONFIRMED, lines))
    assert [(origin.numbers, origin.source.words) for origin in panel.origins] == [
        ("2", "own reporting"),
        ("1, 3–4, 7", "four confidential sources"),
    ]
    assert (panel.silent, panel.uncounted) == (2, ())
    groups = group_lines(Claim(CONFIRMED, lines))
    assert [(group.number, group.words) for group in groups] == [
        (1, "4 reports: independent origins 1, 3–4, 7."),
        (2, "Independent origin 2."),
        (3, "2 reports that add no independent origin."),
    ]


def test_background_and_what_does_not_count_stand_apart():
    background = LedgerLine("The Company", "", "context", None, Exclusion.CONTEXT, Basis.FIRST_HAND)
    panel = panel_of(Claim(DEVELOPING, [AGENCY, background, UNRATED]))
    assert [each.name for each in panel.background] == ["The Company"]
    assert [(each.name, each.words) for each in panel.uncounted] == [("The Paper", "Its source retracted it.")]
    assert panel.has_more
    assert panel.count == "1 independent origin among 2 reports"


def test_a_report_that_only_seems_to_contradict_is_said_to():
    line = LedgerLine("The Ministry", "", "contradicts", None, Exclusion.PROPOSED_CONTRADICTION, Basis.FIRST_HAND)
    panel = panel_of(Claim(DEVELOPING, [AGENCY, PAPER, line], is_disputed=True))
    assert panel.count == "2 independent origins for it, 1 against"
    assert panel.sentence == f"The Ministry seems to contradict this. {UNTIL}"
    assert [each.words for each in panel.against] == ["seems to contradict it; the desk is checking"]
    assert panel.uncounted == ()
    both = panel_of(Claim(DEVELOPING, [AGENCY, line, denies("The Court")], is_disputed=True))
    assert both.sentence == f"The Ministry and The Court contradict this. {UNTIL}"


def test_every_line_of_a_ledger_is_in_the_panel_once():
    lines = [
        *(AGENCY, PAPER, secret(3), secret(None), repeats("The Radio", 1), denies("The Ministry"), UNRATED),
        LedgerLine("The Company", "", "context", None, Exclusion.CONTEXT, Basis.OWN_REPORTING),
    ]
    panel = panel_of(Claim(DEVELOPING, lines, is_disputed=True))
    named = [*panel.against, *panel.uncounted, *panel.background]
    named += [mention for origin in panel.origins for mention in (origin.source, *origin.also)]
    assert len(named) + panel.silent == len(lines)
