"""An editor in a browser: logs in, presses buttons, chooses options; clicks are counted."""

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from playwright.sync_api import Locator, Page

PASSWORD = "a pass phrase"


def load_demo() -> None:
    call_command("load_demo", verbosity=0)


def employ(role: str, name: str = "") -> User:
    user = User.objects.create_user(name or role, password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def log_in(page: Page, name: str) -> Page:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Log in")
    return page


def press(page: Page, button: str) -> None:
    """Press a button, if need be after opening the menu that it is in."""
    found = page.get_by_role("button", name=button, exact=True)
    if not found.count():
        page.locator(".desk-user > summary" if button == "Log out" else ".desk-more > summary").click()
    follow(found)


def follow(link: Locator) -> None:
    """Click a link and wait for the full page: a click returns when navigation starts."""
    link.click()
    link.page.wait_for_load_state()


def choose(page: Page, field: str, words: str) -> None:
    """Choose the first result of an autocomplete field."""
    page.locator(f"{field} + .select2").click()
    # Without words, it lists all: what is chosen must be a result of the search.
    with page.expect_response(lambda response: "/autocomplete/?term=" in response.url):
        page.locator(".select2-search__field").fill(words)
    page.locator(".select2-results__option").filter(has_text=words).first.click()
