"""The public pages as browsers of all kinds show them."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import follow
from django.core.management import call_command
from playwright.sync_api import expect
from public_addresses import pages

from dispatches.public.models import Edition

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture
def addresses(transactional_db) -> list[str]:
    """Every kind of public page of the demonstration; of the dispatches those with most to show."""
    call_command("load_demo")
    return pages(most_dispatches=24)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_has_a_barrier(open_page, addresses, scheme, viewport):
    page = open_page(color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
    for address in addresses:
        page.goto(address)
        results = Axe().run(page, options={"resultTypes": ["violations"]})
        assert results.violations_count == 0, f"{address}\n{results.generate_report()}"


@pytest.mark.parametrize("width", [320, 640, 1280, 2560])
def test_no_page_scrolls_sideways(open_page, addresses, width):
    page = open_page(viewport={"width": width, "height": 800})
    for address in addresses if width == 320 else addresses[:30]:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_the_wire_is_read_to_its_end_without_javascript(open_page, addresses):
    page = open_page("/wire/", java_script_enabled=False)
    seen = []
    while True:
        seen += [link.get_attribute("href") for link in page.locator(".card-headline a").all()]
        older = page.get_by_role("link", name="Older dispatches")
        if not older.count():
            break
        follow(older)
    dispatches = Edition.objects.for_wire()
    assert sorted(seen) == sorted(edition.get_absolute_url() for edition in dispatches)
    expect(page.get_by_text("You have reached the first dispatch.")).to_be_visible()
    page.locator(".card-headline a").last.click()
    expect(page.get_by_role("heading", name="Desk accountability")).to_be_visible()


def test_older_dispatches_load_in_place_with_javascript(open_page, addresses):
    page = open_page("/wire/")
    first = page.locator(".card").count()
    page.get_by_role("link", name="Older dispatches").click()
    expect(page.locator(".card")).to_have_count(2 * first)
    assert page.url.endswith("/wire/")
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size") == page.evaluate(
        "document.querySelectorAll('[id]').length"
    )


def test_the_keyboard_reaches_the_content_first(open_page, addresses):
    page = open_page("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_a_first_visit_takes_three_requests_and_shifts_nothing(open_page, addresses):
    for address in addresses[::4]:
        page = open_page("about:blank")
        responses = []
        page.on("response", lambda response, responses=responses: responses.append(response))
        page.goto(address, wait_until="networkidle")
        # The page, its style sheet and its icon; scripts are not needed to read.
        needed = [response for response in responses if not response.url.endswith(".js")]
        assert len(needed) <= 3
        shifts = "performance.getEntriesByType('layout-shift').reduce((sum, entry) => sum + entry.value, 0)"
        assert page.evaluate(shifts) == 0
