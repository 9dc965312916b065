"""The Signal panel names who stands behind a claim, as far as its user may know."""

import pytest
from django.contrib.auth.models import Group, User
from factories import cite, make_dispatch, make_report, make_source

from dispatches.admin.origins import CountedOrigin, Party, Standing
from dispatches.admin.panels import signal_panel
from sources.models import Owner, Proposal

pytestmark = pytest.mark.django_db


def panel_of(dispatch, role: str) -> Standing:
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return signal_panel(dispatch, list(dispatch.citations.for_rating()), user)["standing"]


@pytest.fixture
def dispatch():
    """An agency, relayed by a paper, seemingly copied by another; a radio station and its sister; a rejected report."""
    house = Owner.objects.create(name="The House")
    agency, paper, other, blog = (make_source(name=name) for name in ("Agency", "Paper", "Other", "Blog"))
    radio, sister = (make_source(name=name, owner=house) for name in ("Radio", "Sister"))
    wire = make_report(agency)
    copy = make_report(other)
    reports = [
        wire,
        make_report(paper, basis="relay", relays=wire),
        copy,
        make_report(radio, basis="first"),
        make_report(sister),
        make_report(blog, basis="unknown"),
        make_report(agency),
    ]
    dispatch = make_dispatch(reports[0])
    for report in reports[1:]:
        cite(dispatch, report)
    Proposal.objects.create(report=copy, relays=wire, kind="copy", evidence="Alike.")
    return dispatch


def test_the_origins_are_named_with_how_they_know_and_who_adds_nothing(dispatch):
    standing = panel_of(dispatch, "Editor")
    assert standing.origins == [
        CountedOrigin(
            "Agency",
            "Own reporting",
            [
                Party("Paper", "relays it"),
                Party("Other", "seems to relay it; not decided yet"),
                Party("Agency", "the same source again"),
            ],
        ),
        CountedOrigin("Radio", "First-hand", [Party("Sister", "under the same owner (The House)")]),
    ]
    assert standing.others == [Party("Blog", "The origin of its information is unknown.")]


def test_an_origin_that_is_not_cited_is_named_too():
    agency, credited = make_source(name="Agency"), make_source(name="Ministry")
    through = make_report(make_source(name="Paper"), basis="relay", relays=make_report(agency))
    by_credit = make_report(make_source(name="Radio"), basis="relay", credits=credited)
    dispatch = make_dispatch(through, by_credit)
    assert panel_of(dispatch, "Editor").origins == [
        CountedOrigin("Agency", "Own reporting, through Paper, which relays it"),
        CountedOrigin("Ministry", "credited by Radio, which relays it"),
    ]


def test_a_reporter_sees_no_more_of_a_confidential_source_than_readers():
    hidden = make_source(name="Lighthouse", is_confidential=True, owner=Owner.objects.create(name="The House"))
    relay = make_report(make_source(name="Paper"), basis="relay", relays=make_report(hidden))
    dispatch = make_dispatch(make_report(hidden, basis="first"), relay, make_report(make_source(name="Radio")))
    seen = panel_of(dispatch, "Reporter")
    assert [(each.name, each.words) for each in seen.origins] == [("Internal intake", ""), ("Radio", "Own reporting")]
    assert [each.name for each in seen.others] == ["Paper"]
    for word in ("Lighthouse", "First-hand", "The House"):
        assert word not in str(seen)
    assert panel_of(dispatch, "Editor").origins[0].name.startswith("Lighthouse (readers: ")
