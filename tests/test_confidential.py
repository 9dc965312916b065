"""No public byte depends on a confidential source's name or notes, or reveals more than that it exists."""

import pytest
from factories import DESK, cite, dispatch_of, make_dispatch, make_report, make_source

from dispatches import desk
from sources.independence import CONFIDENTIAL_LABEL
from sources.models import Owner, Source

pytestmark = pytest.mark.django_db

SECRET = "Tunnel Seven"


def publish(*reports):
    return desk.publish(dispatch=make_dispatch(*reports), actor=DESK)


def lines_of(edition):
    return [(line.source, line.origin, line.why) for line in edition.public_ledger]


def test_renaming_every_confidential_source_changes_no_public_byte(client):
    channel = make_source(name=SECRET, kind="channel", is_confidential=True, public_label="also secret", notes="secret")
    edition = publish(make_report(channel, title="secret title", url="https://secret.example/"), make_report())
    addresses = ["/", "/wire/", edition.section.get_absolute_url(), edition.get_absolute_url()]
    before = [client.get(address).content for address in addresses]
    assert CONFIDENTIAL_LABEL.encode() in before[-1]
    assert not [page for page in before if b"secret" in page.lower() or SECRET.encode() in page]
    Source.objects.filter(is_confidential=True).update(name="Renamed", notes="Other", public_label="Other")
    desk.update(dispatch=dispatch_of(edition), actor=DESK)
    after = [client.get(address).content for address in addresses]
    assert before[:-1] == after[:-1]
    assert b"Renamed" not in after[-1]


def test_a_confidential_relay_does_not_tell_whom_it_relays():
    agency = make_report(make_source(name="The Agency"))
    channel = make_report(make_source(is_confidential=True), basis="relay", relays=agency)
    assert lines_of(publish(agency, channel)) == [
        ("The Agency", 1, None),
        (CONFIDENTIAL_LABEL, None, "no-new-origin"),
    ]


def test_a_named_source_does_not_tell_that_a_confidential_one_is_under_its_owner():
    owner = Owner.objects.create(name="Holdings")
    channel = make_report(make_source(is_confidential=True, owner=owner, grade="A"))
    outlet = make_report(make_source(name="The Outlet", owner=owner, grade="C"))
    assert lines_of(publish(channel, outlet)) == [
        (CONFIDENTIAL_LABEL, None, "no-new-origin"),
        ("The Outlet", 1, None),
    ]


def test_a_confidential_source_does_not_tell_its_grade():
    unreliable = make_report(make_source(is_confidential=True, grade="E"))
    assert lines_of(publish(make_report(make_source(name="The Outlet")), unreliable)) == [
        ("The Outlet", 1, None),
        (CONFIDENTIAL_LABEL, None, "no-new-origin"),
    ]


def test_what_the_desk_has_not_accepted_does_not_exist_for_readers():
    rejected = make_report(accepted=False)
    desk.reject_report(report=rejected, actor=DESK, reason="A rumour.")
    edition = publish(make_report(make_source(name="The Outlet")), make_report(accepted=False), rejected)
    assert lines_of(edition) == [("The Outlet", 1, None)]


def test_the_primary_source_is_named_as_readers_may_know_it():
    assert publish(make_report(make_source(is_confidential=True))).primary_source == CONFIDENTIAL_LABEL
    assert publish(make_report(make_source(name="X", public_label="The X Paper"))).primary_source == "The X Paper"


def test_an_internal_channel_can_not_be_made_public():
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        make_source(kind="channel", is_confidential=False)


def test_a_development_backed_by_a_channel_tells_nothing_of_it(client):
    dispatch = make_dispatch()
    step = dispatch.developments.create(text="A step", at=dispatch.created_at)
    cite(dispatch, make_report(make_source(name=SECRET, is_confidential=True)), development=step)
    edition = desk.publish(dispatch=dispatch, actor=DESK)
    assert SECRET not in client.get(edition.get_absolute_url()).text


def test_origins_are_numbered_as_their_lines_stand():
    agency = make_report(make_source(name="The Agency"))
    channel = make_report(make_source(is_confidential=True), basis="relay", relays=agency)
    other = make_report(make_source(name="The Other"))
    assert lines_of(publish(channel, other, agency)) == [
        (CONFIDENTIAL_LABEL, None, "no-new-origin"),
        ("The Other", 1, None),
        ("The Agency", 2, None),
    ]


def test_nothing_a_reader_sees_depends_on_whom_a_confidential_report_that_adds_nothing_goes_back_to():
    one, other = make_report(make_source(name="One")), make_report(make_source(name="Other"))
    copy = make_report(make_source(name="Copy"), basis="relay", relays=one)
    channel = make_source(is_confidential=True)
    ledgers = []
    for target in (one, other):
        relay = make_report(channel, basis="relay", relays=target)
        ledgers.append(publish(relay, one, copy, other).ledger)
    assert ledgers[0] == ledgers[1]


def test_a_confidential_relay_does_not_tell_that_its_origin_was_taken_back():
    agency = make_report(make_source(name="The Agency"))
    channel = make_report(make_source(is_confidential=True), basis="relay", relays=agency)
    edition = publish(channel, agency, make_report(make_source(name="The Other")))
    desk.retract_report(report=agency, actor=DESK)
    edition = dispatch_of(edition).latest_edition()
    assert lines_of(edition) == [
        (CONFIDENTIAL_LABEL, None, "no-new-origin"),
        ("The Agency", None, "retracted"),
        ("The Other", 1, None),
    ]


def test_a_named_relay_of_a_channel_tells_nothing_of_the_channel():
    channel = make_report(make_source(is_confidential=True, grade="E"), accepted=False)
    relay = make_report(make_source(name="The Paper", grade="A"), basis="relay", relays=channel)
    assert lines_of(publish(make_report(make_source(name="The Other")), relay)) == [
        ("The Other", 1, None),
        ("The Paper", None, "no-new-origin"),
    ]


def test_a_named_source_that_can_not_be_judged_does_not_tell_that_a_confidential_one_can_not_either():
    channel = make_report(make_source(is_confidential=True, grade="F"))
    rumour = make_report(make_source(name="The Rumour", grade="F"))
    assert lines_of(publish(channel, rumour)) == [
        (CONFIDENTIAL_LABEL, None, "no-new-origin"),
        ("The Rumour", 1, None),
    ]


def test_the_header_does_not_tell_that_something_is_scheduled(client):
    dispatch = make_dispatch(section=publish(make_report()).section)
    before = client.get("/").headers
    desk.schedule(dispatch=dispatch, actor=DESK, at=dispatch.created_at.replace(year=2999))
    assert client.get("/").headers == before
    desk.cancel_schedule(dispatch=dispatch, actor=DESK)
    assert client.get("/").headers == before
