"""The rules of the Signal: first worked cases that an editor can read, then laws over generated worlds."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatches.signal.rules import (
    EXCLUSION_LABELS,
    RUNG_DESCRIPTIONS,
    UPGRADE_LABELS,
    Cited,
    Claim,
    ClaimKind,
    Exclusion,
    Rung,
    Stance,
    Upgrade,
    rate,
)
from sources.independence import Basis, Grade, ReportFacts, SourceFacts

# A world with one line per report: source, grade, owner (= for itself), basis, and anything else.
#   "relay 1" relays the first report of the case; "credits X" credits source X.
CASES = [
    # given                                                                      rung         n  why each did not add one
    ("no report at all", [], "unrated", 0, []),
    ("one outlet's own reporting", ["Post B = own"], "developing", 1, [None]),
    ("two independent outlets", ["Post B = own", "Radio C = own"], "strong", 2, [None, None]),
    ("a relay of the first", ["Agency A = own", "Post B = relay 1"], "developing", 1, [None, "relays"]),
    ("a relay counts for whom it relays", ["Post B = credits Agency", "Agency A = own"], "developing", 1, ["relays", None]),
    ("two papers of one owner", ["Post B Levant own", "Courier B Levant own"], "developing", 1, [None, "same-owner"]),
    ("one source twice", ["Post B = own", "Post B = own"], "developing", 1, [None, "same-source"]),
    ("two that can't be judged count once", ["X F = own", "Y F = own"], "developing", 1, [None, "ungraded"]),
    ("one judged, one not", ["Post B = own", "Y F = own"], "strong", 2, [None, None]),
    ("an unreliable source adds nothing", ["Post B = own", "Rag D = own"], "developing", 1, [None, "graded-out"]),
    ("an unreliable source alone", ["Rag E = own"], "unrated", 0, ["graded-out"]),
    ("an unreliable relay", ["Rag D = credits Agency", "Agency A = own"], "developing", 1, ["graded-out", None]),
    ("a relay of an unreliable one", ["Agency A = own", "Rag E = own", "Post B = relay 2"], "developing", 1, [None, "graded-out", "passed-on"]),
    ("a relay through an unreliable one", ["Agency A = own", "Rag D = relay 1", "Post B = relay 2"], "developing", 1, [None, "graded-out", "passed-on"]),
    ("three outlets of one agency", ["Post B = credits Agency", "TV C = credits Agency", "Agency A = own"], "developing", 1, ["relays", "relays", None]),
    ("a chain of four has one origin", ["Agency A = own", "Post B = relay 1", "TV C = relay 2", "Radio C = relay 3"], "developing", 1, [None, "relays", "relays", "relays"]),
    ("two agencies, each copied", ["AP A = own", "Post B = relay 1", "DPA A = own", "TV C = relay 3"], "strong", 2, [None, "relays", None, "relays"]),
    ("two relays of each other", ["Post B = relay 2", "TV C = relay 1"], "developing", 1, ["lineage-unknown", "lineage-unknown"]),
    ("a circle beside a source", ["Agency A = own", "Post B = relay 3", "TV C = relay 2"], "developing", 1, [None, "lineage-unknown", "lineage-unknown"]),
    ("a relay of an unknown", ["Agency A = own", "X B = unknown", "Post B = relay 2"], "developing", 1, [None, "lineage-unknown", "lineage-unknown"]),
    ("a bad grade of a relay is no matter", ["Blog F = credits Agency", "Agency B = context own", "Post B = own"], "strong", 2, [None, "context", None]),
    ("two reliable ones, none a record", ["AP A = own", "DPA A = own"], "strong", 2, [None, None]),
    ("three, one of them reliable", ["AP A = own", "X F = own", "Y F = own"], "strong", 2, [None, None, "ungraded"]),
    ("a record that can't be judged", ["Leak F = first record", "Post B = own"], "strong", 2, [None, None]),
    ("a record and one that can't be judged", ["Registry A = first record", "X F = own"], "strong", 2, [None, None]),
    ("a record alone", ["Registry A = first record"], "developing", 1, [None]),
    ("an interested party alone", ["Company B = first interested"], "developing", 1, [None]),
    ("an interested party and a paper", ["Company B = first interested", "Post B = own"], "strong", 2, [None, None]),
    ("rejected", ["Post B = own", "Radio C = own pending rejected"], "developing", 1, [None, "not-reviewed"]),
    ("a relay of what was rejected", ["Post B = own", "Radio C = own pending rejected", "TV B = relay 2"], "developing", 1, [None, "not-reviewed", "upstream"]),
    ("a relay of a relay of what was taken back", ["Post B = own", "Radio C = own retracted", "TV B = relay 2", "Web B = relay 3"], "developing", 1, [None, "retracted", "upstream", "upstream"]),
    ("a relay of what is pending counts for it", ["Radio C = own pending", "TV B = relay 1", "Post B = own"], "strong", 2, ["not-reviewed", None, None]),
    ("a proposed relay", ["Agency A = own", "Post B = proposed relay 1"], "developing", 1, [None, "proposed"]),
    ("a relay of a proposed relay", ["Agency A = own", "Post B = proposed relay 1", "TV C = relay 2"], "developing", 1, [None, "proposed", "proposed"]),
    ("credits to an unreliable one", ["Rag E = own", "Post B = credits Rag"], "unrated", 0, ["graded-out", "passed-on"]),
    ("credits to our own publication", ["Us B = own ours", "Post B = credits Us"], "unrated", 0, ["ours", "ours"]),
    ("relayed back to where it began, by an unreliable one", ["Post B = relay 2", "Rag D = credits Post"], "unrated", 0, ["passed-on", "graded-out"]),
    ("an unknown basis, not reviewed", ["X B = unknown pending"], "unrated", 0, ["not-reviewed"]),
    ("contradicted and not supported", ["TV B = own contradicts"], "unrated", 0, ["contradicts"]),
    ("contradicted by what was taken back", ["Post B = own", "Radio C = own", "TV B = own contradicts retracted"], "strong", 2, [None, None, "retracted"]),
    ("contradicted by ourselves", ["Post B = own", "Radio C = own", "Us B = own ours contradicts"], "strong", 2, [None, None, "ours"]),
    ("an unknown basis adds nothing", ["Post B = own", "Radio C = unknown"], "developing", 1, [None, "lineage-unknown"]),
    ("unknown lineages alone are one", ["Post B = unknown", "Radio C = unknown"], "developing", 1, ["lineage-unknown"] * 2),
    ("three, two of them reliable", ["Post B = own", "Radio C = own", "X F = own"], "confirmed", 3, [None] * 3),
    ("two reliable ones, one a record", ["Registry A = first record", "Post B = own"], "confirmed", 2, [None, None]),
    ("the record's party is interested", ["Registry A = first record interested", "Post B = own"], "strong", 2, [None, None]),
    ("a record relayed is no record", ["Registry A = own record", "Post B = own"], "strong", 2, [None, None]),
    ("pending", ["Post B = own", "Radio C = own pending"], "developing", 1, [None, "not-reviewed"]),
    ("taken back", ["Post B = own", "Radio C = own retracted"], "developing", 1, [None, "retracted"]),
    ("a relay of what was taken back", ["Post B = own", "Radio C = own retracted", "TV B = relay 2"], "developing", 1, [None, "retracted", "upstream"]),
    ("our own publication", ["Post B = own", "Us B = own ours"], "developing", 1, [None, "ours"]),
    ("a relay of our own publication", ["Post B = own", "Us B = own ours", "TV B = relay 2"], "developing", 1, [None, "ours", "ours"]),
    ("a relay of a relay of our own publication", ["Post B = own", "Us B = own ours", "TV B = relay 2", "Web B = relay 3"], "developing", 1, [None, "ours", "ours", "ours"]),
    ("context", ["Post B = own", "Radio C = own context"], "developing", 1, [None, "context"]),
    ("contradicted", ["Post B = own", "Radio C = own", "TV B = own contradicts"], "developing", 2, [None, None, "contradicts"]),
    ("the contradiction is resolved", ["Post B = own", "Radio C = own", "TV B = own contradicts resolved"], "strong", 2, [None, None, "resolved"]),
]  # fmt: skip


def build(lines, kind=ClaimKind.EVENT, hold=None):
    """Return the claim, reports and sources that these lines describe."""
    by_name: dict[str, SourceFacts] = {}
    for line in lines:
        name, grade, owner, *words = line.split()
        by_name[name] = SourceFacts(
            id=by_name[name].id if name in by_name else len(by_name) + 1,
            group=f"source {name}" if owner == "=" else f"owner {owner}",
            grade=Grade(grade),
            is_record="record" in words,
            is_ours="ours" in words,
        )

    reports, cited = {}, []
    for number, line in enumerate(lines, start=1):
        name, _, _, *words = line.split()
        reports[number] = ReportFacts(
            id=number,
            source=by_name[name].id,
            basis=next((Basis(word) for word in words if word in {"first", "own", "unknown"}), Basis.RELAY),
            relays=int(words[words.index("relay") + 1]) if "relay" in words else None,
            credits=by_name[words[words.index("credits") + 1]].id if "credits" in words else None,
            is_accepted="pending" not in words,
            is_rejected="rejected" in words,
            is_proposed="proposed" in words,
            is_retracted="retracted" in words,
        )
        stance = next((Stance(word) for word in words if word in {"contradicts", "context"}), Stance.SUPPORTS)
        cited.append(Cited(number, stance, "interested" in words, "resolved" in words))
    return Claim(tuple(cited), kind, hold), reports, {source.id: source for source in by_name.values()}


@pytest.mark.parametrize(("name", "lines", "rung", "origins", "reasons"), CASES, ids=[case[0] for case in CASES])
def test_worked_case(name, lines, rung, origins, reasons):
    rating = rate(*build(lines))
    assert (rating.rung.name.lower(), rating.origins) == (rung, origins)
    assert [verdict.why for verdict in rating.verdicts] == reasons


def test_a_contradiction_marks_the_claim_disputed():
    assert rate(*build(["Post B = own", "TV B = own contradicts"])).is_disputed
    assert not rate(*build(["Post B = own", "TV B = own contradicts resolved"])).is_disputed
    assert not rate(*build(["Post B = own", "TV B = own contradicts pending"])).is_disputed
    # An unsupported claim can't be disputed.
    assert not rate(*build(["TV B = own contradicts"])).is_disputed


def test_a_party_s_own_record_confirms_what_it_says_and_not_what_it_did():
    lines = ["Registry A = first record interested", "Post B = own"]
    assert rate(*build(lines, ClaimKind.STATEMENT)).rung is Rung.CONFIRMED
    assert rate(*build(lines, ClaimKind.EVENT)).rung is Rung.STRONG


def test_a_hold_only_ever_lowers():
    strong = ["Post B = own", "Radio C = own"]
    held = rate(*build(strong, hold=Rung.DEVELOPING))
    assert (held.rung, held.is_held) == (Rung.DEVELOPING, True)
    assert held.upgrades == (Upgrade.RELEASE, Upgrade.THIRD_OR_RECORD)
    level = rate(*build(strong, hold=Rung.STRONG))
    assert (level.rung, level.is_held) == (Rung.STRONG, False)
    above = rate(*build(["Post B = own"], hold=Rung.STRONG))
    assert (above.rung, above.is_held) == (Rung.DEVELOPING, False)


@pytest.mark.parametrize(
    ("lines", "upgrades"),
    [
        (["Post B = own"], [Upgrade.ORIGIN]),
        (["X F = own"], [Upgrade.ORIGIN, Upgrade.RELIABLE]),
        (["Post B = own", "X F = own"], [Upgrade.SECOND_RELIABLE]),
        (["Post B = own", "Radio C = own"], [Upgrade.THIRD_OR_RECORD]),
        (["Post B = own", "Radio C = own", "TV B = own"], []),
        (["Post B = own", "Radio C = own", "TV B = own contradicts"], [Upgrade.RESOLVE, Upgrade.THIRD_OR_RECORD]),
    ],
)
def test_a_rating_states_what_would_raise_it(lines, upgrades):
    assert list(rate(*build(lines)).upgrades) == upgrades


def test_every_code_has_words():
    assert set(EXCLUSION_LABELS) == set(Exclusion)
    assert set(UPGRADE_LABELS) == set(Upgrade)
    assert set(RUNG_DESCRIPTIONS) == set(Rung)


# Laws


@st.composite
def worlds(draw):
    """Draw a claim with chains and cycles of reports, all grades, shared owners, and our own publications."""
    sources = {
        id: SourceFacts(
            id,
            group=f"group {draw(st.integers(1, 4))}",
            grade=draw(st.sampled_from(Grade)),
            is_record=draw(st.booleans()),
            is_ours=draw(st.integers(0, 9)) == 0,
        )
        for id in range(1, draw(st.integers(2, 7)))
    }
    count = draw(st.integers(1, 8))
    reports = {}
    for id in range(1, count + 1):
        basis = draw(st.sampled_from(Basis))
        points = draw(st.sampled_from(["report", "source"])) if basis is Basis.RELAY else None
        reports[id] = ReportFacts(
            id,
            source=draw(st.sampled_from(sorted(sources))),
            basis=basis,
            relays=draw(st.integers(1, count)) if points == "report" else None,
            credits=draw(st.sampled_from(sorted(sources))) if points == "source" else None,
            is_accepted=draw(st.integers(0, 4)) > 0,
            is_retracted=draw(st.integers(0, 9)) == 0,
        )
    cited = tuple(
        Cited(id, draw(st.sampled_from(Stance)), draw(st.booleans()), draw(st.booleans()), draw(st.booleans()))
        for id in draw(st.permutations(sorted(reports)))
    )
    return Claim(cited, draw(st.sampled_from(ClaimKind))), reports, sources


@given(worlds())
def test_fewer_than_two_origins_are_never_strong(world):
    rating = rate(*world)
    assert rating.rung < Rung.STRONG or rating.origins >= 2


@given(worlds())
def test_each_report_either_adds_an_origin_or_has_one_reason_why_not(world):
    rating = rate(*world)
    added = [verdict.key for verdict in rating.verdicts if verdict.why is None]
    assert len(added) == len(set(added))
    # Unknown lineage is an origin only if there is nothing else.
    assert rating.origins == len(added) or (not added and rating.origins == 1)


@given(worlds(), st.randoms())
def test_the_order_of_the_citations_does_not_matter(world, random):
    claim, reports, sources = world
    shuffled = list(claim.cited)
    random.shuffle(shuffled)
    one, other = rate(*world), rate(replace(claim, cited=tuple(shuffled)), reports, sources)
    assert (one.rung, one.origins, one.is_disputed, one.upgrades) == (
        other.rung,
        other.origins,
        other.is_disputed,
        other.upgrades,
    )


@given(worlds(), st.integers(0, 7))
def test_a_contradiction_never_raises(world, index):
    claim, reports, sources = world
    cited = list(claim.cited)
    cited[index % len(cited)] = replace(cited[index % len(cited)], stance=Stance.CONTRADICTS, is_resolved=False)
    without = replace(claim, cited=tuple(each for n, each in enumerate(claim.cited) if n != index % len(cited)))
    assert rate(replace(claim, cited=tuple(cited)), reports, sources).rung <= rate(without, reports, sources).rung


@given(worlds(), st.integers(0, 7))
def test_a_proposed_contradiction_counts_as_one_that_is_unresolved(world, index):
    claim, reports, sources = world
    index %= len(claim.cited)

    def rated(**changes):
        cited = list(claim.cited)
        cited[index] = replace(cited[index], stance=Stance.CONTRADICTS, **changes)
        return rate(replace(claim, cited=tuple(cited)), reports, sources)

    proposed, accepted = (rated(is_proposed=each, is_resolved=False) for each in (True, False))
    assert (proposed.rung, proposed.origins, proposed.is_disputed, proposed.upgrades) == (
        accepted.rung,
        accepted.origins,
        accepted.is_disputed,
        accepted.upgrades,
    )
    whys = proposed.verdicts[index].why, accepted.verdicts[index].why
    assert whys[0] == whys[1] or whys == (Exclusion.PROPOSED_CONTRADICTION, Exclusion.CONTRADICTS)


@given(worlds(), st.integers(0, 7))
def test_adding_support_never_lowers(world, index):
    claim, reports, sources = world
    more = claim.cited[index % len(claim.cited)]
    without = replace(claim, cited=tuple(each for each in claim.cited if each != more))
    cited = tuple(replace(each, stance=Stance.SUPPORTS) if each == more else each for each in claim.cited)
    assert rate(replace(claim, cited=cited), reports, sources).rung >= rate(without, reports, sources).rung


@given(worlds(), st.integers(1, 4), st.integers(1, 4))
def test_merging_owners_never_raises(world, one, other):
    claim, reports, sources = world
    merged = {
        id: replace(source, group=f"group {other}") if source.group == f"group {one}" else source
        for id, source in sources.items()
    }
    assert rate(claim, reports, merged).rung <= rate(claim, reports, sources).rung


@given(worlds(), st.integers(0, 7))
def test_nothing_that_relays_a_counted_origin_changes_the_rating(world, index):
    claim, reports, sources = world
    before = rate(claim, reports, sources)
    index %= len(claim.cited)
    relayed = claim.cited[index]
    copy = ReportFacts(99, source=1, basis=Basis.RELAY, relays=relayed.report)
    after = rate(
        replace(claim, cited=(*claim.cited, Cited(99))),
        reports | {99: copy},
        sources,
    )
    if before.verdicts[index].why is None:
        assert (after.rung, after.origins) == (before.rung, before.origins)


@given(worlds(), st.booleans())
def test_an_unknown_lineage_or_our_own_never_raises_what_is_rated(world, is_ours):
    claim, reports, sources = world
    before = rate(claim, reports, sources)
    sources = sources | {99: SourceFacts(99, "group 99", Grade.A, is_ours=is_ours)}
    basis = Basis.FIRST_HAND if is_ours else Basis.UNKNOWN
    after = rate(replace(claim, cited=(*claim.cited, Cited(99))), reports | {99: ReportFacts(99, 99, basis)}, sources)
    assert after.rung <= max(before.rung, Rung.DEVELOPING)
    assert after.rung <= before.rung or before.origins == 0


@given(worlds(), st.integers(0, 7))
def test_taking_back_support_never_raises(world, index):
    claim, reports, sources = world
    cited = claim.cited[index % len(claim.cited)]
    taken = reports | {cited.report: replace(reports[cited.report], is_retracted=True)}
    if all(each.stance is not Stance.CONTRADICTS for each in claim.cited):
        assert rate(claim, taken, sources).rung <= rate(claim, reports, sources).rung
