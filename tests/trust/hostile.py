"""Whatever is typed, pushed, imported or asked for: no script in any page, no error 500, no malformed document.

And in Chromium, under the policy that the site sends: no script runs, no dialog opens, nothing is asked of others, and
the policy has nothing to block.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from random import Random
from urllib.parse import quote
from xml.etree import ElementTree

from desk_forms import read_page
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from factories import DESK, develop, make_dispatch, make_report, make_section, make_source, make_story
from playwright.sync_api import Browser
from public_addresses import public_addresses

from dispatches import desk
from dispatches.desk import NotReady
from dispatches.models import Dispatch
from sources.models import Report, Source
from tests.trust.asking import keeping_connections
from tests.trust.chromium import Chromium, a_browser
from tests.trust.payloads import find_scripts, payload
from tests.trust.tally import Tally

# Inputs between two looks at all pages.
BATCH = 25
QUERIES = ["section", "signal", "before", "after", "at", "q", "order", "page", "from", "to", "edition"]
TYPED = ["headline", "slug", "byline", "tldr", "body", "hold_reason", "text", "at_0", "at_1", "resolution"]


def try_hostile(inputs: int, seed: int, browser: Browser | None = None) -> Tally:
    """Send this many hostile inputs. `tried` counts responses, each checked, and pages in the browser."""
    tally, number = Tally(), 0
    while tally.counts["inputs"] < inputs:
        number += 1
        with transaction.atomic(), keeping_connections():
            site = Site(Random(f"{seed} {number}"), tally)
            site.run(min(BATCH, inputs - tally.counts["inputs"]))
            if browser:
                site.look_in(browser)
            transaction.set_rollback(True)
    return tally


def try_hostile_in_browser(inputs: int, seed: int) -> Tally:
    """Do the same, and look at pages in Chromium, if it is installed."""
    with a_browser() as browser:
        return try_hostile(inputs, seed, browser)


class Site:
    """A site that gets hostile inputs in every way, and is then looked at."""

    def __init__(self, random: Random, tally: Tally) -> None:
        self.random, self.tally = random, tally
        self.reader, self.editor = Client(raise_request_exception=False), Client(raise_request_exception=False)
        user = get_user_model().objects.create_superuser("Editor", email="editor@example.org")
        self.editor.force_login(user)
        self.source = make_source(name="The Agency")
        self.section = make_section(name="The Ledger", slug="ledger")
        self.report = make_report(self.source)
        self.dispatch = make_dispatch(self.report, slug="d-0", section=self.section, story=make_story())
        develop(self.dispatch, "A step.")
        self.key = desk.create_intake_key(source=self.source, others_end_in=None, actor=DESK)[1]
        self.ways = [self.type_dispatch, self.type_report, self.type_source, self.push, self.import_lines]
        self.ways += [self.import_feeds, self.ask_public, self.ask_public, self.ask_desk]

    def run(self, inputs: int) -> None:
        for _ in range(inputs):
            way = self.random.choice(self.ways)
            self.tally.counts["inputs"] += 1
            self.tally.counts[way.__name__.replace("_", " ")] += 1
            with transaction.atomic():
                way()
        self.publish()
        self.look()

    def text(self) -> str:
        return payload(self.random)

    # In

    def _post(self, address: str, names: list[str]) -> None:
        page = self.editor.get(address, follow=True)
        self.check(address, page)
        if page.status_code != 200:
            return
        data = read_page(page).data
        typed = [name for name in data if name.rpartition("-")[2] in names]
        for name in self.random.sample(typed, min(len(typed), self.random.randint(1, 3))):
            data[name] = self.text()
        self.check(address, self.editor.post(address, data), data)

    def type_dispatch(self) -> None:
        self._post(
            f"/desk/dispatches/dispatch/{self.dispatch.pk}/change/", [*TYPED, "text", "at_0", "at_1", "resolution"]
        )

    def type_report(self) -> None:
        self._post(f"/desk/sources/report/{self.report.pk}/change/", ["title", "text", "url", "byline", "said_at_0"])

    def type_source(self) -> None:
        self._post(f"/desk/sources/source/{self.source.pk}/change/", ["name", "public_label", "aliases", "notes"])

    def push(self) -> None:
        item = {"id": self.text(), "title": self.text(), "text": self.text(), "url": self.text(), "byline": self.text()}
        item |= {"said_at": self.text()} if self.random.random() < 0.3 else {}
        item = dict(self.random.sample(sorted(item.items()), self.random.randint(1, len(item)))) | {"id": "1"}
        body = json.dumps(item, ensure_ascii=self.random.random() < 0.5).encode("utf-8", "surrogatepass")
        if self.random.random() < 0.2:
            at = self.random.randint(0, len(body))
            body = body[:at] + self.random.choice([b"\xff", b"\xed\xa0\x80", b"\x00", b'"', b"\\ud800"]) + body[at:]
        headers = {"Authorization": f"Bearer {self.key}"}
        kind = self.random.choice(["application/json", "text/plain", "application/json; charset=utf-16"])
        address = "/desk/intake/"
        # As these bytes: `post` would encode them.
        self.check(address, self.editor.generic("POST", address, body, content_type=kind, headers=headers), body)

    def import_lines(self) -> None:
        texts = {name: self.text() for name in ("headline", "text", "tldr", "byline", "external_id")}
        sources = [{"name": self.text(), "url": self.text(), "basis": "own"}]
        line = {"date": "2021-03-04", "category": "Economy", "topic_path": [self.text()], "sources": sources} | texts
        self._import(
            "import_dispatches",
            json.dumps(line),
            "file.jsonl",
            publish=True,
            login="Editor",
            section="ledger",
            named=True,
        )

    def import_feeds(self) -> None:
        feed = f'<outline text="{self.text()}" xmlUrl="{self.text()}"/>'
        text = f'<opml version="2.0"><body>{feed}{self.text()}</body></opml>'
        self._import("import_feeds", text, "feeds.opml", named=True)

    def _import(self, command: str, text: str, name: str, **options: object) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
            try:
                with suppress(CommandError):
                    call_command(command, path, stdout=StringIO(), stderr=StringIO(), **options)
                failed = ""
            except Exception as error:
                failed = repr(error)
            self.tally.note(not failed, lambda: f"{command} {text[:200]!r}: {failed[:300]}")

    def ask_public(self) -> None:
        addresses = [each for examples in public_addresses().values() for each in examples]
        address = self.random.choice(addresses).partition("?")[0]
        if self.random.random() < 0.3:
            parts = address.split("/")
            parts[self.random.randrange(len(parts))] = quote(self.text()[:300])
            address = "/".join(parts)
        typed = self.text()[:2_000]
        value = typed if self.random.random() < 0.2 and typed.isascii() and typed.isprintable() else quote(typed)
        self.check(address, self.reader.get(f"/{address.lstrip('/')}?{self.random.choice(QUERIES)}={value}"))

    def ask_desk(self) -> None:
        kind = self.random.choice(["dispatches/dispatch", "sources/report", "sources/source", "auth/user"])
        name = self.random.choice(["q", "p", "o", "headline", "title", "e", "_to_field", "section", "source"])
        what = self.random.choice(["", "add/", f"{quote(self.text()[:200], safe='')}/change/"])
        address = f"/desk/{kind}/{what}"
        self.check(address, self.editor.get(f"{address}?{name}={quote(self.text()[:2_000])}"))

    # Out

    def publish(self) -> None:
        """Make public whatever arrived and can be."""
        for report in Report.objects.filter(review="pending")[:10]:
            with suppress(NotReady), transaction.atomic():
                desk.accept_report(report=report, actor=DESK)
                desk.cite(dispatch=self.dispatch, report=report, actor=DESK)
        Source.objects.exclude(kind="channel").update(is_confidential=False)
        for dispatch in Dispatch.objects.all():
            with suppress(NotReady), transaction.atomic():
                desk.publish(dispatch=dispatch, actor=DESK)
                self.tally.counts["published"] += 1
                desk.correct(dispatch=dispatch, actor=DESK, note=self.text()[:1_000])

    def look(self) -> None:
        """Look at every page and document, and at the desk's pages."""
        for examples in public_addresses().values():
            for address in self.random.sample(examples, min(len(examples), 4)):
                self.check(address, self.reader.get(address))
        for model in ("dispatches/dispatch", "sources/report", "sources/source"):
            self.check(model, self.editor.get(f"/desk/{model}/"))
        for address in (f"dispatches/dispatch/{self.dispatch.pk}", f"sources/report/{self.report.pk}"):
            for what in ("change", "history"):
                self.check(address, self.editor.get(f"/desk/{address}/{what}/"))
        self.check("/desk/", self.editor.get("/desk/"))

    def look_in(self, browser: Browser) -> None:
        """Look at some pages of readers, and at the desk's, in a browser."""
        found = public_addresses()
        some = [
            each
            for name in ("top-stories", "wire", "search", "section", "story", "corrections")
            for each in found[name]
        ]
        some = self.random.sample(some, min(len(some), 4)) + found["dispatch"][:6] + found["history"][:3]
        forms = [f"dispatches/dispatch/{self.dispatch.pk}", f"sources/report/{self.report.pk}"]
        some += [f"/desk/{each}/change/" for each in (*forms, f"sources/source/{self.source.pk}")]
        some += [f"/desk/{each}" for each in ("", "dispatches/dispatch/", "sources/report/", f"{forms[0]}/history/")]
        chromium = Chromium(browser, self._answer)
        for address in some:
            problems = chromium.problems_of(address)
            self.tally.counts["pages in Chromium"] += 1
            self.tally.note(not problems, lambda: f"in Chromium: {address[:120]}: {problems[:2]}")  # noqa: B023
        chromium.close()

    def _answer(self, address: str) -> HttpResponse:
        return (self.editor if address.startswith("/desk/") else self.reader).get(address)

    def check(self, address: str, response: HttpResponse, sent: object = "") -> None:
        problems = list(problems_of(response))
        self.tally.note(not problems, lambda: f"{address[:120]}: {problems[:2]} after {str(sent)[:300]!r}")


def problems_of(response: HttpResponse) -> Iterator[str]:
    """Yield what is wrong with a response: an error, a script, a malformed document."""
    if response.status_code >= 500:
        yield f"status {response.status_code}: {response.exc_info[1]!r}" if response.exc_info else "an error"
        return
    kind = response.get("Content-Type", "").partition(";")[0]
    if kind == "text/html" and response.content:
        yield from find_scripts(response.content.decode())
    try:
        if kind.endswith("xml"):
            ElementTree.fromstring(response.content)  # noqa: S314 - our own documents
        elif kind.endswith("json"):
            json.loads(response.content)
    except (ValueError, ElementTree.ParseError) as error:
        yield f"malformed {kind}: {error}"
