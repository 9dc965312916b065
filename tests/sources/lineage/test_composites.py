"""Names of two sources, “AP via CBC News”: the first is the origin, the second the carrier."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from factories import DESK, make_report, make_section, make_source, publish

from dispatches import desk
from dispatches.intake.importing import Importer
from dispatches.intake.lines import read_line
from dispatches.intake.tables import take_in_source
from dispatches.public.models import Edition
from sources.intake.items import make_item
from sources.lineage.composites import split_name
from sources.lineage.parties import find_source
from sources.models import Proposal, Report, Source

TWO = [
    ("AP via CBC News", "AP", "CBC News"),
    ("Reuters via Yahoo News", "Reuters", "Yahoo News"),
    ("CNN via AP", "CNN", "AP"),
    ("AP Via CBC News", "AP", "CBC News"),
    ("AP VIA CBC NEWS", "AP", "CBC NEWS"),
    ("dpa via n-tv", "dpa", "n-tv"),
    ("Daily Bugle via Evening Star", "Daily Bugle", "Evening Star"),
    ("AP via CBC News via Yahoo", "AP", "Yahoo"),
    ("AP\u200b  via\u00a0CBC News", "AP", "CBC News"),
    ("Reuters, via Yahoo News", "Reuters", "Yahoo News"),
    ("Reuters (via Yahoo News)", "Reuters", "Yahoo News"),
    ("CBC News (AP)", "AP", "CBC News"),
    ("CBC News [AP]", "AP", "CBC News"),
    ("Yahoo News (via Reuters)", "Reuters", "Yahoo News"),
    ("AFP/Times of Israel", "AFP", "Times of Israel"),
    ("Yahoo News / Reuters", "Reuters", "Yahoo News"),
    ("Yahoo News | Reuters", "Reuters", "Yahoo News"),
    ("AFP／Times of Israel", "AFP", "Times of Israel"),
    ("AP on MSN", "AP", "MSN"),
    ("AFP, carried by Dawn", "AFP", "Dawn"),
    ("AFP (published by Dawn)", "AFP", "Dawn"),
    ("CNN, citing Reuters", "Reuters", "CNN"),
    ("CNN citing Daily Bugle", "Daily Bugle", "CNN"),
    ("CNN (quoting Reuters)", "Reuters", "CNN"),
    ("CNN, citing Reuters, citing AP", "AP", "CNN"),
    ("BBC News, citing AFP via France 24", "AFP", "BBC News"),
    ("Der Tag unter Berufung auf dpa", "dpa", "Der Tag"),
    ('AP via Daily Herald"', "AP", "Daily Herald"),
]
# Several agencies: none of them is the origin, and the carrier isn't either.
SEVERAL = [
    ("AP/AFP via CBC News", "CBC News"),
    ("AP, AFP via CBC News", "CBC News"),
    ("Yahoo News (Reuters/AFP)", "Yahoo News"),
    ("Yahoo News (AP, AFP, Reuters)", "Yahoo News"),
    ("AFP/Reuters/Times of Israel", "Times of Israel"),
    ("CNN, citing Reuters and AFP", "CNN"),
    ("Times of Israel and agencies", "Times of Israel"),
    ("Haaretz (Agencies)", "Haaretz"),
    ("AP/AFP", "AP/AFP"),
    ("AFP-Jiji", "AFP-Jiji"),
    ("AP and Reuters", "AP and Reuters"),
    ("Agencies", "Agencies"),
]
ONE = [
    "Via Rail",
    "Via Campesina",
    "La Via Campesina",
    "La via Campesina",
    "Teatro di via Larga",
    "LA VIA CAMPESINA",
    "Radio Via Libre",
    "AP-HP",
    "AP",
    "Aviation Week",
    "Press/Star",
    "Ap/Hp",
    "Interfax-Ukraine",
    "Trivia Times",
    "Deutsche Presse-Agentur (dpa)",
    "Associated Press (AP)",
    "AP/Associated Press",
    "African National Information (ANI)",
    "Reuters (Jerusalem)",
    "Morning Call (PA)",
    "AP, Jerusalem",
    "AP via",
    "via Reuters",
    "https://x.example/AFP",
    "Reuters in Jerusalem",
    "AP on air",
    "According to Reuters",
    "Published in Paris",
    "Al Jazeera – Port Darwin",
    "The Times-Picayune/The New Orleans Advocate",
    "RFE/RL",
]


@pytest.mark.parametrize(("name", "origin", "carrier"), TWO)
def test_a_name_of_two_is_split(name, origin, carrier):
    assert split_name(name) == (origin, carrier)


@pytest.mark.parametrize(("name", "carrier"), SEVERAL)
def test_a_name_that_credits_several_agencies_credits_none(name, carrier):
    assert split_name(name) == (None, carrier)


@pytest.mark.parametrize("name", ONE)
def test_a_name_that_only_looks_like_two_is_one(name):
    assert split_name(name) is None


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Times of Israel and AP", "AP - Times of Israel", "AP (Times of Israel)"])
def test_what_stands_in_many_names_joins_two_that_are_known_only(name):
    assert split_name(name) is None
    assert split_name(name, lambda part: part == "Times of Israel") == ("AP", "Times of Israel")


@pytest.fixture
def take_in(editor):
    importer = Importer(actor=editor, section=make_section(), publishes=True, names=True)

    def take_in(*said, number=1):
        sources = [each if isinstance(each, dict) else {"name": each, "basis": "own"} for each in said]
        line = {
            "id": str(number),
            "date": "2026-06-20",
            "headline": "Port closed",
            "text": "It is.",
            "sources": sources,
        }
        importer.take_in(read_line(json.dumps(line)))
        return Edition.objects.live().latest("pk")

    return take_in


def test_two_carriers_of_one_agency_are_one_origin(take_in):
    for name in ("AP", "CBC News", "SCMP"):
        make_source(name=name, grade="A")
    edition = take_in("AP via CBC News", "AP via SCMP", "Yahoo News (The AP)")
    assert (edition.origins, edition.signal.word) == (1, "Developing")
    assert not Source.objects.filter(name__contains="via").exists()
    reports = {each.source.name: each for each in Report.objects.all()}
    assert set(reports) == {"CBC News", "SCMP", "Yahoo News"}
    assert {(each.basis, each.credits.name) for each in reports.values()} == {("relay", "AP")}


def test_four_names_of_two_agencies_are_two_origins(take_in):
    for name in ("AP", "AFP", "CBC News", "France 24", "Dawn", "MSN"):
        make_source(name=name, grade="A")
    edition = take_in("AP via CBC News", "AFP via France 24", "Dawn, citing AFP", "AP on MSN")
    assert (edition.origins, edition.signal.word) == (2, "Strong")


def test_a_name_of_several_agencies_has_an_unknown_lineage(take_in):
    for name in ("Reuters", "AP", "AFP", "Dawn"):
        make_source(name=name, grade="A")
    edition = take_in("Reuters", "Dawn (AP, AFP)", {"name": "AP/AFP", "basis": "own"}, "Dawn and agencies")
    assert (edition.origins, edition.signal.word) == (1, "Developing")
    assert {(each.source.name, each.basis) for each in Report.objects.filter(credits=None)} == {
        ("Reuters", "own"),
        ("Dawn", "relay"),
        ("AP/AFP", "relay"),
    }


def test_the_parts_of_a_name_become_sources_once(take_in):
    assert take_in("Associated Press", "A.P. via CBC News", "Associated Press (AP)").origins == 1
    take_in("Daily Bugle via Evening Star", number=2)
    names = ["Associated Press", "CBC News", "Daily Bugle", "Evening Star"]
    assert sorted(Source.objects.values_list("name", flat=True)) == names


def test_a_source_that_names_itself_credits_nobody(take_in):
    make_source(name="CBC", aliases="CBC News")
    take_in("CBC via CBC News")
    report = Report.objects.get()
    assert (report.source.name, report.basis, report.credits) == ("CBC", "own", None)


def test_a_report_that_is_there_is_proposed_to_be_the_relay(take_in):
    said = {"url": "https://cbc.example/1", "basis": "own"}
    take_in(said | {"name": "CBC News"})
    take_in(said | {"name": "AP via CBC News"}, number=2)
    proposal = Proposal.objects.get()
    assert (proposal.report, proposal.credits.name, proposal.state) == (
        Report.objects.get(),
        "Associated Press",
        "open",
    )
    assert "“AP via CBC News”" in proposal.evidence


@pytest.mark.django_db
def test_a_table_s_row_adds_both_and_changes_neither_that_is_there():
    assert take_in_source({"name": "AP via CBC News", "grade": "b"})
    carrier, origin = find_source("CBC News"), find_source("AP")
    assert (carrier.grade, origin.grade, Source.objects.count()) == ("B", "F", 2)
    assert not take_in_source({"name": "Reuters via CBC News", "grade": "a", "owner": "Thomson"})
    carrier.refresh_from_db()
    assert (carrier.grade, carrier.owner) == ("B", None)


def test_a_list_of_feeds_names_the_carrier(db, tmp_path):
    path = tmp_path / "feeds.opml"
    path.write_text('<opml><body><outline text="AP via CBC News" xmlUrl="https://cbc.example/rss"/></body></opml>')
    call_command("import_feeds", path, stdout=StringIO())
    assert Source.objects.get().name == "CBC News"


def test_the_form_says_how_to_file_a_name_of_two(desk_client):
    fields = {"name": "AP via CBC News", "kind": "outlet", "grade": "F"}
    page = desk_client.post("/desk/sources/source/add/", fields).text
    assert "This name contains two sources. Add “CBC News”" in page
    assert 'value="AP via CBC News"' in page
    assert not Source.objects.exists()
    assert desk_client.post("/desk/sources/source/add/", fields | {"name": "Via Rail"}).status_code == 302


# Existing sources with such names


@pytest.fixture
def composites(db):
    return [make_source(name=f"AP via {carrier}", grade="A") for carrier in ("CBC News", "SCMP")]


def test_what_is_accepted_under_such_a_name_counts_as_the_origin_until_it_is_cleared(composites, editor):
    reports = [make_report(source) for source in composites]
    edition = publish(*reports)
    assert (edition.origins, edition.signal.word) == (1, "Developing")
    proposal = reports[0].proposals.get()
    assert (proposal.kind, proposal.credits.name) == ("credit", "Associated Press")
    assert proposal.evidence == "The source's name: “AP via CBC News”."
    desk.clear_proposal(proposal=proposal, actor=editor, reason="Its own reporting.")
    assert Edition.objects.live().get(publication=edition.publication_id).origins == 2
    desk.propose_relays(report=reports[0], actor=DESK)
    assert desk.propose_relays_by_source_name(actor=DESK) == 0


def test_what_is_accepted_under_the_name_of_several_is_of_unknown_lineage(editor):
    make_source(name="AP", grade="A")
    report = make_report(make_source(name="AP/AFP", grade="A"))
    known = publish(report, make_report(make_source(name="Dawn", grade="A")))
    assert (known.origins, report.proposals.get().kind) == (1, "several")
    desk.accept_proposal(proposal=report.proposals.get(), actor=editor)
    report.refresh_from_db()
    assert (report.basis, report.relays, report.credits) == ("relay", None, None)
    assert Edition.objects.live().get(publication=known.publication_id).origins == 1
    assert desk.propose_relays_by_source_name(actor=DESK) == 0


def test_what_comes_in_under_such_a_name_is_proposed(composites):
    report = desk.receive(source=composites[0], items=[make_item(title="Rain", text="Rain is near.")], actor=DESK).new[
        0
    ]
    assert report.proposals.get().credits.name == "Associated Press"


def test_what_was_accepted_before_is_proposed_by_rerating(composites):
    reports = [make_report(source) for source in composites]
    Proposal.objects.all().delete()
    edition = publish(*reports)
    assert edition.origins == 2
    call_command("rerate", stdout=StringIO())
    assert Edition.objects.live().get(publication=edition.publication_id).origins == 1
    call_command("check_signals", stdout=StringIO())


def test_nobody_is_credited_by_the_name_of_two(composites):
    item = make_item(title="Rain", text="Rain is near, according to AP via SCMP, and snow.")
    report = desk.receive(source=make_source(), items=[item], actor=DESK).new[0]
    assert not report.proposals.filter(credits__in=composites).exists()
