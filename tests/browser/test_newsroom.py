"""The masthead's story: filed through the admin in an empty database, and read on its page."""

import pytest
from browsing import choose, log_in, press
from factories import make_dispatch, make_report, make_source
from playwright.sync_api import Page, expect

from dispatches import desk as verbs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(open_page, editor, settings, time_machine) -> Page:
    # The server's clock is moved, the browser's is not: a cookie with an expiry date would have expired.
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = True
    time_machine.move_to("2026-06-14T18:00:00+03:00")
    return log_in(open_page("/desk/"), "editor")


def test_the_seed_s_story_is_filed_published_and_read(desk, open_page, time_machine):
    add_section(desk)
    add_source(desk)

    accept_report(desk, "White House restricts models", "2026-06-14", "17:40")
    file_dispatch(desk, "White House restricts use of Anthropic’s models", "restricts-models", "The body.")
    publish(desk)

    time_machine.move_to("2026-06-25T20:12:00+03:00")
    accept_report(desk, "A distillation case, nobody named", "2026-06-25", "19:50")
    file_dispatch(desk, "Anthropic identifies a ‘distillation’ case", "no-culprit", "The body.")
    publish(desk)

    time_machine.move_to("2026-06-25T23:51:00+03:00")
    accept_report(desk, "Anthropic accuses Alibaba", "2026-06-25", "23:20")
    time_machine.move_to("2026-06-25T23:58:00+03:00")
    file_dispatch(
        desk,
        "Anthropic accuses Alibaba of copying Claude AI",
        "accuses-alibaba",
        "[[no-culprit]], it first identified the case.\n\nThe models were restricted, [[restricts-models]].",
        developments=[
            ("23:20", "Anthropic accuses Alibaba of copying its Claude AI model"),
            ("23:40", "Anthropic describes this as the most severe known case."),
        ],
    )
    press(desk, "Save")
    press(desk, "Preview")
    expect(desk.get_by_text("Only the desk sees this page")).to_be_visible()
    page = desk.frame_locator("iframe")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anthropic accuses Alibaba of copying Claude AI")
    desk.get_by_label("Phone").check()
    assert desk.locator("iframe").bounding_box()["width"] == 392
    desk.get_by_role("link", name="Back to the form").click()
    publish(desk)
    message = desk.locator(".messagelist")
    expect(message).to_contain_text("Readers now see Anthropic accuses Alibaba of copying Claude AI, rated Developing")

    address = message.get_by_role("link").get_attribute("href")
    assert address == "/wire/2026/06/25/accuses-alibaba/"
    page = open_page("/")
    expect(page.get_by_role("heading", name="Anthropic accuses Alibaba").first).to_be_visible()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="The Wire").click()
    page.get_by_role("main").get_by_role("link", name="Anthropic accuses Alibaba").click()
    assert page.url.endswith(address)

    header = page.get_by_role("banner").first
    expect(header).to_contain_text("31°46′40.7″N 35°14′07.7″E")
    expect(header.get_by_role("link", name="The Zioneer")).to_be_visible()
    for name in ("Top Stories", "The Wire"):
        expect(header.get_by_role("link", name=name)).to_be_visible()
    main = page.get_by_role("main")
    expect(main.get_by_role("link", name="← The Wire")).to_be_visible()
    expect(main.locator(".kicker")).to_contain_text("The Ledger · Dispatch · Economy")
    expect(main.locator(".kicker")).to_contain_text("Signal: Developing")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anthropic accuses Alibaba of copying Claude AI")
    expect(main).to_contain_text("The Zioneer Intelligence Desk")
    for words in ("Primary source Internal intake", "1 reviewed intake signal", "Desk window 23:51"):
        expect(main.locator(".provenance")).to_contain_text(words)
    expect(main.get_by_role("region", name="TL;DR")).to_contain_text("What matters, in a sentence.")

    story = main.get_by_role("region", name="01 · The dispatch")
    expect(story).to_contain_text("As The Zioneer reported earlier this evening, it first identified the case.")
    expect(story).to_contain_text("The models were restricted, as The Zioneer reported on June 14.")
    expect(story.get_by_role("link", name="as The Zioneer reported on June 14")).to_have_attribute(
        "href", "/wire/2026/06/14/restricts-models/"
    )

    steps = main.get_by_role("region", name="02 · How it developed")
    expect(steps).to_contain_text("2 developments")
    expect(steps.locator(".developments li").first).to_contain_text("Latest")
    expect(steps.locator(".developments li").first).to_contain_text("the most severe known case")
    expect(steps.get_by_role("heading", name="Related dispatches")).to_be_visible()
    expect(steps.locator(".related")).to_contain_text("Anthropic identifies a ‘distillation’ case")

    sources = main.get_by_role("region", name="03 · Source and signal")
    expect(sources).to_contain_text("A single-sourced dispatch is never rated Confirmed or Strong.")
    expect(sources).to_contain_text("Its Signal strengthens only when a second, independent source corroborates it.")
    expect(sources.locator(".ledger")).to_contain_text("Internal intake")
    expect(sources.get_by_role("heading", name="Desk accountability")).to_be_visible()
    expect(sources).to_contain_text("This dispatch is published under The Zioneer Intelligence Desk.")
    assert "Lighthouse" not in page.content()

    # Later that night the desk withdraws it.
    desk.goto("/desk/dispatches/dispatch/")
    desk.get_by_role("link", name="Anthropic accuses Alibaba").click()
    press(desk, "Withdraw …")
    desk.get_by_label("Note to readers").fill("Our only source took it back.")
    desk.get_by_role("button", name="Withdraw").click()
    expect(desk.locator(".messagelist")).to_contain_text("Withdrawn. Readers see only a notice with your reason")
    desk.locator(".messagelist").get_by_role("link").click()
    expect(desk.get_by_role("main")).to_contain_text("Our only source took it back.")


