import re
import struct
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from factories import DESK, cite, develop, dispatch_of, make_dispatch, make_report, make_section, make_story, publish

from dispatches import desk
from dispatches.models import Dispatch
from wire.cache.policy import FRESHNESS
from wire.views import lists

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def everything_public():
    """One public page of each kind."""
    edition = publish()
    gone = publish()
    desk.withdraw(dispatch=dispatch_of(gone), actor=DESK, note="It was wrong.")
    section = edition.section.get_absolute_url()
    return ["/", "/wire/", "/signal/", section, edition.get_absolute_url(), gone.get_absolute_url(), "/nothing/here/"]


def test_readers_get_no_cookie_and_caches_one_page_for_all(client):
    for address in everything_public():
        response = client.get(address)
        assert not response.cookies, address
        assert "cookie" not in response.get("Vary", "").lower(), address


def test_an_editor_s_public_page_is_the_readers_page(desk_client):
    for address in everything_public()[:-1]:
        assert desk_client.get(address).content == Client().get(address).content


def test_public_pages_may_be_cached_for_a_moment_and_so_may_what_is_not_there(client):
    for address in everything_public():
        assert client.get(address)["Cache-Control"] == FRESHNESS
    assert client.get("/desk/nothing/here/")["Cache-Control"] != FRESHNESS


def test_browsers_find_the_icon_where_they_look_for_it(client):
    icon = client.get("/favicon.ico")
    size, offset = struct.unpack_from("<2L", icon.content, 14)
    assert icon.content[:4] == b"\0\0\1\0"
    assert icon.content[offset : offset + 8] == b"\x89PNG\r\n\x1a\n"
    assert len(icon.content) == offset + size
    manifest = client.get("/site.webmanifest")
    assert manifest["Content-Type"] == "application/manifest+json"
    shape = manifest.json()["icons"][1]["sizes"].split("x")
    image = client.get(manifest.json()["icons"][1]["src"])
    assert list(map(str, struct.unpack_from(">2L", image.content, 16))) == shape


def test_a_number_in_an_address_has_ascii_digits(client):
    page = publish().get_absolute_url()
    assert client.get(f"{page}history/?from=1").status_code == 200
    for address in (f"{page}history/?from=١", f"{page}newer/?edition=١", "/search/?q=x&page=١", "/wire/٢٠٢٦/"):
        assert client.get(address).status_code == 404, address


def test_an_edition_that_does_not_exist_leads_to_those_that_do(client):
    history = f"{publish().get_absolute_url()}history/"
    assert f'<a href="{history}">Read it now</a>' in client.get(f"{history}?from=9").text


def test_a_cache_can_be_told_which_pages_to_purge(client):
    edition = publish(
        slug="story", at=datetime.fromisoformat("2026-06-25T12:00+03:00"), section=make_section(slug="ledger")
    )
    address = edition.get_absolute_url()
    assert client.get("/wire/")["Surrogate-Key"] == "wire wire"
    assert client.get("/sections/ledger/")["Surrogate-Key"] == "wire section ledger"
    for kind, end in {
        "dispatch": "/",
        "history": "/history/",
        "ninjs": ".json",
        "signal-ledger": ".signal.json",
        "embed": "/embed/",
    }.items():
        assert client.get(address[:-1] + end)["Surrogate-Key"] == f"wire {kind} 2026/06/25/story"


def test_nothing_public_can_be_posted_to(client):
    for address in everything_public()[:-1]:
        assert client.post(address).status_code == 405


def test_no_page_names_another_host_but_the_sources_it_cites(client):
    edition = publish(make_report(url="https://source.example/story"), body="[x](https://linked.example/)")
    page = client.get(edition.get_absolute_url()).text
    hosts = {part.split("/")[0] for part in page.replace("http://", "https://").split("https://")[1:]}
    named = {host for host in hosts if re.fullmatch(r"[\w.:]+", host)}
    assert named == {"source.example", "linked.example", "localhost:8000"}
    # The vocabulary of machine-readable data is only named, never fetched.
    assert hosts - named == {host for host in hosts if host.startswith("schema.org")}
    for tag in ("<img", "<iframe", "<object", "<embed", "<video", "<audio"):
        assert tag not in page


