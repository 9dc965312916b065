"""The public ledger of a claim: who relays whom, whose owner joins whom, and nothing of confidential sources."""

import pytest
from factories import DESK, cite, dispatch_of, make_dispatch, make_report, make_source, publish

from dispatches import desk
from dispatches.public.ledger import LedgerLine, Party, origin_party
from sources.independence import Basis
from sources.models import Holding, Owner

pytestmark = pytest.mark.django_db


def edges(line: LedgerLine):
    return line.basis and line.basis.value, line.relays, line.credits and line.credits.name, line.owner


def edges_of(*reports):
    return [edges(line) for line in publish(*reports).public_ledger]


def test_a_line_tells_which_line_it_relays_or_else_which_source():
    agency = make_source(name="The Agency")
    wire = make_report(agency)
    copy = make_report(basis="relay", relays=wire)
    second = make_report(basis="relay", relays=copy)
    edition = publish(second, wire, make_report(basis="relay", credits=make_source(name="The Other Agency")))
    # The report between the first and the second is not cited.
    assert [edges(line) for line in edition.public_ledger] == [
        ("relay", 2, None, ""),
        ("own", None, None, ""),
        ("relay", None, "The Other Agency", ""),
    ]
    lines = edition.public_ledger
    assert [origin_party(lines, line) for line in lines] == ["The Agency", "The Agency", "The Other Agency"]
    (line,) = publish(second).public_ledger
    assert (edges(line), line.origin) == (("relay", None, "The Agency", ""), 1)


def test_a_relay_of_unknown_origin_relays_nothing():
    one = make_report(basis="unknown")
    other = make_report(basis="relay", relays=one)
    assert edges_of(other) == [("relay", None, None, "")]
    assert edges_of(other, one) == [("relay", 2, None, ""), ("unknown", None, None, "")]
    lines = publish(other, one).public_ledger
    assert origin_party(lines, lines[0]) == ""


def test_an_owner_is_named_if_it_joins_sources_that_are_shown():
    daughter, top, other = (Owner.objects.create(name=name) for name in ("Daughter", "Top", "Other"))
    Holding.objects.create(holder=top, held=daughter, percent=60)
    paper, radio = make_source(owner=top), make_source(owner=daughter)
    lone, secret = make_source(owner=other), make_source(owner=other, is_confidential=True)
    lines = publish(*(make_report(source) for source in (paper, radio, lone, secret))).public_ledger
    assert [line.owner for line in lines] == ["Top", "Top", "", ""]
    # One of two is enough to be named, if the other is credited.
    lines = publish(make_report(lone), make_report(basis="relay", credits=make_source(owner=other))).public_ledger
    assert [line.owner for line in lines] == ["Other", ""]
    assert lines[1].credits
    assert lines[1].credits.owner == "Other"


def test_a_new_name_of_an_owner_issues_an_edition_where_it_is_shown(client):
    owner = Owner.objects.create(name="Before")
    shown = publish(make_report(make_source(owner=owner)), make_report(make_source(owner=owner)))
    alone = publish(make_report(make_source(owner=owner)), make_report(make_source(owner=owner, is_confidential=True)))
    owner.name = "After"
    with desk.saving(owner, actor=DESK):
        owner.save()
    assert [line.owner for line in dispatch_of(shown).latest_edition().public_ledger] == ["After", "After"]
    assert dispatch_of(alone).latest_edition() == alone
    changes = client.get(f"{shown.get_absolute_url()}history/?from=1&to=2").text
    assert changes.count("owner: <del>Before</del> <ins>After</ins>") == 2


def test_sources_of_one_name_are_told_apart():
    one, other = (make_source(public_label="The Paper") for _ in range(2))
    lines = publish(make_report(one), make_report(other), make_report(one)).public_ledger
    assert [(line.source, line.party) for line in lines] == [("The Paper", 1), ("The Paper", 2), ("The Paper", 1)]


def test_a_stated_line_has_no_edges():
    agency = make_report(make_source(name="The Agency"))
    secret = make_report(make_source(is_confidential=True), basis="relay", relays=agency)
    named = make_report(make_source(name="The Paper"), basis="relay", relays=secret)
    dispatch = make_dispatch(agency)
    for report in (secret, named):
        cite(dispatch, report, is_interested=True)
    _, *lines = desk.publish(dispatch=dispatch, actor=DESK).public_ledger
    for line in lines:
        assert line.is_stated
        assert (edges(line), line.party, line.is_interested) == ((None, None, None, ""), 0, False)


def test_ungraded_sources_lead_to_the_one_that_counts_for_them():
    rumours = [make_report(make_source(grade="F")) for _ in range(2)]
    copy = make_report(basis="relay", relays=rumours[1])
    lines = publish(make_report(), *rumours, copy).public_ledger
    assert [(line.why and line.why.value, line.origin) for line in lines] == [
        (None, 1),
        (None, 2),
        ("ungraded", 2),
        ("relays", 2),
    ]


def test_each_development_has_a_ledger_of_its_own():
    agency, other = make_report(), make_report()
    dispatch = make_dispatch(agency)
    steps = [dispatch.developments.create(text=text, at=dispatch.created_at, position=1) for text in ("One", "Two")]
    cite(dispatch, agency, development=steps[1])
    cite(dispatch, other, development=steps[1])
    edition = desk.publish(dispatch=dispatch, actor=DESK)
    told = {each.text: (each.signal.word, each.origins, len(each.ledger)) for each in edition.public_developments}
    assert told == {"One": ("Unrated", 0, 0), "Two": ("Strong", 2, 2)}
    with desk.saving(source := other.source, actor=DESK):
        source.public_label = "A new name"
        source.save()
    steps = dispatch_of(edition).latest_edition().public_developments
    assert "A new name" in [line.source for step in steps for line in step.ledger]
    with desk.saving(dispatch, actor=DESK):
        dispatch.citations.filter(development__isnull=False).delete()
    steps = dispatch_of(edition).latest_edition().public_developments
    assert [(step.origins, step.ledger) for step in steps] == [(0, ()), (0, ())]


def test_the_values_survive_the_database():
    line = LedgerLine(
        "The Paper",
        "https://x.example/",
        "supports",
        2,
        None,
        Basis.RELAY,
        credits=Party("The Agency", 2, "Holdings"),
        owner="Holdings",
        party=1,
        is_interested=True,
        is_proposed=True,
    )
    assert LedgerLine.from_json(line.as_json()) == line
    assert LedgerLine.from_json(line.as_json() | {"url": "javascript:x"}).url == ""
