"""Every form of the desk on every screen: no field is wider than the screen, and none is covered."""

from datetime import UTC, datetime

import pytest
from browsing import PASSWORD, log_in
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from factories import cite, develop, make_dispatch, make_report, make_source, make_story
from playwright.sync_api import Page, expect

from dispatches.models import Dispatch
from sources.models import Feed, Holding, Owner, Proposal, Report

pytestmark = pytest.mark.django_db(transaction=True)

SCREENS = [(390, 844), (768, 1024), (1024, 768), (1280, 900), (1600, 1000)]
PHONE = {"width": 390, "height": 844}

# Find the problems of a form's controls, each scrolled into view first.
MEASURE = """() => {
    const wrong = [];
    const controls = "input:not([type=hidden]), select:not(.select2-hidden-accessible), textarea, button, .select2-selection";
    const scrolls = (element) => element && (
        (/auto|scroll/.test(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth)
            ? element : scrolls(element.parentElement));
    for (const control of document.querySelectorAll(`#content-main :is(${controls})`)) {
        if (!control.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
        control.scrollIntoView({ block: "center", inline: "nearest" });
        const box = control.getBoundingClientRect();
        const within = (scrolls(control.parentElement) ?? document.documentElement).getBoundingClientRect();
        const name = `${control.name || control.textContent.trim() || control.className}`;
        const [left, right] = [Math.max(0, within.left), Math.min(innerWidth, within.right)];
        if (box.left < left - 1 || box.right > right + 1) wrong.push(`${name}: ${box.left} to ${box.right} of ${left} to ${right}`);
        // The center, and the corners, each in the middle of the screen if the control is higher than half of it.
        for (const [across, down] of [[.5, .5], [0, 0], [1, 0], [0, 1], [1, 1]]) {
            const inset = Math.min(6, box.width / 3, box.height / 3);
            const at = () => {
                const { left, top, width, height } = control.getBoundingClientRect();
                return [left + inset + across * (width - 2 * inset), top + inset + down * (height - 2 * inset)];
            };
            if (box.height > innerHeight / 2) scrollBy(0, at()[1] - innerHeight / 2);
            const hit = document.elementFromPoint(...at());
            if (!hit || !(control.contains(hit) || hit.closest("label")?.contains(control))) {
                wrong.push(`${name}: under ${hit?.outerHTML.slice(0, 80)} at ${across}, ${down}`);
            }
        }
    }
    for (const table of document.querySelectorAll(".inline-group")) {
        const edge = scrolls(table) ? Infinity : table.getBoundingClientRect().right;
        for (const cell of table.querySelectorAll("tbody td")) {
            if (cell.getBoundingClientRect().right > edge + 1) wrong.push(`${cell.className}: cut off`);
        }
    }
    if (document.documentElement.scrollWidth > innerWidth) wrong.push(`the page is ${document.documentElement.scrollWidth} wide`);
    return wrong;
}"""  # noqa: E501


@pytest.fixture
def dispatch() -> Dispatch:
    """A dispatch with everything its form can show, and at least one of each other object with a form."""
    make_story("The port of Haifa")
    owner = Owner.objects.create(name="A company that owns several houses")
    Holding.objects.create(holder=Owner.objects.create(name="Another one"), held=owner, percent=60)
    Feed.objects.create(source=make_source(owner=owner), url="https://paper.example/feeds/news/all.xml")
    title = "A long headline that has nearly as many characters as a headline may have, so that it takes two lines"
    reports = [
        make_report(make_source(name=f"The source number {number} of the port"), title=title) for number in (1, 2)
    ]
    make_dispatch(headline=f"{title} too", tldr="Ships wait at the port of Haifa.")
    dispatch = make_dispatch(headline=title, tldr="Ships wait at the port of Haifa.", body="A line of the body. " * 60)
    step = develop(dispatch, "The hour that comes twice", datetime(2025, 10, 25, 23, 30, tzinfo=UTC))
    for report in reports:
        cite(dispatch, report, development=step)
    Proposal.objects.create(report=reports[0], relays=reports[1], kind="copy", evidence="Alike in nearly every word.")
    return dispatch


@pytest.fixture
def page(open_page, dispatch) -> Page:
    User.objects.create_superuser("Anna", password=PASSWORD)
    return log_in(open_page("/desk/"), "Anna")


def form_of(dispatch: Dispatch) -> str:
    return reverse("admin:dispatches_dispatch_change", args=[dispatch.pk])


