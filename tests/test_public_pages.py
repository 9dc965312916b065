"""Rules for every public address of the demo."""

import re
from dataclasses import dataclass
from datetime import timedelta

import brotli
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.models import DateTimeField, F
from django.test import Client
from factories import DESK
from justhtml import JustHTML
from public_addresses import pages, public_addresses, public_names

from dispatches import desk
from dispatches.models import Dispatch
from dispatches.models.log import Action
from dispatches.public.models import Edition
from sources.independence import CONFIDENTIAL_LABEL
from sources.models import Feed, Report, Source

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    def parse(self, **options) -> JustHTML:
        return JustHTML(self.content.decode(), sanitize=False, **options)


def read(addresses) -> dict[str, Answer]:
    client = Client()
    answers = {address: client.get(address) for address in addresses}
    return {
        address: Answer(answer.status_code, dict(answer.headers), answer.content) for address, answer in answers.items()
    }


def every_address():
    return {*pages(), *(address for addresses in public_addresses().values() for address in addresses)}


@pytest.fixture(scope="module")
def read_before(demo) -> dict[str, Answer]:
    return {}


@pytest.fixture
def answers(read_before) -> dict[str, Answer]:
    """What the addresses of the unchanged demo answer, read once for all tests."""
    return read_before or read_before.update(read(every_address())) or read_before


def test_every_kind_of_address_is_looked_at(answers):
    found = public_addresses()
    assert found.keys() == public_names()
    assert not [name for name, addresses in found.items() if not addresses]
    for address, answer in answers.items():
        assert answer.status in ({404} if address == "/no/such/page/" else {200, 410}), address


def test_nobody_is_sent_the_indentation_of_templates(answers):
    for address in pages(most_dispatches=5):
        page = re.sub(rb"<pre.*?</pre>", b"", answers[address].content, flags=re.DOTALL)
        assert not re.search(rb"\n[ \t]{2}", page), address


def test_no_confidential_name_is_in_any_public_byte(answers):
    names = [name.encode() for name in Source.objects.filter(is_confidential=True).values_list("name", flat=True)]
    assert names
    for address, answer in answers.items():
        assert not [name for name in names if name in answer.content], address
    assert any(CONFIDENTIAL_LABEL.encode() in answer.content for answer in answers.values())


def test_renaming_every_confidential_source_changes_no_public_byte(answers):
    for number, source in enumerate(Source.objects.filter(is_confidential=True)):
        with desk.saving(source, actor=DESK):
            source.name, source.notes, source.public_label = f"{99 - number} renamed", "Other notes", "Other label"
            source.save()
    call_command("rerate")
    after = read(answers)
    assert [address for address, answer in answers.items() if after[address].content != answer.content] == []


def test_no_cache_may_show_anything_for_longer_than_a_second_nor_anything_stale(answers):
    for address, answer in answers.items():
        said = [each.strip().partition("=") for each in answer.headers["Cache-Control"].split(",")]
        allowed = {name: value for name, _, value in said}
        if "no-store" in allowed:
            continue
        assert int(allowed["max-age"]) <= 1, address
        # Without these, some caches serve stale pages (RFC 9111, 4.2.4; RFC 5861; Varnish's default grace).
        assert "must-revalidate" in allowed, address
        assert allowed["stale-while-revalidate"] == allowed["stale-if-error"] == "0", address


def test_every_page_is_valid_html(answers):
    for address in pages():
        assert answers[address].parse(strict=True).errors == [], address


def test_every_fragment_has_one_root_element(client):
    fragments = [address for name in ("new", "newer") for address in public_addresses()[name][:3]]
    answers = [client.get(address).text for address in fragments]
    answers.append(client.get("/wire/", headers={"HX-Request": "true"}).text)
    for answer in answers:
        body = JustHTML(f"<!doctype html><title>x</title><body>{answer}", sanitize=False).query("body")[0]
        assert len([child for child in body.children if getattr(child, "attrs", None) is not None]) == 1
        assert "id=" in answer


def test_a_first_view_weighs_15_kilobytes_at_most(client):
    style = len(brotli.compress((settings.BASE_DIR / "static" / "wire" / "wire.css").read_bytes()))
    icon = (settings.BASE_DIR / "static" / "wire" / "icon.svg").stat().st_size
    for address in pages():
        page = client.get(address, headers={"Accept-Encoding": "br"})
        assert page["Content-Encoding"] == "br"
        assert len(page.content) + style + icon <= 15_000, address


