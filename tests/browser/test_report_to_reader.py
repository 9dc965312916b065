"""From an incoming report to a public page, by a Reporter and an Editor, with their clicks counted."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import choose, employ, load_demo, log_in, press
from factories import DESK, dispatch_of, make_dispatch, make_report, make_section, make_source, publish
from playwright.sync_api import Page, expect

from dispatches import desk
from dispatches.models import Dispatch
from dispatches.public import nodes
from dispatches.public.models import Edition, SiteState
from sources.models import Feed, Report, Source

pytestmark = pytest.mark.django_db(transaction=True)

A_DOZEN = 12


def count_clicks(page: Page) -> None:
    """Count every mouse click on all pages of this browser."""
    page.context.add_init_script(
        "addEventListener('click', (event) => { if (event.isTrusted) "
        "localStorage.clicks = Number(localStorage.clicks ?? 0) + 1 }, true)"
    )


def clicks(page: Page) -> int:
    return page.evaluate("Number(localStorage.clicks ?? 0)")


def test_an_editor_takes_a_report_to_readers_in_a_dozen_clicks(open_page):
    make_section(name="The Ledger")
    make_report(make_source(name="The Agency"), accepted=False, title="The port of Haifa is closed", basis="unknown")
    employ("Editor")
    page = open_page("/desk/")
    count_clicks(page)
    log_in(page, "Editor")
    page.get_by_role("region", name="Intake waiting for review").get_by_role("link", name="The port of Haifa").click()
    expect(page.get_by_text("B · usually reliable")).to_be_visible()
    page.get_by_label("Own reporting").check()
    press(page, "Accept and file")
    expect(page.get_by_label("Headline:")).to_have_value("The port of Haifa is closed")
    page.get_by_label("TL;DR:").fill("Dockers have gone on strike.")
    page.get_by_label("Body:").fill("The port was closed at dawn.")
    press(page, "Publish …")
    expect(page.locator(".desk-consequence")).to_contain_text("rated Developing")
    press(page, "Publish")
    expect(page.locator(".messagelist")).to_contain_text("Published. Readers now see The port of Haifa is closed")
    assert clicks(page) <= A_DOZEN
    page.locator(".messagelist").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The port of Haifa is closed")


def test_a_reporter_hands_in_and_an_editor_publishes(open_page):
    make_section(name="The Ledger")
    make_source(name="The Agency")
    employ("Reporter")
    employ("Editor")
    page = open_page("/desk/")
    count_clicks(page)
    log_in(page, "Reporter")
    page.get_by_role("link", name="File a report").click()
    choose(page, "#id_source", "The Agency")
    page.get_by_label("Title:").fill("The port of Haifa is closed")
    page.get_by_label("How it knows:").select_option("First-hand")
    press(page, "Save")
    press(page, "File dispatch")
    page.get_by_label("TL;DR:").fill("Dockers have gone on strike.")
    page.get_by_label("Body:").fill("The port was closed at dawn.")
    press(page, "Submit for review")
    expect(page.locator(".messagelist")).to_contain_text("Submitted")
    expect(page.get_by_role("button", name="Publish …")).to_have_count(0)
    assert clicks(page) <= A_DOZEN

    page = open_page("/desk/")
    count_clicks(page)
    log_in(page, "Editor")
    page.get_by_role("region", name="Intake waiting for review").get_by_role("link").first.click()
    press(page, "Accept")
    page.goto("/desk/")
    page.get_by_role("region", name="Submitted for review").get_by_role("link").first.click()
    press(page, "Publish …")
    press(page, "Publish")
    expect(page.locator(".messagelist")).to_contain_text("Published")
    assert clicks(page) <= A_DOZEN
    assert Edition.objects.live().get().headline == "The port of Haifa is closed"


def test_a_report_is_added_to_a_dispatch_as_a_development_that_is_cited(open_page):
    dispatch = dispatch_of(publish(headline="The port of Haifa is closed"))
    make_report(make_source(name="The Paper"), title="The port has opened again")
    desk.rebuild_documents(actor=desk.MAINTENANCE)
    employ("Editor")
    page = log_in(open_page("/desk/sources/report/"), "Editor")
    page.get_by_role("link", name="The port has opened again").click()
    press(page, "Add to dispatch …")
    choose(page, "#id_dispatch", "Haifa")
    page.get_by_label("A development with a citation").check()
    press(page, "Add to dispatch")
    expect(page.locator(".messagelist")).to_contain_text("Added to “The port of Haifa is closed”")
    step = dispatch.developments.get()
    assert (step.text, step.citations.count()) == ("The port has opened again", 1)


def test_what_is_done_to_many_is_undone_by_a_button(open_page):
    for _ in range(3):
        make_report(accepted=False)
    employ("Editor")
    page = log_in(open_page("/desk/sources/report/"), "Editor")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("Accept selected reports")
    page.get_by_title("Run the selected action").click()
    expect(page.locator(".messagelist")).to_contain_text("3 accepted")
    press(page, "Undo")
    expect(page.locator(".messagelist")).to_contain_text("Undone: 3.")
    assert set(Report.objects.values_list("review", flat=True)) == {"pending"}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_desk_has_no_barrier(open_page, filled_by, scheme, width):
    filled_by(load_demo)
    chief = employ("Chief")
    dispatch, report = Dispatch.objects.order_by("pk").last(), Report.objects.order_by("pk").last()
    with desk.saving(dispatch, actor=DESK):
        dispatch.headline = "Another headline"
        dispatch.save()
    draft = make_dispatch(headline="A draft")
    page = open_page("/desk/", color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    channel = Source.objects.filter(kind="channel").first()
    feed = Feed.objects.create(source=channel, url="https://feeds.example/1", last_error="Its server fails.")
    faults = check(page)
    log_in(page, "Chief")
    for address in (
        "",
        f"dispatches/dispatch/{dispatch.pk}/change/",
        f"dispatches/dispatch/{dispatch.pk}/history/",
        f"dispatches/dispatch/{draft.pk}/preview/",
        f"dispatches/dispatch/{draft.pk}/do/publish/",
        f"dispatches/dispatch/{draft.pk}/do/schedule/",
        "dispatches/dispatch/add/",
        "dispatches/dispatch/",
        f"sources/report/{report.pk}/change/",
        f"sources/report/{report.pk}/do/add-to/",
        "sources/report/",
        "sources/report/relays/",
        "sources/report/address/",
        "sources/source/add/",
        f"sources/source/{channel.pk}/change/",
        f"sources/source/{channel.pk}/do/make-key/",
        "sources/feed/",
        f"sources/feed/{feed.pk}/change/",
        "dispatches/story/",
        "sources/source/",
        "auth/user/",
        "auth/user/add/",
        f"auth/user/{chief.pk}/password/",
        "password_change/",
        "second-factor/",
    ):
        page.goto(f"/desk/{address}")
        faults += check(page)
    page.goto(f"/desk/dispatches/dispatch/{dispatch.pk}/change/")
    page.get_by_role("button", name="Preview the body").click()
    expect(page.locator(".desk-pane p").first).to_be_visible()
    page.locator(".desk-more > summary").click()
    faults += check(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Commands")).to_be_visible()
    faults += check(page)
    page.goto(f"/desk/sources/source/{channel.pk}/do/make-key/")
    press(page, "Create intake key")
    faults += check(page)
    assert faults == [], "\n".join(faults)


def check(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
    return [
        f"{page.url} {each['id']}: {node['html'][:200]} {node['any'][:1]}"
        for each in found
        for node in each["nodes"][:3]
    ]


def test_the_form_says_by_itself_when_a_withdrawn_dispatch_is_gone(open_page):
    employ("Chief")
    edition = publish()
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
    nodes.beat("elsewhere:1", 0)
    page = open_page("/desk/")
    log_in(page, "Chief")
    page.goto(page.url.rstrip("/") + f"/dispatches/dispatch/{dispatch_of(edition).pk}/change/")
    status = page.get_by_role("region", name="Withdrawn")
    expect(status).to_contain_text("elsewhere:1 has not confirmed yet")
    nodes.beat("elsewhere:1", SiteState.objects.get().withdrawals)
    expect(status).to_contain_text("gone from this site", timeout=10_000)
