"""Checking a published ledger, its developments too; `tests/trust/ledgers.py` alters ledgers at random."""

import copy
import json

import pytest

from dispatches.signal.documents import read_claims
from dispatches.signal.published import public_upgrades, reliability_required
from dispatches.signal.recompute import main, recompute
from dispatches.signal.rules import RULES_VERSION, Exclusion, Rung


def report(
    number,
    *,
    source=None,
    stance="supports",
    basis="own",
    relays=None,
    origin=None,
    why=None,
    is_party=False,
    name=None,
):
    """Return a report; of a source of its own, unless its share is stated (`basis` is None)."""
    source = source or (basis and f"s{number}")
    return {
        "id": f"r{number}",
        "source": source,
        "name": name or (f"Source {number}" if basis else "Internal intake"),
        "stance": stance,
        "basis": basis,
        "relays": relays,
        "is_proposed": why == "proposed",
        "is_party": is_party,
        "is_retracted": why == "retracted",
        "is_resolved": why == "resolved",
        "origin": origin,
        "why": why,
    }


def ledger(rung, *reports, groups=(), others=(), is_disputed=False, is_held=False, kind="event", rules=RULES_VERSION):
    """Return a ledger. `groups` lists the sources that one owner joins, `others` those without a report."""
    origins = sum(each["why"] is None for each in reports)
    stated = Rung[rung.upper()]
    sources = dict.fromkeys([*(each["source"] for each in reports if each["source"]), *others])
    return {
        "version": 2,
        "rules": rules,
        "kind": kind,
        "signal": {"rung": rung, "origins": origins, "is_disputed": is_disputed, "is_held": is_held},
        "groups": [{"id": "g1", "owner": "Holdings"}] if groups else [],
        "sources": [{"id": each, "name": each, "group": "g1" if each in groups else None} for each in sources],
        "reports": list(reports),
        "reliability": reliability_required(stated, origins)._asdict(),
        "upgrades": [{"code": code} for code in public_upgrades(stated, origins, is_disputed, is_held)],
        "developments": [],
    }


ONE = report(1, origin=1)
TWO = report(2, origin=2)
THREE = report(3, origin=3)
RECORD = report(2, origin=2, basis="first")
SECRET = report(2, origin=2, basis=None)
AGAINST = report(4, stance="contradicts", why="contradicts")


@pytest.mark.parametrize(
    "published",
    [
        ledger("Unrated"),
        ledger("Unrated", AGAINST),
        ledger("Developing", ONE),
        ledger("Developing", ONE, AGAINST, is_disputed=True),
        ledger("Developing", ONE, TWO, AGAINST, is_disputed=True),
        ledger("Developing", ONE, TWO, is_held=True),
        ledger("Strong", ONE, TWO, report(4, stance="contradicts", why="resolved")),
        ledger("Strong", ONE, TWO, THREE, is_held=True),
        ledger("Strong", ONE, RECORD, is_held=True),
        ledger("Strong", ONE, SECRET),
        ledger("Confirmed", ONE, TWO, THREE),
        ledger("Confirmed", ONE, RECORD),
        ledger("Confirmed", ONE, SECRET),
        ledger("Confirmed", ONE, report(2, origin=2, basis="first", is_party=True), kind="statement"),
        ledger("Developing", ONE, report(2, basis="relay", relays="r1", origin=1, why="relays")),
        ledger("Developing", ONE, report(2, basis="relay", relays="s1", origin=1, why="proposed")),
        ledger("Developing", ONE, report(2, origin=1, why="same-owner"), groups=["s1", "s2"]),
        ledger("Developing", ONE, report(2, source="s1", origin=1, why="same-source")),
        ledger("Strong", ONE, TWO, report(3, origin=2, why="ungraded")),
        ledger("Developing", report(1, basis="unknown", origin=1), report(2, basis="relay", why="lineage-unknown")),
        ledger("Developing", ONE, report(2, basis="relay", relays="s9", why="passed-on"), others=["s9"]),
        ledger("Developing", ONE, report(2, basis="relay", relays="r1", why="upstream")),
        ledger("Unrated", report(1, why="graded-out"), report(2, basis="relay", relays="r1", why="passed-on")),
        ledger("Unrated", report(1, why="ours"), report(2, basis="relay", relays="r1", why="ours")),
        ledger("Developing", ONE, report(2, basis=None, name="The Paper", why="ours")),
    ],
)
def test_a_ledger_from_which_its_rating_follows_agrees(published):
    assert recompute(published) == []


