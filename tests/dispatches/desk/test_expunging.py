"""The exceptions to “editions never change”: a source becomes confidential, a dispatch is expunged."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from factories import DESK, dispatch_of, make_report, make_source, publish

from dispatches import desk
from dispatches.desk.readiness import NotReady
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from dispatches.public.prepared import part
from dispatches.public.search import read_corpus, search

pytestmark = pytest.mark.django_db


def bytes_of(client, edition):
    """Return everything that readers can get of a dispatch, for every time."""
    page = edition.get_absolute_url()
    moments = Edition.objects.filter(publication=edition.publication_id).values_list("live_at", flat=True)
    addresses = [
        page,
        f"{page}history/",
        f"{page[:-1]}.json",
        f"{page[:-1]}.signal.json",
        "/",
        "/wire/",
        "/corrections/",
        "/feeds/wire.atom",
        "/feeds/corrections.json",
        "/feeds/signal/developing.rss",
        "/feeds/ninjs.json",
        "/news-sitemap.xml",
        *(f"{page}?at={moment.isoformat().replace('+', '%2B')}" for moment in moments),
    ]
    return "\n".join(client.get(address).text for address in addresses)


def test_a_source_that_becomes_confidential_is_named_nowhere_any_more(client):
    source, agency = make_source(name="The Harbour Whisper"), make_source(name="The Agency")
    first = make_report(source, url="https://whisper.example/story")
    relay = make_report(source, url="https://whisper.example/relay", basis="relay", relays=make_report(agency))
    edition = publish(first, relay, make_report(agency))
    desk.update(dispatch=dispatch_of(edition), actor=DESK)
    assert "Harbour Whisper" in bytes_of(client, edition)
    source.is_confidential = True
    with desk.saving(source, actor=DESK):
        source.save()
    everything = bytes_of(client, edition).lower()
    assert "whisper" not in everything
    assert "internal intake" in everything
    for old in Edition.objects.filter(publication=edition.publication_id):
        assert old.primary_source == "Internal intake"
        assert [line.why for line in old.public_ledger if line.source == "Internal intake"] == [None, "no-new-origin"]


def test_no_edition_shows_which_origin_a_report_of_a_source_belongs_to_that_became_confidential(client):
    source, agency = make_source(name="The Harbour Whisper"), make_source(name="The Agency")
    origin = make_report(agency)
    relay = make_report(source, basis="relay", relays=origin)
    edition = publish(origin, relay, make_report(make_source()))
    assert [line.origin for line in edition.public_ledger if line.source == source.name] == [1]
    make_confidential(source)
    for old in Edition.objects.filter(publication=edition.publication_id):
        (line,) = [line for line in old.public_ledger if not line.is_named]
        assert (line.origin, line.why, line.url) == (None, "no-new-origin", "")
    ledger = client.get(f"{edition.get_absolute_url()[:-1]}.signal.json").json()
    assert [report["origin"] for report in ledger["reports"]] == [1, None, 2]


def make_confidential(source):
    source.is_confidential = True
    save(source)


def save(source):
    """Save a source as the desk's form does."""
    with desk.saving(source, actor=DESK):
        source.save()


def test_it_is_named_no_more_where_it_was_cited_once(client):
    source = make_source(name="The Harbour Whisper")
    edition = publish(make_report(source, url="https://whisper.example/story"), make_report(make_source()))
    dispatch = dispatch_of(edition)
    with desk.saving(dispatch, actor=DESK):
        dispatch.citations.filter(report__source=source).delete()
    desk.update(dispatch=dispatch, actor=DESK)
    assert "whisper" in bytes_of(client, edition).lower()
    make_confidential(source)
    assert "whisper" not in bytes_of(client, edition).lower()


