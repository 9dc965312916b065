"""Developments and citations in a browser: lines for a live event, cards, a search; also without a script."""

import pytest
from browsing import employ, log_in, press
from django.utils import timezone
from factories import DESK, cite, develop, dispatch_of, make_dispatch, make_report, make_source, publish
from playwright.sync_api import Page, expect

from dispatches import desk as verbs
from dispatches.desk import documents
from dispatches.models import Dispatch
from sources.models import Proposal

pytestmark = pytest.mark.django_db(transaction=True)


def address_of(dispatch: Dispatch) -> str:
    return f"/desk/dispatches/dispatch/{dispatch.pk}/change/"


@pytest.fixture
def live() -> Dispatch:
    dispatch = dispatch_of(publish(make_report(), make_report(), headline="The port"))
    verbs.start_publishing_developments(dispatch=dispatch, actor=DESK)
    return dispatch


@pytest.fixture
def opened(open_page):
    employ("Chief", "Anna")

    def opened(dispatch: Dispatch, **options) -> Page:
        return log_in(open_page(address_of(dispatch), **options), "Anna")

    return opened


@pytest.mark.parametrize("width", [390, 1280])
def test_line_after_line_is_with_readers_and_the_form_goes_on(opened, live, open_page, width):
    page, reader = opened(live, viewport={"width": width, "height": 800}), open_page("/")
    page.get_by_label("TL;DR:").fill("Typed meanwhile.")
    line = page.locator("#desk-line-text")
    line.focus()
    for number in (1, 2, 3):
        page.keyboard.type(f"Line {number}")
        page.keyboard.press("Enter")
        expect(page.locator(".desk-line-said")).to_have_text("Readers have it now.")
        expect(page.locator("#developments-group .desk-row bdi").first).to_have_text(f"Line {number}")
        expect(line).to_be_focused()
        expect(line).to_have_value("")
    reader.goto(live.live_edition().get_absolute_url())
    expect(reader.get_by_role("main")).to_contain_text("Line 3")
    expect(reader.get_by_role("main")).not_to_contain_text("Typed meanwhile.")
    # The open form goes on from there: nobody else has saved.
    press(page, "Save")
    expect(page.locator(".desk-unsaved")).to_have_count(0)
    live.refresh_from_db()
    assert live.tldr == "Typed meanwhile."
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_line_that_did_not_arrive_stays_and_is_added_once(opened, live):
    page = opened(live)
    line = page.locator("#desk-line-text")
    line.fill("Sent twice")

    def lose_answer(route):
        route.fetch()
        route.fulfill(status=200, content_type="text/html", body="The server has died.")

    page.route("**/develop/", lose_answer)
    line.press("Enter")
    said = page.locator(".desk-line-said")
    expect(said).to_contain_text("Not added: the desk did not take it. The line is still here")
    page.unroute("**/develop/")
    page.reload()
    expect(line).to_have_value("Sent twice")
    line.press("Enter")
    expect(said).to_have_text("Readers have it now.")
    assert live.developments.count() == 1
    assert live.editions.count() == 2


def test_a_time_may_be_given_and_one_that_comes_twice_is_asked_about(opened, live):
    page = opened(live)
    page.get_by_label("When, date").fill("2025-10-26")
    page.get_by_label("When, time").fill("01:30")
    page.locator("#desk-line-text").fill("At night")
    page.keyboard.press("Enter")
    expect(page.locator("#desk-composer")).to_contain_text("occurs twice")
    expect(page.locator("#desk-line-text")).to_have_value("At night")
    page.get_by_label("When, first or second").select_option("second, after the clocks went back (UTC+2)")
    page.locator("#desk-line-text").press("Enter")
    expect(page.locator(".desk-line-said")).to_have_text("Readers have it now.")
    assert live.developments.get().at.isoformat() == "2025-10-25T23:30:00+00:00"


def test_without_a_script_a_row_is_opened_added_and_cited(opened):
    report = make_report(title="Cited by search")
    dispatch = make_dispatch()
    develop(dispatch, "A step", timezone.now())
    page = opened(dispatch, java_script_enabled=False)
    page.get_by_label("TL;DR:").fill("Typed before.")
    press(page, "Edit: A step")
    page.get_by_label("Text", exact=True).fill("A step, changed")
    page.locator("#desk-words").fill("Cited by")
    press(page, "Find")
    press(page, f"Cite: {report.source}, Cited by search")
    press(page, "Add another Development")
    row = page.locator("#developments-group .desk-row-form").first
    row.locator("[name$=-at_0]").fill("2026-06-25")
    row.locator("[name$=-at_1]").fill("10:00")
    row.locator("[name$=-text]").fill("A second one")
    press(page, "Save")
    dispatch.refresh_from_db()
    assert dispatch.tldr == "Typed before."
    assert set(dispatch.developments.values_list("text", flat=True)) == {"A step, changed", "A second one"}
    assert dispatch.citations.last().report == report
    page.locator("#desk-line-text").fill("A line")
    press(page, "Add")
    expect(page.locator(".messagelist")).to_contain_text("Saved. Readers see it with the next edition.")
    assert dispatch.developments.filter(text="A line").exists()


