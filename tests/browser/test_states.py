"""An editor corrects what is live while an update waits for its time, and sees all three states, also on a phone."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import employ, follow, log_in, press
from django.urls import reverse
from django.utils import timezone
from factories import DESK, dispatch_of, make_dispatch, make_report, publish
from playwright.sync_api import Page, expect

from dispatches import desk
from dispatches.models import Dispatch
from dispatches.public.models import Edition

pytestmark = pytest.mark.django_db(transaction=True)

BODY = "The port of Haifa is closed.\n\nTwelve ships wait outside.\n\nNobody was hurt."


@pytest.fixture
def updating() -> Dispatch:
    """A live dispatch with an update scheduled: another headline, and another last paragraph."""
    dispatch = dispatch_of(publish(make_report(), make_report(), headline="Port of Haifa closed", body=BODY))
    with desk.saving(dispatch, actor=DESK):
        dispatch.headline, dispatch.body = "Port of Haifa open again", BODY.replace("Nobody was", "Three people were")
        dispatch.save()
    desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + timedelta(hours=3))
    return dispatch


def shoot(page: Page, name: str) -> None:
    """Keep a screenshot, if SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def assert_accessible(page: Page, part: str) -> None:
    found = Axe().run(page, context=part)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_correction_is_made_while_an_update_waits(open_page, updating, width):
    employ("Chief")
    page = open_page(reverse("admin:dispatches_dispatch_change", args=[updating.pk]))
    page.set_viewport_size({"width": width, "height": 844})
    log_in(page, "Chief")
    status = page.locator("#desk-status")
    expect(status).to_contain_text("What is saved now will go live.")
    status.get_by_text("Live and scheduled").click()
    expect(status.locator(".desk-changes").first).to_contain_text("open again")
    shoot(page, f"waiting-{width}")
    assert_accessible(page, "#desk-status")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.locator("#id_body").fill(updating.body.replace("Twelve", "Fourteen"))
    press(page, "Save")
    expect(status).to_contain_text("The scheduled edition differs from what is saved: Body.")
    shoot(page, f"saved-{width}")
    follow(status.get_by_role("link", name="Publish update …"))
    expect(page.locator(".desk-consequence")).to_contain_text("with the change carried into it")
    shoot(page, f"confirm-{width}")
    assert_accessible(page, "#content-main")
    press(page, "Publish update")
    expect(status).to_contain_text("What is saved now will go live.")
    shoot(page, f"published-{width}")

    live, scheduled = updating.current_editions()
    assert live
    assert scheduled
    assert ("Fourteen" in live.body_html, "Three people" in live.body_html) == (True, False)
    assert ("Fourteen" in scheduled.body_html, "Three people" in scheduled.body_html) == (True, True)

    page.goto(reverse("admin:dispatches_dispatch_frame", args=[updating.pk]))
    for state, words in {"Live": "Port of Haifa closed", "Scheduled": "Port of Haifa open again"}.items():
        follow(page.get_by_role("link", name=state, exact=True))
        expect(page.frame_locator("iframe").locator("h1")).to_have_text(words)
    shoot(page, f"preview-{width}")
    page.goto(reverse("admin:dispatches_dispatch_changelist"))
    expect(page.locator(".desk-states")).to_contain_text("Update scheduled for")
    shoot(page, f"list-{width}")
    page.goto(reverse("admin:index"))
    shoot(page, f"newsroom-{width}")


def test_discarding_is_done_by_keyboard_alone(open_page):
    employ("Chief")
    dispatch = dispatch_of(publish(headline="As it is"))
    with desk.saving(dispatch, actor=DESK):
        dispatch.headline = "As it is not"
        dispatch.save()
    make_dispatch()
    page = open_page(reverse("admin:dispatches_dispatch_change", args=[dispatch.pk]))
    log_in(page, "Chief")
    link = page.locator("#desk-status").get_by_role("link", name="Discard changes …")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".desk-consequence")).to_contain_text("stays in the history")
    page.get_by_role("button", name="Discard changes").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#desk-status")).to_contain_text("Readers have what is saved.")
    assert Dispatch.objects.get(pk=dispatch.pk).headline == "As it is"
    assert Edition.objects.live().get(publication=dispatch.publication_id).number == 1