@pytest.mark.parametrize("field", ["name", "public_label"])
def test_it_is_named_no_more_by_a_name_that_it_had_before(client, field):
    source = make_source(**{field: 'לחישת הנמל "W"'})
    edition = publish(make_report(source), make_report(make_source()))
    assert "לחישת הנמל" in bytes_of(client, edition)
    setattr(source, field, "Another")
    save(source)
    make_confidential(source)
    everything = bytes_of(client, edition)
    assert "לחישת הנמל" not in everything
    assert "Another" not in everything


def test_a_label_that_another_source_has_too_stays_there(client):
    ours, others = (make_source(public_label="A farmer") for _ in range(2))
    concealed, kept = publish(make_report(ours)), publish(make_report(others), slug="kept")
    make_confidential(ours)
    assert "A farmer" not in bytes_of(client, concealed).split("</html>")[0]
    assert "A farmer" in bytes_of(client, kept).split("</html>")[0]


def test_a_source_that_stays_named_changes_no_edition(client):
    source = make_source(name="The Courier")
    edition = publish(make_report(source))
    source.notes = "Something new"
    with desk.saving(source, actor=DESK):
        source.save()
    assert list(Edition.objects.all()) == [edition]
    assert "The Courier" in bytes_of(client, edition)


def test_what_is_expunged_has_left_no_word(client):
    secret = "Quicksilver"
    edition = publish(
        make_report(make_source(name=f"{secret} Times")),
        headline=f"{secret} headline",
        tldr=f"{secret} in brief.",
        body=f"{secret} at length.",
        slug="plain",
        byline=f"{secret} Doe",
    )
    desk.correct(dispatch=dispatch_of(edition), actor=DESK, note=f"{secret} was wrong.")
    desk.expunge(dispatch=dispatch_of(edition), actor=DESK, note="By order of a court.")
    everything = bytes_of(client, edition)
    assert secret not in everything
    assert "By order of a court." in everything
    assert client.get(edition.get_absolute_url()).status_code == 410
    all_editions = part("all editions", lambda: Edition.objects.order_by().values_list("id", "publication_id"))
    assert search(secret, read_corpus(all_editions, timezone.now()), newest_first=True, limit=1).count == 0
    assert dispatch_of(edition).headline == "Expunged"


def test_an_order_is_named_and_what_nobody_has_read_is_not_expunged():
    dispatch = dispatch_of(publish())
    with pytest.raises(NotReady):
        desk.expunge(dispatch=dispatch, actor=DESK, note=" ")
    coming = dispatch_of(publish(at=timezone.now()))
    Edition.objects.filter(publication=coming.publication_id).delete()
    with pytest.raises(NotReady):
        desk.expunge(dispatch=coming, actor=DESK, note="By order of a court.")


def test_nothing_brings_it_back(desk_client):
    dispatch = dispatch_of(publish(headline="The story"))
    stale = Dispatch.objects.get(pk=dispatch.pk)
    desk.expunge(dispatch=dispatch, actor=DESK, note="By order of a court.")
    for copy in (dispatch, stale, Dispatch.objects.get(pk=dispatch.pk)):
        with pytest.raises(NotReady, match="It was expunged"):
            desk.restore(dispatch=copy, actor=DESK, note="The order was lifted.")
        for verb in (desk.publish, desk.update):
            with pytest.raises(NotReady):
                verb(dispatch=copy, actor=DESK)
        with pytest.raises(NotReady):
            desk.schedule(dispatch=copy, actor=DESK, at=timezone.now() + timedelta(hours=1))
    address = reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])
    page = desk_client.get(address).text
    assert 'value="restore"' not in page
    assert 'value="expunge"' not in page
    assert "It was expunged" in page
    restore = reverse("admin:dispatches_dispatch_restore", args=[dispatch.pk])
    desk_client.post(restore, {"note": "It stands.", "version": "2"})
    assert [edition.headline for edition in Edition.objects.live()] == ["Expunged"]


def test_a_withdrawn_dispatch_whose_headline_is_like_a_tombstone_s_is_restored():
    dispatch = dispatch_of(publish(headline="Expunged"))
    desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert desk.restore(dispatch=dispatch, actor=DESK, note="It stands.").kind == "restoration"