def test_publishing_what_is_not_ready_keeps_what_was_typed(desk, editor):
    add_section(desk)
    desk.goto("/desk/dispatches/dispatch/add/")
    desk.get_by_label("Headline:").fill("Only a headline")
    desk.get_by_label("Section:").select_option("The Ledger")
    press(desk, "Publish …")
    expect(desk.locator(".messagelist")).to_contain_text("Saved, but not done yet:")
    expect(desk.locator(".messagelist")).to_contain_text("Write the TL;DR")
    expect(desk.get_by_label("Headline:")).to_have_value("Only a headline")
    expect(desk.get_by_role("complementary", name="Signal")).to_contain_text("Cite at least one report")


def test_the_panel_follows_the_form_before_anything_is_saved(desk, editor):
    agency, paper = (make_report(make_source(name=name)) for name in ("The Agency", "The Paper"))
    dispatch = make_dispatch(agency, paper)
    verbs.rebuild_documents(actor=verbs.MAINTENANCE)
    desk.goto(f"/desk/dispatches/dispatch/{dispatch.pk}/change/")
    panel = desk.get_by_role("complementary", name="Signal")
    expect(panel.get_by_role("heading", level=2)).to_have_text("Strong")
    desk.locator("#citations-group .desk-card").nth(1).scroll_into_view_if_needed()
    desk.locator("#citations-group .desk-card").nth(1).get_by_role("button", name="Contradicts").click()
    expect(panel.get_by_role("heading", level=2)).to_have_text("Developing, disputed")
    row = desk.locator("#citations-group .desk-row-form")
    row.get_by_label("Supports").check()
    expect(panel.get_by_role("heading", level=2)).to_have_text("Strong")
    choose(desk, "#citations-group .desk-row-form [name$=-report]", "The Agency")
    expect(panel).to_contain_text("the form as it is now")
    desk.get_by_label("TL;DR:").fill("")
    desk.get_by_label("Headline:").fill("Another headline")
    desk.get_by_label("Body:").focus()
    expect(panel).to_contain_text("Write the TL;DR")

    desk.goto(f"/desk/sources/report/{paper.pk}/change/")
    effect = desk.get_by_role("complementary", name="Effect")
    expect(effect).to_contain_text(f"{dispatch.headline}: Strong")
    desk.get_by_label("How it knows:").select_option("Relay")
    choose(desk, "#id_credits", "The Agency")
    expect(effect).to_contain_text("Strong → Developing")


def publish(desk: Page) -> None:
    """Press the button, read the consequence, and confirm."""
    press(desk, "Publish …")
    expect(desk.locator(".desk-consequence")).to_contain_text("Publishes")
    press(desk, "Publish")


def add_section(desk: Page) -> None:
    desk.goto("/desk/dispatches/section/add/")
    desk.get_by_label("Name:").fill("The Ledger")
    desk.get_by_label("Beat:").fill("Economy")
    desk.get_by_label("Slug:").fill("ledger")
    press(desk, "Save")


def add_source(desk: Page) -> None:
    desk.goto("/desk/sources/source/add/")
    desk.get_by_label("Name:").fill("Lighthouse")
    desk.get_by_label("Kind:").select_option("Internal channel")
    desk.get_by_label("Grade:").select_option("B")
    press(desk, "Save")


def accept_report(desk: Page, title: str, day: str, clock: str) -> None:
    desk.goto("/desk/sources/report/add/")
    choose(desk, "#id_source", "Lighthouse")
    desk.get_by_label("Title:").fill(title)
    desk.locator("#id_said_at_0").fill(day)
    desk.locator("#id_said_at_1").fill(clock)
    desk.get_by_label("How it knows:").select_option("Own reporting")
    press(desk, "Accept")
    expect(desk.locator(".messagelist")).to_contain_text("Accepted")


def file_dispatch(desk: Page, headline: str, slug: str, body: str, developments=()) -> None:
    """File a dispatch that cites the newest report."""
    desk.goto("/desk/dispatches/dispatch/add/")
    desk.get_by_label("Headline:").fill(headline)
    desk.get_by_label("Section:").select_option("The Ledger")
    desk.get_by_label("TL;DR:").fill("What matters, in a sentence.")
    desk.get_by_label("Body:").fill(body)
    desk.get_by_label("Slug:").fill(slug)
    for number, (clock, text) in enumerate(developments):
        desk.get_by_role("button", name="Add another Development").click()
        desk.locator(f"#id_developments-{number}-at_0").fill("2026-06-25")
        desk.locator(f"#id_developments-{number}-at_1").fill(clock)
        desk.locator(f"#id_developments-{number}-text").fill(text)
    desk.get_by_role("button", name="Add another Citation").click()
    choose(desk, "select[name^=citations-][name$=-report]", "Lighthouse")
