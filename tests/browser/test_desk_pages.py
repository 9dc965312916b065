"""Every desk page: its links, its command palette, its menus, and texts from right to left."""

import pytest
from browsing import employ, log_in, press
from factories import cite, dispatch_of, make_dispatch, make_report, publish
from playwright.sync_api import Page, expect

from dispatches.models import Dispatch

pytestmark = pytest.mark.django_db(transaction=True)

HEBREW, ARABIC = "הנמל נסגר.", "أُغلق الميناء (35 سفينة)."


@pytest.fixture
def page(open_page) -> Page:
    dispatch = dispatch_of(publish(headline="The port is closed"))
    cite(dispatch, make_report())
    employ("Chief")
    return log_in(open_page("/desk/"), "Chief")


def form_of(dispatch: Dispatch) -> str:
    return f"/desk/dispatches/dispatch/{dispatch.pk}/change/"


def command(page: Page, words: str) -> None:
    """Run a command by keys alone."""
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find a command")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def test_every_page_leads_to_the_others(page):
    nav = page.get_by_role("navigation", name="Desk")
    for name in ("Dispatches", "Reports", "Sources", "Feeds", "Newsroom"):
        nav.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        expect(nav.locator("[aria-current=page]")).to_have_text(name)
    page.goto(form_of(Dispatch.objects.get()))
    expect(nav.locator("[aria-current=true]")).to_have_text("Dispatches")


def test_the_palette_runs_what_a_page_has_by_keys(page):
    command(page, "go to report")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reports")
    page.goto(form_of(Dispatch.objects.get()))
    command(page, "byline")
    expect(page.get_by_label("Byline:")).to_be_focused()
    # It has verbs that are in the menu, and arrows choose among what was found.
    page.keyboard.press("Control+k")
    page.keyboard.type("signal")
    options = page.get_by_role("dialog").get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Byline:")).to_be_focused()
    command(page, "withdraw")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Withdraw")
    command(page, "nothing of that name")
    expect(page.get_by_role("status").filter(has_text="Nothing on this page")).to_be_visible()


def test_a_link_is_made_of_selected_text_and_the_palette_opens_otherwise(page):
    page.goto(form_of(Dispatch.objects.get()))
    body = page.get_by_label("Body:", exact=True)
    body.fill("they say")
    body.press("Control+k")
    expect(page.get_by_role("dialog", name="Commands")).to_be_visible()
    page.keyboard.press("Escape")
    body.select_text()
    body.press("Control+k")
    expect(body).to_have_value("[they say](https://)")


def test_verbs_and_menus_need_no_javascript(open_page, page):
    plain = open_page("/desk/", java_script_enabled=False)
    log_in(plain, "Chief")
    plain.goto(form_of(Dispatch.objects.get()))
    plain.get_by_label("Headline:").fill("The port\nis open")
    press(plain, "Correct …")
    expect(plain.get_by_role("heading", level=1)).to_contain_text("Correct: The port is open")
    plain.locator(".desk-user > summary").click()
    expect(plain.get_by_role("link", name="Change password")).to_be_visible()


def test_the_headline_is_one_line_that_grows(page):
    page.goto(form_of(Dispatch.objects.get()))
    headline = page.get_by_label("Headline:")
    headline.fill("Short")
    before = headline.bounding_box()["height"]
    headline.fill("A headline that is so long that it needs several lines on every screen " * 2)
    assert headline.bounding_box()["height"] >= 2 * before - 12
    headline.press("Enter")
    expect(page.get_by_label("TL;DR:")).to_be_focused()
    assert "\n" not in headline.input_value()


def test_each_text_has_the_direction_of_its_first_letter(page):
    dispatch = make_dispatch(headline=HEBREW, tldr=ARABIC, body=f"{HEBREW}\n\nIn English.", slug="port")
    page.goto(form_of(dispatch))
    style = "(field) => ['direction', 'unicodeBidi', 'textAlign'].map((name) => getComputedStyle(field)[name])"
    for name in ("Headline:", "TL;DR:", "Body:"):
        assert page.get_by_label(name, exact=True).evaluate(style) == ["rtl", "plaintext", "start"], name
    page.get_by_role("button", name="Preview the body").click()
    paragraphs = page.locator(".desk-pane p")
    expect(paragraphs.first).to_have_attribute("dir", "rtl")
    assert [each.evaluate("(p) => getComputedStyle(p).direction") for each in paragraphs.all()] == ["rtl", "ltr"]
    page.goto("/desk/dispatches/dispatch/")
    assert page.get_by_role("link", name=HEBREW).evaluate("(link) => getComputedStyle(link).unicodeBidi") != "normal"
