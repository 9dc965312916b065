"""Reading aids: the notice of new dispatches, going back, keys, copying; and reading without any of them."""

from datetime import timedelta

import pytest
from browsing import load_demo
from django.utils import timezone
from factories import DESK, dispatch_of, publish
from playwright.sync_api import Page, expect
from serving import say, serve

from dispatches import desk
from dispatches.public.models import Edition

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


@pytest.fixture
def wire(filled_by):
    """Fifty dispatches, an hour apart."""
    filled_by(publish_fifty)


def publish_fifty() -> None:
    now = timezone.now()
    reports = dispatch_of(publish(headline="Number 50", slug="number-50", at=now - 50 * HOUR)).citations
    report = reports.get().report
    for n in range(49, 0, -1):
        publish(report, headline=f"Number {n}", slug=f"number-{n}", at=now - n * HOUR)


def look(page: Page) -> None:
    """Let half a minute pass."""
    page.clock.fast_forward(31_000)


def wait_until_still(page: Page) -> None:
    """Wait until nothing has scrolled or moved for ten frames."""
    page.wait_for_function("""() => new Promise(resolve => {
        let last = "", still = 0;
        const look = () => {
            const now = `${scrollY} ${document.documentElement.scrollHeight}`;
            still = now === last ? still + 1 : 0;
            last = now;
            still < 10 ? requestAnimationFrame(look) : resolve(true);
        };
        look();
    })""")


def top_of(page: Page, headline: str) -> float:
    box = page.locator(".card", has_text=headline).first.bounding_box()
    assert box
    return box["y"]


def test_the_line_appears_beside_the_page_and_reveals_what_is_new(open_page, wire):
    page = open_page("about:blank")
    page.clock.install()
    page.goto("/wire/")
    page.mouse.wheel(0, 900)
    page.wait_for_function("scrollY > 0")
    before = top_of(page, "Number 9")
    publish(headline="Breaking", slug="breaking")
    look(page)
    line = page.get_by_role("status").get_by_role("link", name="1 new dispatch")
    expect(line).to_be_visible()
    assert top_of(page, "Number 9") == before
    publish(headline="Breaking again", slug="breaking-again")
    look(page)
    page.get_by_role("link", name="2 new dispatches").click()
    expect(page.get_by_role("link", name="Breaking again")).to_be_focused()
    expect(page.locator(".card")).to_have_count(20)
    expect(page.get_by_role("status")).to_be_empty()
    assert page.url.endswith("/wire/")


def test_a_line_that_says_the_same_is_not_read_out_again(open_page, wire):
    page = open_page("about:blank")
    page.clock.install()
    page.goto("/")
    publish(headline="Breaking", slug="breaking")
    look(page)
    expect(page.get_by_role("link", name="1 new dispatch")).to_be_visible()
    page.evaluate("document.querySelector('.look-line').setAttribute('data-same', 'yes')")
    with page.expect_response("**/wire/new/**"):
        look(page)
    expect(page.locator(".look-line[data-same]")).to_have_count(1)


def test_a_reader_of_a_dispatch_learns_that_it_was_corrected(open_page, wire):
    edition = Edition.objects.get(slug="number-1")
    page = open_page("about:blank")
    page.clock.install()
    page.goto(edition.get_absolute_url())
    desk.correct(dispatch=dispatch_of(edition), actor=DESK, note="It said 60; it is 40.")
    look(page)
    page.get_by_role("status").get_by_role("link", name="Correction at").click()
    expect(page.get_by_text("It said 60; it is 40.").first).to_be_visible()


def test_nothing_is_asked_for_while_nobody_looks(open_page, wire):
    page = open_page("about:blank")
    page.clock.install()
    page.goto("/wire/")
    page.evaluate("Object.defineProperty(document, 'visibilityState', {get: () => 'hidden', configurable: true})")
    asked = []
    page.on("request", lambda request: "/static/" in request.url or asked.append(request.url))
    look(page)
    look(page)
    with page.expect_response("**/wire/new/**"):
        page.evaluate("delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange'))")
    assert [url for url in asked if "/wire/new/" in url] == asked
    assert len(asked) == 1


@pytest.mark.parametrize("arrivals", [0, 3])
def test_back_leads_to_the_same_place(open_page, wire, arrivals):
    page = open_page("/wire/")
    for count in (40, 50):
        page.get_by_role("link", name="Older dispatches").click()
        expect(page.locator(".card")).to_have_count(count)
    card = page.get_by_role("link", name="Number 33", exact=True)
    card.scroll_into_view_if_needed()
    start = page.evaluate("scrollY")
    page.mouse.wheel(0, 150)
    page.wait_for_function("start => scrollY !== start", arg=start)
    wait_until_still(page)
    before = top_of(page, "Number 33")
    card.click()
    page.wait_for_url("**/number-33/")
    for n in range(arrivals):
        publish(headline=f"Breaking {n}", slug=f"breaking-{n}")
    page.go_back()
    expect(page.get_by_role("link", name="Number 33", exact=True)).to_be_visible()
    wait_until_still(page)
    assert abs(top_of(page, "Number 33") - before) <= 2
    page.go_forward()
    page.wait_for_url("**/number-33/")
    expect(page.get_by_role("heading", name="Number 33", exact=True)).to_be_visible()