def test_a_report_is_found_by_words_by_address_and_by_likeness(opened):
    dispatch = make_dispatch(headline="Fire in the harbor of Haifa")
    alike = make_report(title="Fire in Haifa harbor", accepted=False, said_at=timezone.now())
    other = make_report(title="Talks resume", url="https://example.org/talks?a=1")
    documents.rebuild()
    page = opened(dispatch)
    words, found = page.locator("#desk-words"), page.locator("#desk-found")
    words.focus()
    expect(found).to_contain_text(alike.title)
    words.fill(f"talks {other.source}")
    expect(found).to_contain_text("1 report found")
    words.fill("https://example.org/talks?a=1")
    expect(found).to_contain_text("Talks resume")
    words.fill("https://example.org/unknown")
    expect(found.get_by_role("link", name="File a report from this address")).to_be_visible()
    words.fill("talks")
    found.get_by_role("button", name=f"Cite: {other.source}, Talks resume").click()
    expect(page.get_by_role("complementary", name="Signal").get_by_role("heading", level=2)).to_have_text("Strong")
    press(page, "Save")
    assert dispatch.citations.last().report == other


def test_basis_and_proposed_relays_are_decided_on_the_card(opened):
    agency, copy = (
        make_report(make_source(name="The Agency")),
        make_report(make_source(name="The Paper"), basis="unknown"),
    )
    dispatch = make_dispatch(agency, copy)
    with verbs.saving(copy, actor=DESK):
        Proposal.objects.create(report=copy, relays=agency, kind="copy", evidence="92 % alike")
    page = opened(dispatch)
    card = page.locator(".desk-card").filter(has_text="The Paper")
    heading = page.get_by_role("complementary", name="Signal").get_by_role("heading", level=2)
    expect(heading).to_have_text("Developing")
    card.get_by_role("button", name="Not a relay").click()
    expect(page.locator(".desk-said")).to_contain_text("Say why")
    card.get_by_label("Why it is not a relay").fill("One speech.")
    card.get_by_role("button", name="Not a relay").click()
    expect(card.locator(".desk-proposal")).to_have_count(0)
    card.get_by_role("button", name="Own reporting").click()
    expect(card.get_by_role("button", name="Own reporting")).to_have_attribute("aria-pressed", "true")
    expect(heading).to_have_text("Strong")
    copy.refresh_from_db()
    assert copy.basis == "own"


def test_a_citation_is_given_to_a_development_and_errors_stand_at_their_row(opened):
    dispatch = make_dispatch()
    develop(dispatch, "Second", timezone.now())
    report = make_report()
    first = cite(dispatch, report)
    page = opened(dispatch)
    page.locator(f"#citations-row-{first.pk} .desk-edit").click()
    row = page.locator(f"#citations-row-{first.pk}")
    row.get_by_label("Development").select_option("Second")
    row.get_by_label("Resolution").fill("x" * 300)
    press(page, "Save")
    expect(row).to_contain_text("“Second”")
    cite(dispatch, report)
    page.reload()
    row.locator(".desk-edit").click()
    row.get_by_label("Development").select_option("The headline's claim")
    press(page, "Save")
    expect(row.locator(".errorlist")).to_contain_text("already cited for the headline")


def test_enter_in_a_field_saves_and_opens_no_row(opened):
    dispatch = make_dispatch()
    develop(dispatch, "A step", timezone.now())
    page = opened(dispatch)
    page.get_by_label("Headline:").fill("Another headline")
    page.get_by_label("Byline:").press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    dispatch.refresh_from_db()
    assert dispatch.headline == "Another headline"


def test_a_row_that_is_opened_and_closed_is_no_draft(opened):
    dispatch = make_dispatch()
    develop(dispatch, "A step", timezone.now())
    page = opened(dispatch)
    page.get_by_role("button", name="Edit: A step").click()
    expect(page.get_by_label("Text", exact=True)).to_be_focused()
    page.get_by_label("Headline:").press("End")
    page.keyboard.type("!")
    page.keyboard.press("Backspace")
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('desk-draft'))") == []
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Edit: A step")).to_be_focused()