def edges(said, follows):
    return f"r2 (Source 2) is published as “{said}” Its edges make it “{follows}”"


def only(said, possible):
    return f"r2 (Internal intake) is published as “{said}” It could only be “{possible}”"


@pytest.mark.parametrize(
    ("published", "differences"),
    [
        (ledger("Developing", ONE, TWO), ["it states Developing, but its origins make it Strong."]),
        (ledger("Strong", ONE), ["it states Strong, but its origins make it Developing."]),
        # A hold only lowers.
        (
            ledger("Strong", ONE, is_held=True),
            ["it states that Strong is held down, but its origins make it Developing."],
        ),
        (
            ledger("Unrated", ONE, is_held=True),
            ["it states that Unrated is held down, but its origins make it Developing."],
        ),
        (
            ledger("Strong", ONE, TWO, AGAINST, is_disputed=True),
            ["it states Strong, but its origins make it Developing."],
        ),
        (ledger("Developing", ONE, AGAINST), ["its reports make it disputed, but it states the opposite."]),
        (ledger("Developing", ONE, is_disputed=True), ["its reports make it undisputed, but it states the opposite."]),
        # Nobody's record.
        (ledger("Confirmed", ONE, TWO), ["it states Confirmed, but its origins make it Strong."]),
        (
            ledger("Confirmed", ONE, report(2, origin=2, basis="first", is_party=True)),
            ["it states Confirmed, but its origins make it Strong."],
        ),
        # An ungraded origin is not reliable.
        (
            ledger("Confirmed", ONE, RECORD, report(3, origin=2, why="ungraded")),
            ["it states Confirmed, but its origins make it Strong."],
        ),
        (
            ledger("Strong", ONE, report(2, basis="relay", relays="r1", origin=2)),
            [
                edges("Independent origin 2.", "It relays a source that is already counted. (Origin 1.)"),
                "it states 2 independent origins, but its reports add 1.",
                "it states Strong, but its origins make it Developing.",
            ],
        ),
        (
            ledger("Strong", ONE, TWO, groups=["s1", "s2"]),
            [
                edges("Independent origin 2.", "A source under the same owner is already counted. (Origin 1.)"),
                "it states 2 independent origins, but its reports add 1.",
                "it states Strong, but its origins make it Developing.",
            ],
        ),
        (
            ledger("Developing", ONE, report(2, why="no-new-origin")),
            [
                edges("It adds no independent origin.", "Independent origin 2."),
                "it states 1 independent origin, but its reports add 2.",
                "it states Developing, but its origins make it Strong.",
            ],
        ),
        (
            ledger("Developing", ONE, report(2, basis=None, why="graded-out")),
            [only("Its source is graded unreliable.", "It adds no independent origin.")],
        ),
        (
            ledger("Strong", ONE, report(2, basis=None, stance="context", origin=2)),
            [only("Independent origin 2.", "Background only; not evidence for the claim.")],
        ),
    ],
)
def test_a_ledger_from_which_it_does_not_follow_is_told_every_difference(published, differences):
    assert recompute(published) == [f"The headline: {difference}" for difference in differences]
    development = {"at": "noon", **copy.deepcopy(published), **published["signal"]}
    if not published["signal"]["is_held"]:
        around = ledger("Developing", ONE) | {"developments": [development], "kind": published["kind"]}
        assert recompute(around) == [f"The development of noon: {difference}" for difference in differences]