def test_nothing_holds_up_a_page_but_its_style_sheet(answers):
    for address in pages(most_dispatches=5):
        page = answers[address].parse()
        assert len(page.query('link[rel="stylesheet"]')) == 1
        for script in page.query("script"):
            assert "defer" in script.attrs or script.attrs.get("type") == "application/ld+json", address
        assert not page.query("img, iframe, video, audio, object, embed, style"), address


def test_every_page_names_its_time_zone_and_every_time_is_for_machines_too(answers):
    for address in pages(most_dispatches=5)[:-1]:
        page = answers[address].parse()
        assert "All times are Jerusalem time." in page.to_text()
        assert all(time.attrs.get("datetime") for time in page.query("time")), address


# A date, or a date and time to the second with an offset, as HTML requires (2.3.5).
DATE = r"\d{4}-\d\d-\d\d"
HTML_TIME = re.compile(rf"{DATE}(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?")


@pytest.fixture
def microseconds():
    """Give every time in the database six fractional digits, as real ones have."""
    fraction = timedelta(microseconds=123_457)
    for model in apps.get_models():
        fields = [field.attname for field in model._meta.concrete_fields if isinstance(field, DateTimeField)]
        # The log refuses to be changed.
        if fields and model is not Action:
            model.objects.update(**{name: F(name) + fraction for name in fields})
    for edition in Edition.objects.exclude(developments=[]):
        for development in edition.developments:
            development["at"] = development["at"][:19] + ".123457+00:00"
        Edition.objects.filter(pk=edition.pk).update(developments=edition.developments)


def times_in(answer):
    return [each.attrs["datetime"] for each in JustHTML(answer.text, sanitize=False).query("[datetime]")]


@pytest.mark.usefixtures("microseconds")
def test_every_time_on_a_page_is_one_that_html_knows(client):
    times = {}
    for address in [*pages(), *public_addresses()["newer"]]:
        page = JustHTML(client.get(address).text, sanitize=False)
        times |= {each.attrs["datetime"]: address for each in page.query("[datetime]")}
        times |= {each.attrs["content"]: address for each in page.query('meta[property$="_time"]')}
    assert {time: address for time, address in times.items() if not HTML_TIME.fullmatch(time)} == {}
    assert len(times) > 9


@pytest.mark.usefixtures("microseconds")
def test_no_document_for_machines_has_a_fraction_of_a_second(client):
    kinds = ("ninjs", "signal-ledger", "items", "wire-feed", "corrections-feed", "signal-feed", "section-feed")
    addresses = public_addresses()
    for name in (*kinds, "story-feed", "sitemap", "news-sitemap"):
        for address in addresses[name]:
            text = client.get(address).text
            assert not re.search(r"\d:\d\d\.\d", text), address


@pytest.mark.usefixtures("microseconds")
def test_every_time_at_the_desk_is_one_that_html_knows(desk_client):
    ago = Edition.objects.latest("live_at").live_at - timedelta(days=30)
    feed = {"source": Source.objects.first(), "last_polled_at": ago, "last_item_at": ago}
    Feed.objects.create(
        url="https://broken.example/", **feed, failing_since=ago, broken_after=ago, last_error="Failed."
    )
    Feed.objects.create(url="https://silent.example/", **feed, usual_gap=timedelta(hours=1), quiet_after=ago)
    addresses = ["/desk/", "/desk/sources/report/relays/"]
    for model in (Dispatch, Report, Source):
        base = f"/desk/{model._meta.app_label}/{model._meta.model_name}/"
        pks = model.objects.order_by("pk").values_list("pk", flat=True)[:5]
        addresses += [base, *(f"{base}{pk}/{page}/" for pk in pks for page in ("change", "history"))]
    times = {time: address for address in addresses for time in times_in(desk_client.get(address))}
    assert {time: address for time, address in times.items() if not HTML_TIME.fullmatch(time)} == {}
    assert len(times) > 9


def test_links_that_lead_away_tell_nobody_where_from(answers):
    for address in pages():
        for link in answers[address].parse().query("a[href]"):
            if link.attrs["href"].startswith("http") and not link.attrs["href"].startswith(settings.WIRE_SITE_URL):
                # No page opens a window; for those that would, this implies “noopener” (HTML, 4.6.6).
                assert "noreferrer" in link.attrs.get("rel", "").split(), (address, link.attrs)
    assert answers["/"].headers["Referrer-Policy"] == "same-origin"