def test_back_to_a_narrowed_list_finds_it_narrowed(open_page, wire):
    page = open_page("/wire/")
    page.get_by_label("Signal").select_option("developing")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**signal=developing**")
    page.locator(".card-headline a").first.click()
    page.go_back()
    page.wait_for_url("**signal=developing**")
    expect(page.get_by_label("Signal")).to_have_value("developing")
    page.go_back()
    expect(page.get_by_label("Signal")).to_have_value("")


def test_the_menu_fits_the_list_that_the_browser_had_kept(open_page, wire):
    page = open_page("/wire/?signal=developing")
    page.get_by_label("Signal").select_option("confirmed")
    # Playwright turns the back/forward cache off; this is what the browser says when it shows a page from there.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: false}))")
    expect(page.get_by_label("Signal")).to_have_value("confirmed")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.get_by_label("Signal")).to_have_value("developing")


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_a_feed_explains_itself_to_a_person(open_page, wire, kind):
    page = open_page(f"/feeds/wire.{kind}")
    words = page.evaluate("getComputedStyle(document.documentElement, '::before').content")
    assert "copy the address of this page into a feed reader" in words
    expect(page.locator("title", has_text="Number 1").first).to_be_visible()
    expect(page.locator("content, encoded").first).to_be_hidden()


def test_the_keys(open_page, wire):
    page = open_page("/wire/")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Number 1", exact=True)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="Number 2", exact=True)).to_be_focused()
    page.keyboard.press("o")
    page.wait_for_url("**/number-2/")
    page.go_back()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("jo?")
    expect(page.get_by_role("searchbox")).to_have_value("jo?")
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_visible()
    for words in ("Next dispatch", "Previous dispatch", "Open it", "Search", "These keys"):
        expect(sheet.get_by_text(words, exact=True)).to_be_visible()
    sheet.get_by_label("Use these keys on this device").uncheck()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").get_by_label("Use these keys on this device").check()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("j")
    expect(page.locator(".card-headline a:focus")).to_have_count(1)


def test_links_and_citations_are_copied(open_page, wire):
    edition = Edition.objects.get(slug="number-1")
    page = open_page(edition.get_absolute_url(), permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy: Link to this dispatch").click()
    assert page.evaluate("navigator.clipboard.readText()").endswith("/number-1/")
    page.get_by_text("Cite this dispatch").click()
    page.get_by_role("button", name="Copy BibTeX").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("@online{number-1-")


def test_all_of_it_is_there_without_javascript(open_page, wire):
    edition = Edition.objects.get(slug="number-1")
    desk.correct(dispatch=dispatch_of(edition), actor=DESK, note="It said 60; it is 40.")
    page = open_page("/", java_script_enabled=False)
    page.get_by_role("searchbox").fill("number")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("50 dispatches")).to_be_visible()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("from 21")).to_be_visible()
    page.get_by_label("Order").select_option("newest")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Number 1", exact=True).click()
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_hidden()
    page.get_by_role("link", name="History").click()
    page.get_by_label("From").select_option("1")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("Readers see no difference between them.")).to_be_visible()
    page.get_by_role("link", name="Read this edition").last.click()
    expect(page.get_by_role("complementary", name="As reported")).to_be_visible()
    page.get_by_role("link", name="Read the current one").click()
    expect(page.get_by_text("It said 60; it is 40.").first).to_be_visible()


def test_another_site_can_show_the_signal_card_in_a_frame_and_nothing_else(browser, live_server, client):
    address = publish().get_absolute_url()
    document = client.get(f"/oembed.json?url=http://localhost:8000{address}").json()
    card = document["html"].replace("http://localhost:8000", live_server.url)
    host = say(200, (card + card.replace("embed/", "")).encode(), content_type="text/html")
    page = browser.new_page()
    with serve({"/": host}) as elsewhere:
        page.goto(elsewhere, wait_until="networkidle")
        shown, refused = page.frame_locator("iframe").first, page.frame_locator("iframe").last
        expect(shown.get_by_role("heading", name="Signal: Developing")).to_be_visible()
        # It has its style sheet.
        expect(shown.locator(".panel")).to_have_css("border-top-width", "3px")
        expect(refused.get_by_role("heading", name="Signal: Developing")).to_have_count(0)
    page.close()


def test_a_printed_dispatch_has_the_addresses_of_its_sources_and_no_buttons(open_page, filled_by):
    filled_by(load_demo)
    page = open_page(Edition.objects.live().get(slug="sulam-glassworks-furnace").get_absolute_url())
    page.emulate_media(media="print")
    for hidden in (page.get_by_role("navigation"), page.get_by_role("searchbox"), page.get_by_role("button")):
        for each in hidden.all():
            expect(each).to_be_hidden()
    expect(page.get_by_role("heading", name="Desk accountability")).to_be_visible()