def test_what_follows_from_a_rating_is_checked_too():
    published = ledger("Strong", ONE, TWO)
    assert recompute(published | {"reliability": {"origins": 2, "has_record": False}}) == [
        "The headline: Strong from 2 independent origins requires another reliability than it states."
    ]
    assert recompute(published | {"upgrades": []}) == ["The headline: what would raise it is not what it states."]
    assert recompute(ledger("Strong", ONE, TWO, rules="0")) == [
        f"It was rated under rules 0; this is rules {RULES_VERSION}."
    ]


@pytest.mark.parametrize(
    "published",
    [
        ledger("Developing", ONE) | {"version": 1},
        ledger("Developing", ONE, report(1)),
        ledger("Developing", report(1, basis="relay", relays="r7")),
        ledger("Developing", report(1, basis="own", relays="r1")),
        ledger("Developing", ONE) | {"sources": []},
        ledger("Developing", ONE, groups=["s1"]) | {"groups": []},
        ledger("Developing", ONE | {"source": None}),
        ledger("Developing", ONE | {"basis": None}),
    ],
)
def test_ids_that_lead_nowhere_make_no_ledger(published):
    with pytest.raises(ValueError, match=r"version|id|basis|no relay"):
        read_claims(published)


def test_all_that_is_ever_published_of_a_report_can_be_checked():
    """Each exclusion but that of a report which is not accepted, which readers never see."""
    stances = {"context": "context", "contradicts": "contradicts", "resolved": "contradicts"}
    for why in set(Exclusion) - {Exclusion.NOT_REVIEWED}:
        stated = report(2, basis=None, name="The Paper", stance=stances.get(why, "supports"), why=why.value)
        differences = recompute(ledger("Developing", ONE, stated, is_disputed=why is Exclusion.CONTRADICTS))
        allowed = {"retracted", "context", "contradicts", "resolved", "graded-out", "ours", "no-new-origin"}
        assert (differences == []) == (why in allowed), (why, differences)


@pytest.mark.parametrize(
    ("published", "status", "said"),
    [
        (ledger("Developing", ONE), 0, "agrees: Developing from 1 independent origin\n"),
        (
            ledger("Strong", ONE, SECRET),
            0,
            "agrees: Strong from 2 independent origins\ntaken as stated: the share of 1 report without edges\n",
        ),
        (
            ledger("Developing", ONE, TWO, is_held=True),
            0,
            "agrees: Developing from 2 independent origins, held down by the desk\n",
        ),
        (
            ledger("Developing", ONE)
            | {"developments": [{"at": "noon", **ledger("Developing", ONE)} | ledger("Developing", ONE)["signal"]]},
            0,
            "agrees: Developing from 1 independent origin\nagrees: the Signals of 1 development\n",
        ),
        (ledger("Strong", ONE), 1, "The headline: it states Strong, but its origins make it Developing.\n"),
    ],
)
def test_the_command_says_whether_it_agrees(tmp_path, capsys, published, status, said):
    file = tmp_path / "ledger.json"
    file.write_text(json.dumps(published))
    assert main([str(file)]) == status
    assert capsys.readouterr().out == said


def test_the_command_says_what_is_wrong_with_a_file(tmp_path, capsys):
    assert main([]) == 2
    assert "Usage" in capsys.readouterr().out
    assert main([str(tmp_path / "none.json")]) == 2
    assert "can't be read" in capsys.readouterr().out
    for text in ("", "[]", "{}", '{"signal": 1}', '{"version": 2, "kind": "event", "rules": "1", "signal": {}}'):
        (tmp_path / "x.json").write_text(text)
        assert main([str(tmp_path / "x.json")]) == 2, text
        assert "is not a dispatch" in capsys.readouterr().out
