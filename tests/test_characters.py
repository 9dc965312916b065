"""No character that breaks a document or turns a line reaches readers, whichever field it is written in."""

import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from factories import DESK, cite, make_dispatch, make_report, make_section, make_source, make_story
from public_addresses import public_addresses

from dispatches import desk
from dispatches.models import Citation, Development, Dispatch, Story
from dispatches.public.models import Edition, Section
from sources.models import Report, Source
from sources.text import clean

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# One of each kind: control characters, surrogates where they can be stored, noncharacters, and marks of direction.
BAD = "\x01\x0b\x1b\x7f\x80\x9f\ufdd0\ufffe\uffff\U0001fffe\U0010ffff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
BAD += "\u2066\u2067\u2068\u2069"
WORD = f"Port{BAD}talks"

# Every text that readers may see, with the columns that it is stored in.
WRITTEN = {
    Section: ["name", "beat", "description"],
    Story: ["name"],
    Source: ["name", "public_label"],
    Report: ["title", "text", "byline", "url", "review_reason"],
    Dispatch: ["headline", "byline", "tldr", "body", "hold_reason", "desk_note"],
    Development: ["text"],
    Citation: ["resolution"],
}
PUBLIC = {
    Section: ["name", "beat", "description"],
    Edition: ["headline", "byline", "tldr", "body_html", "note", "story_name", "primary_source"],
}


@pytest.fixture
def site(settings):
    """A site with its texts full of bad characters, with two editions and a tombstone."""
    settings.WIRE_SITE_NAME = settings.WIRE_DESK_NAME = settings.WIRE_COORDINATES = WORD
    settings.WIRE_ACCOUNTABILITY = settings.WIRE_TIME_ZONE_LABEL = WORD
    section = make_section(name=WORD, slug="ledger", beat=WORD, description=WORD)
    story = make_story("the-port")
    story.name = WORD
    story.save()
    for kind in ("kept", "withdrawn"):
        reports = [
            make_report(
                make_source(name=f"{WORD} {kind}{number}", public_label=WORD),
                accepted_at=timezone.now() - HOUR,
                title=WORD,
                text=WORD,
                byline=WORD,
                url=f"https://x.example/{BAD}",
            )
            for number in "12"
        ]
        dispatch = make_dispatch(
            *reports,
            headline=WORD,
            slug=kind,
            tldr=WORD,
            byline=WORD,
            body=f"{WORD}\n\n> {WORD}\n\n&#xFFFE;&#x202E;&#1;`{WORD}`",
            section=section,
            story=story,
        )
        development = dispatch.developments.create(text=WORD, at=timezone.now() - HOUR)
        cite(dispatch, reports[0], development=development)
        desk.publish(dispatch=dispatch, actor=DESK, at=timezone.now() - HOUR / 2)
        if kind == "withdrawn":
            desk.withdraw(dispatch=dispatch, actor=DESK, note=WORD)
        else:
            dispatch.tldr = f"{WORD} again"
            dispatch.save()
            desk.correct(dispatch=dispatch, actor=DESK, note=WORD)


def dirty(model, names) -> list[str]:
    values = model.objects.values_list(*names)
    return [name for row in values for name, value in zip(names, row, strict=True) if value and clean(value) != value]


@pytest.mark.usefixtures("site")
def test_none_is_stored():
    assert {model: dirty(model, names) for model, names in (WRITTEN | PUBLIC).items() if dirty(model, names)} == {}
    for edition in Edition.objects.all():
        for stored in (edition.ledger, edition.developments):
            assert clean(json.dumps(stored, ensure_ascii=False)) == json.dumps(stored, ensure_ascii=False)


@pytest.mark.usefixtures("site")
def test_none_is_stored_by_an_update_either():
    Edition.objects.update(headline=WORD, tldr=WORD)
    Section.objects.bulk_create([Section(name=WORD + "2", slug="bulk", beat=WORD)])
    assert dirty(Edition, ["headline", "tldr"]) == dirty(Section, ["name", "beat"]) == []