def test_the_wire_is_newest_first_and_grouped_by_day(client):
    now = timezone.now()
    publish(headline="Older", at=now - timedelta(days=2))
    publish(headline="Newer", at=now - HOUR)
    page = client.get("/wire/").text
    assert page.index("Newer") < page.index("Older")
    for days in (2, 0):
        assert (
            f'datetime="{timezone.localdate(now - HOUR if not days else now - timedelta(days=days)):%Y-%m-%d}"' in page
        )


def older_of(response):
    """Return the query string of the next page of a list; empty on the last page."""
    return next(iter(re.findall(r'hx-get="(\?before=[^"]+)"', response.text)), "")


def test_older_dispatches_keep_their_place_while_new_ones_arrive(client, monkeypatch):
    monkeypatch.setattr(lists, "PAGE_SIZE", 2)
    now = timezone.now()
    for n in range(5):
        publish(headline=f"Number {n}", at=now - n * HOUR)
    first = client.get("/wire/")
    publish(headline="Breaking")
    second = client.get(f"/wire/{older_of(first)}")
    third = client.get(f"/wire/{older_of(second)}")
    headlines = [re.findall(r"Number \d", page.text) for page in (first, second, third)]
    assert headlines == [["Number 0", "Number 1"], ["Number 2", "Number 3"], ["Number 4"]]
    assert older_of(third) == ""


def test_htmx_gets_the_list_alone_and_back_gets_the_page(client):
    publish()
    cursor = publish().cursor
    fragment = client.get("/wire/", {"before": str(cursor)}, headers={"HX-Request": "true"})
    assert fragment.text.lstrip().startswith(f'<div class="listing" id="from-{cursor}"')
    assert "<html" not in fragment.text
    restore = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    page = client.get("/wire/", {"before": str(cursor)}, headers=restore)
    assert "<html" in page.text
    assert "HX-Request" in page["Vary"]


@pytest.mark.parametrize("before", ["x", "1", "0-0'", "9" * 400, "-99999999999999999_1"])
def test_a_place_that_is_none_is_not_found(client, before):
    assert client.get("/wire/", {"before": before}).status_code == 404


def test_a_section_has_its_own_dispatches_alone(client):
    ledger = make_section(name="The Ledger", slug="ledger")
    publish(headline="In it", section=ledger)
    publish(headline="Elsewhere")
    page = client.get("/sections/ledger/").text
    assert "In it" in page
    assert "Elsewhere" not in page
    assert client.get("/sections/none/").status_code == 404


@pytest.mark.parametrize("count", [1, 25])
def test_a_list_costs_the_same_queries_however_many_dispatches_there_are(client, django_assert_num_queries, count):
    editions = [publish(section=None) for _ in range(count)]
    desk.pin_lead(dispatch=dispatch_of(editions[0]), actor=DESK)
    # Its contents; then, if uncached, the position, the cards, the menu's sections.
    with django_assert_num_queries(4):
        client.get("/wire/")
    # The newest, the pinned one; then, if uncached, their ranks, the cards, the sections.
    with django_assert_num_queries(5):
        client.get("/")
    with django_assert_num_queries(5):
        client.get(editions[0].section.get_absolute_url())


@pytest.mark.parametrize("count", [0, 12])
def test_a_dispatch_costs_the_same_queries_however_long_it_is(client, django_assert_num_queries, count):
    publish(slug="earlier", at=timezone.now() - HOUR)
    dispatch = make_dispatch(body="So it was, [[earlier]].", story=make_story())
    for n in range(count):
        cite(dispatch, make_report(), development=develop(dispatch, f"Step {n}"))
        publish(story=dispatch.story)
    edition = desk.publish(dispatch=dispatch, actor=DESK)
    # The position; related dispatches by text, by story, and by reference; then, if uncached,
    # the edition, its history, the related cards, the sections.
    with django_assert_num_queries(9):
        assert client.get(edition.get_absolute_url()).status_code == 200


def test_a_draft_a_scheduled_one_and_a_wrong_address_are_not_found(client):
    coming = desk.schedule(dispatch=make_dispatch(), actor=DESK, at=timezone.now() + HOUR)
    make_dispatch(slug="draft")
    today = timezone.localdate()
    for address in (
        coming.get_absolute_url(),
        f"/wire/{today:%Y/%m/%d}/draft/",
        "/wire/2026/02/30/x/",
        "/wire/2026/1/1/x/",
        "/wire/0000/00/00/x/",
    ):
        response = client.get(address)
        assert response.status_code == 404, address
        assert "There is nothing at this address" in response.text
        assert coming.headline not in response.text


