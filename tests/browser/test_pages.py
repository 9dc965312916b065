"""The public pages in different kinds of browsers."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import follow, load_demo
from django.utils import timezone
from factories import DESK, cite, make_dispatch, make_report, make_section, make_source, make_story
from playwright.sync_api import expect
from public_addresses import pages

from dispatches import desk
from dispatches.models import Dispatch, Story
from dispatches.public.models import Edition

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture
def addresses(filled_by) -> list[str]:
    """Every kind of public page of the demo, with the dispatches that show the most."""
    filled_by(load_demo)
    return pages(most_dispatches=24)


# What colors decide, of the rules of axe-core: all that the dark theme can change.
OF_COLORS = ["color-contrast", "color-contrast-enhanced", "link-in-text-block"]


def test_no_page_has_a_barrier(open_page, addresses):
    page, checker = open_page(reduced_motion="reduce"), Axe()
    for address in addresses:
        page.goto(address)
        for viewport in (DESKTOP, PHONE):
            page.set_viewport_size(viewport)
            for scheme, rules in (("light", {}), ("dark", {"runOnly": OF_COLORS})):
                page.emulate_media(color_scheme=scheme)
                results = checker.run(page, options={"resultTypes": ["violations"]} | rules)
                assert results.violations_count == 0, f"{address} {scheme} {viewport}\n{results.generate_report()}"


def test_no_page_scrolls_sideways(open_page, addresses):
    page = open_page()
    for number, address in enumerate(addresses):
        page.goto(address)
        for width in (320, 640, 1280, 2560) if number < 30 else (320,):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)


# Words longer than a line on a phone.
LONG_WORDS = {
    "compounds": "Bundesverfassungsgericht: Wirtschaftsprüferkammer Donaudampfschifffahrtsgesellschaft",
    "an address": "https://www.example.org/2026/06/25/a-very-long-address?" + "x" * 50,
    "letters": "W" * 110,
    "Hebrew": "ש" * 110,
}


def publish_with_words(word: str) -> None:
    """Publish a dispatch, corrected and cited by another, and a withdrawn one, with this word in every field."""
    now = timezone.now()
    section = make_section(name=word[:60], beat=word[:60], description=word, slug="s" * 50)
    story = make_story("a" * 90)
    Story.objects.filter(pk=story.pk).update(name=word[:120])
    story.refresh_from_db()
    url = f"https://{'courier' * 8}.example/{'path' * 40}"
    reports = [
        make_report(make_source(name=f"{n}{word}"[:100]), accepted_at=now - 9 * HOUR, url=url, title=word)
        for n in "123"
    ]
    texts = {"headline": word, "tldr": word, "byline": word, "section": section, "story": story}
    for slug in ("a" * 90, "b" * 90):
        dispatch = make_dispatch(*reports[:2], slug=slug, body=f"{word}\n\n- {word}\n\n> {word}", **texts)
        dispatch.developments.create(text=word, at=now - 8 * HOUR)
        desk.publish(dispatch=dispatch, actor=DESK, at=now - 7 * HOUR)
    Dispatch.objects.filter(pk=dispatch.pk).update(tldr=f"Other {word}", body=f"Other {word}")
    dispatch.refresh_from_db()
    with desk.saving(dispatch, actor=DESK):
        cite(dispatch, reports[2], stance="contradicts")
    desk.correct(dispatch=dispatch, actor=DESK, note=word)
    desk.update(dispatch=dispatch, actor=DESK, note=word)
    gone = make_dispatch(*reports, slug="c" * 90, body=word, **texts)
    desk.publish(dispatch=gone, actor=DESK, at=now - 6 * HOUR)
    desk.withdraw(dispatch=gone, actor=DESK, note=word)


@pytest.mark.parametrize("word", LONG_WORDS.values(), ids=LONG_WORDS)
def test_no_word_makes_a_page_wider_than_a_phone(open_page, transactional_db, settings, word):
    publish_with_words(word)
    addresses = [*pages(), f"/search/?q={'w' * 200}", f"/search/?{urlencode({'q': word})}"]
    assert any("?at=" in address for address in addresses)
    assert any("?from=" in address for address in addresses)
    page = open_page()
    for address in addresses:
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
        for width in (320, 390):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)


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
        # The page, its style sheet and its icon; reading needs no scripts.
        needed = [response for response in responses if not response.url.endswith(".js")]
        assert len(needed) <= 3
        shifts = "performance.getEntriesByType('layout-shift').reduce((sum, entry) => sum + entry.value, 0)"
        assert page.evaluate(shifts) == 0
