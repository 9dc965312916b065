"""Two editors, a lost network, a lost session, a killed browser, a server that dies: no edit is lost."""

import pytest
from browsing import employ, log_in, press
from django.contrib.sessions.models import Session
from factories import DESK, make_dispatch, make_section
from playwright.sync_api import Page, expect

from dispatches import desk as verbs
from dispatches.models import Development, Dispatch, Revision

pytestmark = pytest.mark.django_db(transaction=True)

SAVE = "Save"
DEAD = "<link rel=icon href='data:,'>The server has died."


@pytest.fixture
def dispatch():
    dispatch = make_dispatch(headline="The port", body="First line.\n\nSecond line.\n\nThird line.", tldr="As it was.")
    with verbs.saving(dispatch, actor=DESK):
        dispatch.save()
    return dispatch


@pytest.fixture
def at_the_desk(open_page, dispatch):
    """Return a function that opens the dispatch as a user in a separate browser."""

    def at_the_desk(name: str) -> Page:
        employ("Chief", name)
        page = log_in(open_page(address_of(dispatch)), name)
        expect(page.get_by_label("Headline:")).to_have_value(dispatch.headline)
        return page

    return at_the_desk


def address_of(dispatch: Dispatch) -> str:
    return f"/desk/dispatches/dispatch/{dispatch.pk}/change/"


def is_kept(page: Page, words: str) -> None:
    page.wait_for_function("words => Object.values(localStorage).some((draft) => draft.includes(words))", arg=words)


def everything_ever_saved() -> str:
    return str(list(Revision.objects.values_list("content", flat=True)))


def edit_body(page: Page, old: str, new: str) -> None:
    body = page.get_by_label("Body:")
    body.fill(body.input_value().replace(old, new))


# Anna's edits, and Boris's edits while he has the same form open.
EDITS = {
    "the headline": lambda page, name: page.get_by_label("Headline:").fill(f"The port, says {name}"),
    "a line of the body": lambda page, name: edit_body(page, "Second", f"Second, says {name}"),
    "another line": lambda page, name: edit_body(page, "First" if name == "Anna" else "Third", f"Line of {name}"),
    "another field": lambda page, name: page.get_by_label("TL;DR:" if name == "Anna" else "Byline:").fill(f"By {name}"),
    "a new development": lambda page, name: add_development(page, f"Step of {name}"),
}


def add_development(page: Page, text: str) -> None:
    page.get_by_role("button", name="Add another Development").click()
    row = page.locator("#developments-group .desk-row-form").first
    row.locator("[name$=-at_0]").fill("2026-06-25")
    row.locator("[name$=-at_1]").fill("10:00")
    row.locator("[name$=-text]").fill(text)


@pytest.mark.parametrize("what", EDITS)
def test_two_edit_one_dispatch_and_no_text_is_lost(at_the_desk, dispatch, what):
    anna, boris = at_the_desk("Anna"), at_the_desk("Boris")
    EDITS[what](anna, "Anna")
    EDITS[what](boris, "Boris")
    press(anna, SAVE)
    expect(anna.locator(".messagelist")).to_contain_text("was changed successfully")
    press(boris, SAVE)
    # Rows that only one of them has touched are saved without asking.
    if what != "a new development":
        refused = boris.locator(".desk-unsaved")
        expect(refused).to_contain_text("Not saved yet; nothing is lost: saved by Anna")
        for name in ("Anna", "Boris"):
            expect(refused.locator("td").filter(has_text=name).first).to_be_visible()
        press(boris, SAVE)
    expect(boris.locator(".messagelist")).to_contain_text("was changed successfully")
    # Everything either of them typed is stored, or in the history beside what replaced it.
    for name in ("Anna", "Boris"):
        assert name in everything_ever_saved()
    if what in {"another line", "another field", "a new development"}:
        dispatch.refresh_from_db()
        stored = [dispatch.body, dispatch.tldr, dispatch.byline, *Development.objects.values_list("text", flat=True)]
        assert all(name in " ".join(stored) for name in ("Anna", "Boris"))


def test_either_text_is_taken_with_a_button(at_the_desk, dispatch):
    anna, boris = at_the_desk("Anna"), at_the_desk("Boris")
    EDITS["the headline"](anna, "Anna")
    press(anna, SAVE)
    EDITS["the headline"](boris, "Boris")
    press(boris, SAVE)
    boris.locator(".desk-unsaved").get_by_role("button", name="Use this").first.click()
    expect(boris.get_by_label("Headline:")).to_have_value("The port, says Anna")
    boris.locator(".desk-unsaved").get_by_role("button", name="Use this").last.click()
    expect(boris.get_by_label("Headline:")).to_have_value("The port, says Boris")


def test_who_is_alone_is_never_refused(at_the_desk, dispatch):
    anna = at_the_desk("Anna")
    for number in range(3):
        anna.get_by_label("Headline:").fill(f"The port {number}")
        press(anna, SAVE)
        expect(anna.locator(".messagelist")).to_contain_text("was changed successfully")
    anna.go_back()
    anna.wait_for_load_state()
    anna.get_by_label("TL;DR:").fill("After going back.")
    press(anna, SAVE)
    expect(anna.get_by_label("TL;DR:")).to_have_value("After going back.")


def test_who_else_is_here_is_said(at_the_desk, dispatch):
    anna, boris = at_the_desk("Anna"), at_the_desk("Boris")
    anna.get_by_label("TL;DR:").press_sequentially("typing")
    anna.evaluate("dispatchEvent(new Event('online'))")
    expect(anna.locator(".desk-presence")).to_contain_text("Boris has this open")
    boris.evaluate("dispatchEvent(new Event('online'))")
    expect(boris.locator(".desk-presence")).to_contain_text("Anna is typing here")
    press(anna, SAVE)
    boris.evaluate("dispatchEvent(new Event('online'))")
    expect(boris.locator(".desk-notices")).to_contain_text("Anna saved it at")