def test_a_changed_slug_leaves_a_redirect_behind(client):
    edition = publish(slug="old-slug")
    Dispatch.objects.update(slug="new-slug")
    desk.update(dispatch=Dispatch.objects.get(), actor=DESK)
    response = client.get(edition.get_absolute_url())
    assert response.status_code == 301
    assert response["Location"] == edition.get_absolute_url().replace("old-slug", "new-slug")
    at = f"?at={edition.live_at:%Y-%m-%dT%H:%M:%S.%f}Z"
    assert client.get(f"{edition.get_absolute_url()}{at}")["Location"] == f"{response['Location']}{at}"


def test_a_withdrawn_dispatch_is_gone_and_says_when_and_why(client):
    edition = publish(headline="What we said", body="The wrong story.")
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="Its only source took it back.")
    response = client.get(edition.get_absolute_url())
    assert response.status_code == 410
    assert "Its only source took it back." in response.text
    assert "The wrong story." not in response.text
    assert "What we said" not in client.get("/wire/").text + client.get("/").text


def test_corrections_stand_above_the_story_also_after_the_next_update(client):
    edition = publish(at=timezone.now() - HOUR)
    desk.correct(dispatch=dispatch_of(edition), actor=DESK, note="It said 60,000; it is 40,000.")
    desk.update(dispatch=dispatch_of(edition), actor=DESK)
    page = client.get(edition.get_absolute_url()).text
    assert page.index("It said 60,000; it is 40,000.") < page.index("TL;DR")
    assert "Corrected" in page


def test_the_pinned_dispatch_leads_until_it_is_unpinned_or_withdrawn(client):
    now = timezone.now()
    old = publish(headline="The pinned one", at=now - 30 * timedelta(days=1))
    for _ in range(3):
        publish()
    desk.pin_lead(dispatch=dispatch_of(old), actor=DESK)
    assert "The pinned one" in client.get("/").context["lead"]
    desk.withdraw(dispatch=dispatch_of(old), actor=DESK, note="It was wrong.")
    assert "The pinned one" not in client.get("/").text


def test_markup_in_a_headline_is_text(client):
    edition = publish(headline="<b>Bold</b> & “quoted”", tldr="<script>alert(1)</script>")
    for address in ("/", "/wire/", edition.get_absolute_url()):
        page = client.get(address).text
        assert "&lt;b&gt;Bold&lt;/b&gt; &amp; “quoted”" in page
        assert "<script>alert" not in page


def test_an_empty_site_says_so(client):
    assert "Nothing has been published yet." in client.get("/").text
    assert "Nothing has been published here yet." in client.get("/wire/").text


def test_an_error_shows_words_and_no_stack_trace(client, monkeypatch, caplog):
    def fail():
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(lists.reading, "top_stories", lambda editions: fail())
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.text
    assert "secret" not in response.text
    assert "Traceback" not in response.text


def test_a_form_without_its_token_is_refused_in_words(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    response = client.post("/desk/dispatches/section/add/", {"name": "x"})
    assert response.status_code == 403
    assert "copy what you typed" in response.text


def test_the_error_page_needs_no_database(client, monkeypatch):
    from django.db import OperationalError

    def fail(*args, **kwargs):
        raise OperationalError("the database is gone")

    monkeypatch.setattr("wire.views.lists.prepared.ask", fail)
    client.raise_request_exception = False
    response = client.get("/wire/")
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert "Top Stories" in response.text
    assert "It may be restarting" in response.text


def test_the_site_s_own_words_are_settings(client, settings):
    settings.WIRE_SITE_NAME = "The Courier & Sons"
    settings.WIRE_COORDINATES = "48°51′24″N 2°21′8″E"
    settings.WIRE_TIME_ZONE_LABEL = "Paris time"
    page = client.get("/wire/").text
    for words in ("The Courier &amp; Sons", "48°51′24″N 2°21′8″E", "Times are Paris time"):
        assert words in page


def test_times_are_shown_by_the_desk_s_clock(client, settings):
    at = datetime.fromisoformat("2026-06-25T20:58:00+00:00")
    edition = publish(make_report(accepted_at=at - HOUR), at=at)
    page = client.get(edition.get_absolute_url()).text
    assert '<time datetime="2026-06-25T23:58:00+03:00">June 25, 2026, 23:58</time>' in page
    assert "(Jerusalem time)" in page
