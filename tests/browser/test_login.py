"""Log in with a password, a code and a passkey; log out without losing drafts unasked."""

import pytest
from browsing import employ, log_in, press
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential
from factories import make_dispatch
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.django_db(transaction=True)


def add_authenticator(page: Page) -> None:
    """Give the browser a security key that confirms everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def kept(page: Page) -> list[str]:
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('desk-draft'))")


def test_a_chief_who_needs_one_sets_up_an_app_and_logs_in_with_it_and_with_a_recovery_code(open_page, settings):
    settings.WIRE_SECOND_FACTOR = {"Chief"}
    employ("Chief", "Anna")
    page = log_in(open_page("/desk/sources/report/"), "Anna")
    expect(page.get_by_text("Your role requires a second factor")).to_be_visible()
    press(page, "Set up an authenticator app")
    picture = page.get_by_role("img", name="QR code")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 100
    device = TOTPDevice.objects.get()
    page.get_by_label("Code:").fill(f"{totp(device.bin_key):06}")
    press(page, "Check the code")
    press(page, "Show my recovery codes")
    code = page.locator(".desk-codes code").first.text_content()
    page.get_by_role("link", name="I have them").click()
    expect(page.get_by_role("heading", name="Reports")).to_be_visible()
    press(page, "Log out")
    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()
    page.get_by_role("link", name="Log in again").click()
    log_in(page, "Anna")
    page.get_by_label("Code from your authenticator app").fill(code)
    press(page, "Log in")
    expect(page.get_by_role("heading", name="Newsroom")).to_be_visible()


def test_a_passkey_is_added_and_then_opens_the_desk(open_page, settings, live_server):
    settings.OTP_WEBAUTHN_ALLOWED_ORIGINS = [live_server.url]
    employ("Editor", "Anna")
    page = open_page("/desk/second-factor/")
    add_authenticator(page)
    log_in(page, "Anna")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("One more step: your recovery codes")).to_be_visible()
    passkey = WebAuthnCredential.objects.get()
    assert passkey.user.username == "Anna"
    page.goto("/desk/")
    press(page, "Log out")
    page.goto("/desk/dispatches/dispatch/")
    log_in(page, "Anna")
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("heading", name="Dispatches")).to_be_visible()
    # A removed passkey opens nothing.
    page.goto("/desk/second-factor/")
    press(page, "Remove the passkey")
    expect(page.get_by_text("It was removed.")).to_be_visible()
    assert not WebAuthnCredential.objects.exists()


def test_a_logout_asks_before_it_deletes_a_draft(open_page):
    dispatch = make_dispatch(headline="The port")
    employ("Chief", "Anna")
    page = log_in(open_page(f"/desk/dispatches/dispatch/{dispatch.pk}/change/"), "Anna")
    page.get_by_label("TL;DR:").fill("Not saved yet.")
    # At once, before the draft was kept.
    press(page, "Log out")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("One draft is not saved")
    expect(dialog).to_contain_text("The port")
    page.get_by_role("button", name="Stay logged in").click()
    expect(dialog).to_have_count(0)
    assert len(kept(page)) == 1
    expect(page.get_by_label("TL;DR:")).to_have_value("Not saved yet.")
    page.goto("/desk/")
    press(page, "Log out")
    press(page, "Delete and log out")
    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()
    assert kept(page) == []


def test_a_logout_does_not_ask_about_what_was_saved(open_page):
    dispatch = make_dispatch(headline="The port")
    employ("Chief", "Anna")
    page = log_in(open_page(f"/desk/dispatches/dispatch/{dispatch.pk}/change/"), "Anna")
    page.get_by_label("TL;DR:").fill("Saved.")
    press(page, "Save and close")
    page.wait_for_url("**/desk/dispatches/dispatch/")
    assert len(kept(page)) == 1
    press(page, "Log out")
    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()
    assert kept(page) == []


def test_a_draft_that_was_sent_but_never_arrived_is_asked_about(open_page):
    dispatch = make_dispatch(headline="The port")
    employ("Chief", "Anna")
    address = f"/desk/dispatches/dispatch/{dispatch.pk}/change/"
    page = log_in(open_page(address), "Anna")
    page.get_by_label("TL;DR:").fill("Sent in vain.")
    dead = "<link rel=icon href='data:,'>The server has died."
    page.route("**/change/", lambda route: route.fulfill(status=200, content_type="text/html", body=dead))
    press(page, "Save")
    page.unroute("**/change/")
    page.goto("/desk/")
    press(page, "Log out")
    expect(page.get_by_role("dialog")).to_contain_text("One draft is not saved")