def forms(dispatch: Dispatch) -> list[str]:
    addresses = [form_of(dispatch)]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses.append(reverse(f"{name}_add"))
        if obj := model._default_manager.order_by("pk").last():
            addresses.append(reverse(f"{name}_change", args=[obj.pk]))
    report = Report.objects.get(proposals__evidence="Alike in nearly every word.")
    addresses += [reverse("admin:sources_report_change", args=[report.pk]), reverse("admin:sources_report_address")]
    addresses += [
        reverse(f"admin:dispatches_dispatch_{verb}", args=[dispatch.pk]) for verb in ("publish", "schedule", "hold")
    ]
    return [*addresses, reverse("admin:sources_report_add-to", args=[report.pk])]


def test_every_field_is_reached_on_every_screen(page, dispatch):
    wrong = []
    for address in forms(dispatch):
        page.goto(address)
        expect(page.locator("#content-main")).to_be_visible()
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            wrong += [f"{address} at {width}: {each}" for each in page.evaluate(MEASURE)]
    assert wrong == [], "\n".join(wrong)


def test_the_preview_stands_beside_the_text_or_in_its_place(page, dispatch):
    page.goto(form_of(dispatch))
    page.get_by_role("button", name="Preview the body").click()
    pane, body = page.locator(".desk-pane"), page.locator("#id_body")
    expect(pane.locator("p").first).to_be_visible()
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("scrollTo(0, 0)")
        preview = pane.bounding_box()
        if width >= 1280:
            text = body.bounding_box()
            assert preview["x"] >= text["x"] + text["width"]
            assert preview["y"] == text["y"]
            assert min(text["width"], preview["width"]) >= 380
        else:
            expect(body).to_be_hidden()
        assert page.evaluate(MEASURE) == []
    page.get_by_role("button", name="Close the preview").click()
    expect(body).to_be_focused()


def test_the_body_has_a_phone_s_width_and_half_its_height(page, dispatch):
    page.set_viewport_size(PHONE)
    page.goto(form_of(dispatch))
    box = page.locator("#id_body").bounding_box()
    assert box["width"] >= 0.9 * PHONE["width"]
    assert box["height"] >= 0.5 * PHONE["height"]


def test_no_row_is_wider_than_its_table(page, dispatch):
    page.goto(form_of(dispatch))
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        for table in page.locator(".inline-group").all():
            assert table.evaluate("(table) => table.scrollWidth <= table.clientWidth"), width
    page.set_viewport_size(PHONE)
    page.locator("#citations-group .desk-edit").first.click()
    report = page.locator("#citations-group .field-report .select2-selection")
    assert report.bounding_box()["width"] >= 230


def overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "width"), ("y", "height"))
    )


def test_what_stands_above_a_form_covers_nothing(page, dispatch):
    page.goto(form_of(dispatch))
    duplicates = page.get_by_role("region", name="Possible duplicates and related dispatches")
    expect(duplicates).to_be_visible()
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        history = page.get_by_role("link", name="History").bounding_box()
        for other in (duplicates, page.locator(".breadcrumbs bdi"), page.locator(".desk-bar")):
            assert not overlap(history, other.bounding_box())


def test_the_verbs_and_save_are_always_in_sight(page, dispatch):
    page.goto(form_of(dispatch))
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.get_by_label("Headline:").scroll_into_view_if_needed()
        for name in ("Publish …", "Save"):
            expect(page.get_by_role("button", name=name, exact=True)).to_be_in_viewport()
        assert page.locator(".desk-bar").bounding_box()["height"] < 130


def test_a_list_on_a_phone_has_all_of_its_columns(page, dispatch):
    page.set_viewport_size(PHONE)
    for model in admin.site._registry:
        page.goto(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        assert page.evaluate(MEASURE) == [], page.url
        for results in page.locator("#changelist .results").all():
            assert results.evaluate("(results) => results.scrollWidth <= results.clientWidth"), page.url


def test_the_keyboard_begins_where_there_is_something_to_type(page, dispatch):
    page.goto(reverse("admin:dispatches_dispatch_add"))
    expect(page.get_by_label("Headline:")).to_be_focused()
    page.keyboard.type("New")
    page.keyboard.press("Control+s")
    expect(page.get_by_label("Section:")).to_be_focused()
    page.goto(reverse("admin:dispatches_dispatch_schedule", args=[dispatch.pk]))
    expect(page.get_by_label("Goes live, date")).to_be_focused()


def test_the_page_that_asks_is_answered_by_keys_unless_it_is_grave(page, dispatch):
    page.goto(form_of(dispatch))
    page.keyboard.press("Control+Enter")
    expect(page.locator(".desk-consequence")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".messagelist")).to_contain_text("Published.")
    page.goto(reverse("admin:dispatches_dispatch_withdraw", args=[dispatch.pk]))
    page.keyboard.type("A reason")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Note to readers")).to_have_value("A reason")
    assert dispatch.live_edition().kind == "first"
