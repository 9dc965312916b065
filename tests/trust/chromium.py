"""Load pages in Chromium as the site answers them, headers included, and note what hostile texts achieve there."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders
from django.http import HttpResponse
from playwright.sync_api import Browser, Dialog, Error, Request, Route, sync_playwright

from tests.run import find_browser

# A host that browsers trust without HTTPS.
ORIGIN = "http://localhost"
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
# What the console says of any page with such a status.
HARMLESS = "Failed to load resource: the server responded with a status of"


class Chromium:
    """Asks `answer` for whatever a page requests from the site. Nothing reaches a network."""

    def __init__(self, browser: Browser, answer: Callable[[str], HttpResponse]) -> None:
        # Playwright calls back in a context of its own, which would have another database connection.
        self._inside = copy_context()
        self._answer, self._problems = answer, list[str]()
        self._context = browser.new_context(base_url=ORIGIN)
        self._page = self._context.new_page()
        self._page.route("**/*", self._fulfill)
        self._page.on("dialog", self._dismiss)
        self._page.on("pageerror", lambda error: self._problems.append(f"an error in a script: {error}"))
        self._page.on("console", lambda message: self._complain(message.type, message.text))
        self._page.on("request", self._watch)

    def problems_of(self, address: str) -> list[str]:
        """Return what happened in a page that should not: scripts, dialogs, requests to others, blocked content."""
        self._problems = []
        try:
            self._page.goto(address, wait_until="load")
            # Everything that has happened until now has been reported when this returns.
            self._page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        except Error as error:
            self._problems.append(f"could not be loaded: {error.message.splitlines()[0]}")
        return self._problems

    def close(self) -> None:
        self._context.close()

    def _fulfill(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if f"{address.scheme}://{address.netloc}" != ORIGIN:
            route.abort()
        elif address.path.startswith("/static/"):
            file = finders.find(address.path.removeprefix("/static/"))
            route.fulfill(path=file) if file else route.fulfill(status=404)
        else:
            path = address.path + (f"?{address.query}" if address.query else "")
            response = self._inside.run(self._answer, path)
            body = b"".join(response) if response.streaming else response.content
            route.fulfill(status=response.status_code, headers=dict(response.items()), body=body)

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((f"{ORIGIN}/", "data:", "blob:")):
            self._problems.append(f"a request to {request.url[:80]}")

    def _dismiss(self, dialog: Dialog) -> None:
        self._problems.append(f"a dialog: {dialog.message[:80]}")
        dialog.dismiss()

    def _complain(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(HARMLESS):
            self._problems.append(f"the console: {text[:160]}")


@contextmanager
def a_browser() -> Iterator[Browser | None]:
    """Start Chromium; None if there is none."""
    if not (path := find_browser()):
        yield None
        return
    # Playwright's event loop runs in this thread, so Django would refuse synchronous database access.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
