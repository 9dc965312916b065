"""A source that becomes confidential leaves no edge in any edition; its name is tested with `test_expunging.py`."""

import json

import pytest
from factories import DESK, cite, make_dispatch, make_report, make_source, publish

from dispatches import desk
from dispatches.desk.concealing import conceal_lines
from dispatches.public.models import Edition
from sources.models import Owner

pytestmark = pytest.mark.django_db


def without(edition, name):
    """Return the ledger of an edition after a source of that name became confidential, briefly."""
    lines = conceal_lines(edition.public_ledger, {name}, set())
    return [
        (line.source, line.origin, line.why and line.why.value, line.basis and line.basis.value, line.owner)
        for line in lines
    ]


def test_whoever_relays_it_leads_to_a_confidential_source():
    channel = make_report(make_source(name="The Channel"))
    copy = make_report(make_source(name="The Copy"), basis="relay", relays=channel)
    second = make_report(make_source(name="The Second"), basis="relay", relays=copy)
    edition = publish(channel, copy, second, make_report(make_source(name="The Other")))
    assert without(edition, "The Channel") == [
        ("Internal intake", 1, None, None, ""),
        ("The Copy", None, "no-new-origin", None, ""),
        ("The Second", None, "no-new-origin", None, ""),
        ("The Other", 2, None, "own", ""),
    ]


def test_whoever_relays_it_does_so_even_if_it_is_cited_as_context():
    channel = make_report(make_source(name="The Channel"))
    copy = make_report(make_source(name="The Copy"), basis="relay", relays=channel)
    dispatch = make_dispatch(copy, make_report(make_source(name="The Second"), basis="relay", relays=copy))
    cite(dispatch, channel, stance="context")
    assert without(desk.publish(dispatch=dispatch, actor=DESK), "The Channel") == [
        ("The Copy", 1, None, None, ""),
        ("The Second", None, "no-new-origin", None, ""),
        ("Internal intake", None, "context", None, ""),
    ]


def test_whoever_credits_it_leads_to_a_confidential_source():
    paper = make_report(make_source(name="The Paper"), basis="relay", credits=make_source(name="The Channel"))
    radio = make_report(make_source(name="The Radio"), basis="relay", credits=paper.credits)
    assert without(publish(paper, radio), "The Channel") == [
        ("The Paper", 1, None, None, ""),
        ("The Radio", None, "no-new-origin", None, ""),
    ]


def test_whoever_shares_its_owner_does_not_tell_so():
    owner = Owner.objects.create(name="Holdings")
    channel = make_report(make_source(name="The Channel", owner=owner))
    paper = make_report(make_source(name="The Paper", owner=owner))
    assert without(publish(channel, paper), "The Channel") == [
        ("Internal intake", 1, None, None, ""),
        ("The Paper", None, "no-new-origin", None, ""),
    ]
    assert without(publish(paper, channel), "The Channel") == [
        ("The Paper", 1, None, "own", ""),
        ("Internal intake", None, "no-new-origin", None, ""),
    ]
    both = [make_report(make_source(name=f"The {name}", owner=owner)) for name in ("Radio", "Weekly")]
    assert [line[-1] for line in without(publish(*both, channel), "The Channel")] == ["Holdings", "Holdings", ""]
    dispatch = make_dispatch(make_report(basis="relay", credits=paper.source))
    cite(dispatch, channel, stance="context")
    (line, _) = conceal_lines(desk.publish(dispatch=dispatch, actor=DESK).public_ledger, {"The Channel"}, set())
    assert line.credits
    assert (line.credits.name, line.credits.owner) == ("The Paper", "")


def test_nothing_changes_where_it_is_not():
    lines = publish(make_report(), make_report()).public_ledger
    assert conceal_lines(lines, {"The Channel"}, set()) == lines


def test_the_ledgers_of_developments_lose_it_as_well():
    channel = make_source(name="The Channel")
    dispatch = make_dispatch(make_report())
    step = dispatch.developments.create(text="A step", at=dispatch.created_at)
    cite(dispatch, make_report(make_source(name="The Paper"), basis="relay", credits=channel), development=step)
    edition = desk.publish(dispatch=dispatch, actor=DESK)
    with desk.saving(dispatch, actor=DESK):
        dispatch.citations.filter(development=step).delete()
    desk.update(dispatch=dispatch, actor=DESK)
    assert "The Channel" in json.dumps(edition.developments)
    channel.is_confidential = True
    with desk.saving(channel, actor=DESK):
        channel.save()
    for old in Edition.objects.filter(publication=edition.publication_id):
        assert "The Channel" not in json.dumps([old.ledger, old.developments])
    edition.refresh_from_db()
    (line,) = edition.public_developments[0].ledger
    assert (line.source, line.basis, line.credits, line.origin) == ("The Paper", None, None, 1)