@pytest.fixture
def stored_before(site):
    """The same, with the characters in the tables of what readers see, as if nothing had removed them."""
    bad = BAD if connection.vendor == "sqlite" else BAD.replace("\x00", "")
    with connection.cursor() as cursor:
        for model, names in PUBLIC.items():
            for name in names:
                table = model._meta.db_table
                cursor.execute(f"UPDATE {table} SET {name} = replace({name}, 'Port', %s)", [f"Port{bad}"])
    for edition in Edition.objects.all():
        for name in ("ledger", "developments"):
            stored = json.loads(json.dumps(getattr(edition, name)).replace("Port", f"Port{json.dumps(bad)[1:-1]}"))
            Edition.objects.filter(pk=edition.pk).update(**{name: stored})
    assert dirty(Edition, ["headline", "body_html"])


@pytest.mark.parametrize("state", ["site", "stored_before"])
def test_none_is_sent_in_any_format_and_every_document_is_well_formed(state, request, client):
    request.getfixturevalue(state)
    addresses = [address for found in public_addresses().values() for address in found]
    addresses += ["/no/such/page/", f"/search/?q=port{BAD}talks", "/desk/login/", f"/search/?q={BAD}"]
    seen = set()
    for address in addresses:
        answer = client.get(address)
        media_type = answer["Content-Type"].partition(";")[0]
        seen.add(media_type)
        assert answer.status_code in {200, 404, 410}, address
        if media_type.startswith("image/"):
            continue
        text = answer.content.decode()
        assert clean(text) == text, (address, ascii(re.findall(f".{{20}}[{BAD}]", text)[:3]))
        if media_type.endswith("xml"):
            ElementTree.fromstring(answer.content)  # noqa: S314 - our own
        if media_type.endswith("json"):
            shown = json.dumps(json.loads(text), ensure_ascii=False)
            assert clean(shown) == shown, address
        for data in re.findall(r'<script type="application/ld\+json">(.*?)</script>', text):
            shown = json.dumps(json.loads(data), ensure_ascii=False)
            assert clean(shown) == shown, address
    assert seen >= {"text/html", "application/xml", "application/feed+json", "application/json"}


@pytest.mark.usefixtures("stored_before")
def test_none_is_shown_at_the_desk(desk_client):
    dispatch = Dispatch.objects.first()
    addresses = [
        reverse("admin:index"),
        *(reverse(f"admin:{name}_changelist") for name in ("dispatches_dispatch", "sources_report", "sources_source")),
        *(reverse(f"admin:dispatches_dispatch_{page}", args=[dispatch.pk]) for page in ("change", "history")),
        reverse("admin:sources_report_change", args=[Report.objects.first().pk]),
        reverse("admin:sources_report_changelist") + f"?q={BAD}",
    ]
    for address in addresses:
        text = desk_client.get(address).text
        assert clean(text) == text, address
        assert "talks" in text or "?q=" in address


def test_a_form_at_the_desk_takes_them_out(desk_client):
    sent = {"name": f"A {WORD}", "slug": "a", "beat": WORD, "description": WORD, "position": "0"}
    answer = desk_client.post(reverse("admin:dispatches_section_add"), sent)
    assert answer.status_code == 302, answer.text
    assert Section.objects.get().name == "A Port talks"


@pytest.mark.parametrize("url", ["//x.example/", "/\\x.example/", "javascript:alert(1)", "ftp://x.example/", "data:,x"])
def test_only_web_addresses_are_linked(client, url):
    report = make_report(accepted_at=timezone.now() - HOUR, url="https://x.example/")
    dispatch = make_dispatch(report, body=f"[x]({url}) [y](<{url}>) <{url}>\n\n[z]\n\n[z]: {url}")
    edition = desk.publish(dispatch=dispatch, actor=DESK)
    # As if it had been stored before.
    ledger = json.loads(json.dumps(edition.ledger).replace("https://x.example/", json.dumps(url)[1:-1]))
    assert ledger != edition.ledger
    Edition.objects.update(ledger=ledger)
    for addresses in public_addresses().values():
        for address in addresses:
            answer = client.get(address)
            if not answer["Content-Type"].startswith("image/"):
                assert f'href="{url}"' not in answer.text.replace("&quot;", '"').replace("&lt;", "<"), address
                assert f'"url": "{url}"' not in answer.text, address
