"""Chromium against the running site."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.run import find_browser

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's event loop runs in this thread, so Django would refuse synchronous database access.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def copies() -> Iterator[dict[Callable[[], None], sqlite3.Connection]]:
    """What functions have filled the database with, for `filled_by`."""
    copies: dict[Callable[[], None], sqlite3.Connection] = {}
    yield copies
    for copy in copies.values():
        copy.close()


@pytest.fixture
def filled_by(transactional_db, copies) -> Callable[[Callable[[], None]], None]:
    """Fill the empty database by a function. It is called once: SQLite restores a copy in milliseconds."""

    def fill(function: Callable[[], None]) -> None:
        connection.ensure_connection()
        if function in copies:
            copies[function].backup(connection.connection)
            return
        function()
        if connection.vendor == "sqlite":
            copies[function] = sqlite3.connect(":memory:")
            connection.connection.backup(copies[function])

    return fill


@pytest.fixture
def open_page(browser, live_server):
    """Open a page in a new browser context; fail at the end if the browser reported any problem."""
    contexts, complaints = [], []

    def complain(message: ConsoleMessage) -> None:
        # The console reports 404 and 410 pages as errors, although readers get a normal page. Messages without an
        # address come from the accessibility checker, which is injected into the page.
        address = message.location["url"]
        is_answer = "410 (Gone)" in message.text or address.endswith("/no/such/page/")
        if message.type == "error" and address and not is_answer:
            complaints.append(message.text)

    def open_page(path: str = "/", **options) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: request.url.startswith(live_server.url) or complaints.append(f"third party: {request.url}"),
        )
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == [], "\n".join(complaints)
