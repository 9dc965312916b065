"""The demonstration holds every case, can be loaded twice, and its pages are valid HTML."""

import brotli
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from justhtml import JustHTML

from dispatches import desk
from dispatches.models import Dispatch, Edition, Section
from dispatches.signal import Rung
from sources.models import CONFIDENTIAL_LABEL, Proposal, Report, Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(db):
    call_command("load_demo")


def test_it_has_every_case(demo):
    live = Edition.objects.live()
    assert Dispatch.objects.count() >= 40
    assert Section.objects.count() == 6
    assert {edition.signal for edition in live} == set(Rung)
    assert live.filter(is_disputed=True).exists()
    assert live.filter(is_corrected=True).exists()
    assert live.filter(kind=Edition.Kind.WITHDRAWAL).exists()
    assert live.filter(development_count=12).exists()
    assert Edition.objects.filter(live_at__gt=timezone.now()).exists()
    assert Dispatch.objects.filter(editions=None).exists()
    assert max(len(edition.headline) for edition in live) == 140
    assert live.filter(body_html__contains='<p dir="rtl" lang="he">').exists()
    assert live.filter(body_html__contains='<p dir="rtl" lang="ar">').exists()
    assert live.filter(body_html__contains="<bdi").exists()
    assert Report.objects.filter(review="pending").exists()
    waiting = {(each.report.source.name, each.kind) for each in Proposal.objects.open()}
    assert {("Haifa Evening Post", "copy"), ("Levant TV", "copy"), ("Flashline", "copy")} <= waiting
    assert ("Carmel Radio", "credit") in waiting
    assert not {"The Port Daily", "Gate C", "Meridian Press Agency"} & {name for name, _ in waiting}
    reasons = {line.why for edition in live for line in edition.public_ledger}
    assert {"relays", "same-owner", "graded-out", "ungraded", "ours", "contradicts", "no-new-origin"} <= reasons
    first, last = (
        Edition.objects.live().order_by(order).exclude(rung=0)[0] for order in ("published_at", "-published_at")
    )
    assert (last.published_at - first.published_at).days >= 10


def test_loading_it_again_changes_nothing(demo):
    before = Edition.objects.count(), Report.objects.count(), Dispatch.objects.count()
    call_command("load_demo")
    assert (Edition.objects.count(), Report.objects.count(), Dispatch.objects.count()) == before


def test_it_is_not_loaded_into_a_public_site(settings):
    settings.WIRE_IS_LOCAL = False
    with pytest.raises(CommandError, match="a login that everybody knows"):
        call_command("load_demo")
    assert not Dispatch.objects.exists()


def test_it_loads_at_any_hour(time_machine):
    for hour in ("00:05", "12:00", "23:55"):
        time_machine.move_to(f"2026-06-25T{hour}:00+03:00", tick=False)
        call_command("load_demo")
        Edition.objects.all().delete()
        Dispatch.objects.all().delete()
        Report.objects.update(relays=None, basis="unknown", credits=None)
        Report.objects.all().delete()


def test_no_confidential_name_is_on_any_page(demo, client):
    names = list(Source.objects.filter(is_confidential=True).values_list("name", flat=True))
    assert names
    for page in read_pages(client).values():
        assert not [name for name in names if name in page]
    assert any(CONFIDENTIAL_LABEL in page for page in read_pages(client).values())


def test_renaming_every_confidential_source_changes_no_public_byte(demo, client):
    def everything():
        ledgers = [edition.get_absolute_url().rstrip("/") + ".signal.json" for edition in Edition.objects.live()]
        return read_pages(client) | {address: client.get(address).text for address in ledgers}

    before = everything()
    for number, source in enumerate(Source.objects.filter(is_confidential=True)):
        with desk.changing_sources(source):
            source.name, source.notes, source.public_label = f"{99 - number} renamed", "Other notes", "Other label"
            source.save()
    call_command("rerate")
    assert everything() == before


def test_every_page_is_valid_html(demo, client):
    for address, page in read_pages(client).items():
        assert JustHTML(page, strict=True, sanitize=False).errors == [], address


def test_a_first_view_weighs_15_kilobytes_at_most(demo, client):
    style = len(brotli.compress((settings.BASE_DIR / "static" / "wire" / "wire.css").read_bytes()))
    for address in read_pages(client):
        page = client.get(address, headers={"Accept-Encoding": "br"})
        assert page["Content-Encoding"] == "br"
        assert len(page.content) + style <= 15_000, address


def read_pages(client) -> dict[str, str]:
    addresses = [
        "/",
        "/wire/",
        "/signal/",
        "/no/such/page",
        *(section.get_absolute_url() for section in Section.objects.all()),
    ]
    addresses += [edition.get_absolute_url() for edition in Edition.objects.live()]
    return {address: client.get(address).text for address in addresses}
