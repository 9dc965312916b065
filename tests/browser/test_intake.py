"""Incoming reports, as editors see them: proposals decided, an address fetched, a report pushed with a key."""

import json
import urllib.request

import pytest
from browsing import choose, employ, follow, log_in, press
from factories import DESK, make_report, make_section, make_source
from playwright.sync_api import expect
from serving import LOOPBACK, say, serve

from dispatches import desk
from sources.intake.articles import HAS_EXTRACTOR
from sources.intake.items import make_item
from sources.models import Proposal, Report

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = (
    "The port of Haifa stopped loading grain on Tuesday after a crane collapsed on the eastern quay, the authority "
    "said. Two dock workers were taken to hospital with broken bones. Ships in the bay will be sent to Ashdod."
)
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Crane down | The Port Daily</title>
<meta property="og:title" content="Crane comes down at Haifa&#x2019;s quay"></head><body><nav><a href="/">Home</a></nav>
<article><h1>Crane comes down at Haifa’s quay</h1><p>{TEXT}</p><p>{TEXT.replace("grain", "barley")}</p></article>
<footer>Contact</footer></body></html>""".encode()


def test_copies_are_decided_by_one_press_and_that_is_taken_back_by_another(open_page):
    employ("Editor")
    desk.receive(
        source=make_source(name="The Agency", kind="agency"),
        items=[make_item(title="Crane down", text=TEXT)],
        actor=DESK,
    )
    for number in range(3):
        item = make_item(title=f"Crane {number}", text=f"{TEXT} This is all that is known in town {number}.")
        desk.receive(source=make_source(name=f"Paper {number}"), items=[item], actor=DESK)
    page = log_in(open_page("/desk/"), "Editor")
    page.locator(".list-relayed").get_by_role("link", name="Show all").click()
    group = page.get_by_role("form", name="Near copy: Crane down")
    expect(group.get_by_role("checkbox")).to_have_count(3)
    group.get_by_label("Paper 1: Crane 1").uncheck()
    press(page, "All ticked are relays")
    expect(page.locator(".messagelist")).to_contain_text("2 decided: relays count toward the source they relay.")
    assert Proposal.objects.open().count() == 1
    press(page, "Undo")
    expect(page.locator(".messagelist")).to_contain_text("Undone: 2.")
    assert Proposal.objects.open().count() == 3
    press(page, "Only set phrases match.")
    expect(page.get_by_text("Nothing is waiting")).to_be_visible()
    assert set(Proposal.objects.values_list("reason", flat=True)) == {"Only set phrases match."}


def test_an_address_becomes_a_report_and_a_wrong_one_a_sentence(open_page, settings):
    settings.WIRE_INTAKE_NETWORKS = LOOPBACK
    employ("Reporter")
    make_source(name="The Port Daily")
    with serve({"/crane": say(200, PAGE, Content_Type="text/html"), "/gone": say(404)}) as site:
        page = log_in(open_page("/desk/"), "Reporter")
        page.get_by_role("link", name="File from web address").click()
        page.get_by_label("Address").fill(f"{site}/gone")
        choose(page, "#id_source", "Port")
        press(page, "Fetch and file")
        expect(page.locator(".errorlist")).to_contain_text("Nothing was found at this address. (404)")
        expect(page.get_by_label("Address")).to_have_value(f"{site}/gone")
        page.get_by_label("Address").fill(f"{site}/crane")
        press(page, "Fetch and file")
        expect(page.get_by_label("Title")).to_have_value("Crane comes down at Haifa’s quay")
        if HAS_EXTRACTOR:
            expect(page.locator("#id_text")).to_have_value(f"{TEXT}\n{TEXT.replace('grain', 'barley')}")
    report = Report.objects.get()
    assert (report.review, report.filed_by.username, report.url) == ("pending", "Reporter", f"{site}/crane")


def test_a_chief_makes_a_key_and_a_machine_files_with_it(open_page, live_server):
    employ("Chief")
    source = make_source(name="Lighthouse", kind="channel", is_confidential=True)
    page = log_in(open_page(f"/desk/sources/source/{source.pk}/change/"), "Chief")
    press(page, "Create intake key …")
    press(page, "Create intake key")
    key = page.get_by_label("The key").input_value()
    request = urllib.request.Request(  # noqa: S310 (this test's own server)
        f"{live_server.url}/desk/intake/",
        json.dumps({"id": "1", "title": "Sirens in Haifa"}).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    assert urllib.request.urlopen(request).status == 201  # noqa: S310
    page.get_by_role("link", name="Back to the source").click()
    expect(page.locator(".field-arriving")).to_contain_text(f"Intake key {key.split('_')[1]}…: last report")
    page.goto("/desk/")
    expect(page.locator(".list-intake")).to_contain_text("Sirens in Haifa")


def test_intake_is_reviewed_by_keys_alone(open_page):
    make_section()
    reports = [make_report(make_source(), accepted=False, title=f"Report {number}") for number in (1, 2, 3)]
    employ("Editor", "eli")
    page = log_in(open_page("/desk/"), "eli")
    follow(page.get_by_role("link", name="Review intake"))
    page.get_by_label("Keys:").check()
    page.get_by_role("heading", name="Review intake").click()

    def type_key(key: str) -> None:
        with page.expect_navigation():
            page.keyboard.press(key)
        page.evaluate("document.activeElement.blur()")

    page.keyboard.press("1")
    type_key("a")
    page.keyboard.press("r")
    page.keyboard.type("A rumor.")
    type_key("Enter")
    # Comment without leaving the page, on what was handed over.
    page.get_by_role("button", name="Take").click()
    page.get_by_text("Yours since").wait_for()
    page.get_by_label("Comment").fill("A rumor, too?")
    page.get_by_role("button", name="Comment").click()
    page.get_by_text("A rumor, too?").wait_for()
    page.evaluate("document.activeElement.blur()")
    type_key("f")
    assert "/dispatches/dispatch/" in page.url
    for report in reports:
        report.refresh_from_db()
    assert [(each.review, each.basis) for each in reports] == [
        ("accepted", "first"),
        ("rejected", "own"),
        ("accepted", "own"),
    ]