def test_a_browser_that_is_killed_loses_nothing(at_the_desk, dispatch):
    anna = at_the_desk("Anna")
    anna.get_by_label("TL;DR:").fill("Typed before the crash.")
    is_kept(anna, "before the crash")
    context = anna.context
    anna.close()
    anna = context.new_page()
    anna.goto(address_of(dispatch))
    expect(anna.get_by_label("TL;DR:")).to_have_value("As it was.")
    expect(anna.locator(".desk-notices")).to_contain_text("This browser kept a draft")
    expect(anna.locator(".desk-notices")).to_contain_text("newer than what is saved")
    press(anna, "Show the draft and the differences")
    expect(anna.locator(".desk-unsaved")).to_contain_text("Typed before the crash.")
    expect(anna.get_by_label("TL;DR:")).to_have_value("Typed before the crash.")
    press(anna, SAVE)
    expect(anna.locator(".messagelist")).to_contain_text("was changed successfully")
    expect(anna.locator(".desk-notices")).to_be_empty()
    assert anna.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('desk-draft'))") == []


def test_a_lost_session_loses_nothing(at_the_desk, dispatch):
    anna = at_the_desk("Anna")
    anna.get_by_label("TL;DR:").fill("Typed before the session ended.")
    Session.objects.all().delete()
    press(anna, SAVE)
    log_in(anna, "Anna")
    expect(anna.get_by_label("TL;DR:")).to_have_value("Typed before the session ended.")
    expect(anna.locator(".desk-unsaved")).to_contain_text("your browser's draft")
    press(anna, SAVE)
    expect(anna.locator(".messagelist")).to_contain_text("was changed successfully")
    expect(anna.locator(".desk-notices")).to_be_empty()
    dispatch.refresh_from_db()
    assert dispatch.tldr == "Typed before the session ended."


def change_tldr(page, words):
    """Type it and leave the field, so that the panel updates."""
    with page.expect_response("**/signal/") as panel:
        page.get_by_label("TL;DR:").fill(words)
        page.get_by_label("TL;DR:").blur()
    assert panel.value.ok


def test_whoever_logs_in_again_in_another_window_goes_on_where_they_were(at_the_desk, dispatch):
    anna = at_the_desk("Anna")
    change_tldr(anna, "Typed before the session ended.")
    Session.objects.all().delete()
    anna.evaluate("dispatchEvent(new Event('online'))")
    expect(anna.locator(".desk-notices")).to_contain_text("You are logged out")
    with anna.expect_popup() as popup:
        anna.get_by_role("link", name="Log in in another window").click()
    log_in(popup.value, "Anna")
    expect(popup.value.locator(".desk-user")).to_be_visible()
    change_tldr(anna, "Typed before the session ended, and after.")
    press(anna, SAVE)
    expect(anna.locator(".messagelist")).to_contain_text("was changed successfully")


def test_a_lost_network_loses_nothing(at_the_desk, dispatch):
    anna = at_the_desk("Anna")
    anna.context.set_offline(True)
    anna.get_by_label("TL;DR:").fill("Typed without a network.")
    press(anna, SAVE)
    expect(anna.locator(".desk-notices")).to_contain_text("There is no network")
    anna.context.set_offline(False)
    press(anna, SAVE)
    expect(anna.locator(".messagelist")).to_contain_text("was changed successfully")
    dispatch.refresh_from_db()
    assert dispatch.tldr == "Typed without a network."


@pytest.mark.parametrize("arrives", [False, True])
def test_a_server_that_dies_in_the_middle_of_a_save_loses_nothing(at_the_desk, dispatch, arrives):
    anna = at_the_desk("Anna")
    anna.get_by_label("TL;DR:").fill("Sent as the server died.")

    def die(route):
        if arrives and route.request.method == "POST":
            route.fetch(max_redirects=0)
        route.fulfill(status=200, content_type="text/html", body=DEAD)

    anna.route("**/change/", die)
    press(anna, SAVE)
    expect(anna.get_by_text("The server has died.")).to_be_visible()
    anna.unroute("**/change/")
    anna.goto(address_of(dispatch))
    expect(anna.get_by_label("TL;DR:")).to_have_value("Sent as the server died.")
    expect(anna.locator(".desk-unsaved")).to_have_count(0 if arrives else 1)
    press(anna, SAVE)
    dispatch.refresh_from_db()
    assert dispatch.tldr == "Sent as the server died."


def test_a_new_dispatch_that_never_arrived_comes_back(open_page):
    make_section(name="The Ledger")
    employ("Reporter")
    page = log_in(open_page("/desk/dispatches/dispatch/add/"), "Reporter")
    page.get_by_label("Headline:").fill("Never sent")
    page.get_by_label("Section:").select_option("The Ledger")
    add_development(page, "A step")
    page.route("**/add/", lambda route: route.fulfill(status=200, content_type="text/html", body=DEAD))
    press(page, SAVE)
    expect(page.get_by_text("The server has died.")).to_be_visible()
    page.unroute("**/add/")
    page.goto("/desk/dispatches/dispatch/add/")
    expect(page.get_by_label("Headline:")).to_have_value("Never sent")
    expect(page.locator("#developments-group [name$=-text]").first).to_have_value("A step")
    press(page, SAVE)
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    assert Dispatch.objects.get().developments.count() == 1
