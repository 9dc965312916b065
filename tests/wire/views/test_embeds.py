"""The Signal card for other sites, and the oEmbed document that leads to it."""

from urllib.parse import urlencode

import pytest
from factories import DESK, dispatch_of, make_report, make_source, publish
from justhtml import JustHTML
from readers import ask

from dispatches import desk
from dispatches.models import Dispatch
from wire import wsgi
from wire.views import embeds

pytestmark = pytest.mark.django_db


def oembed(client, url: str, **more):
    return client.get(f"/oembed.json?{urlencode({'url': url, **more})}")


def frame_of(edition) -> str:
    return f"{edition.get_absolute_url()}embed/"


def test_the_frame_has_no_script_form_or_cookie_and_opens_links_in_a_page_of_their_own(client):
    edition = publish(make_report(make_source(name="The Courier"), url="https://courier.example/"))
    answer = client.get(frame_of(edition))
    page = JustHTML(answer.text, sanitize=False)
    assert not page.query("script, form, iframe, img, [onclick], [style]")
    assert not answer.cookies
    assert page.query("base")[0].attrs == {"target": "_blank"}
    assert page.query('link[rel="canonical"]')[0].attrs["href"].endswith(edition.get_absolute_url())
    assert page.query("h1 a")[0].attrs["href"] == edition.get_absolute_url()
    assert "So far only The Courier reports this." in answer.text


@pytest.mark.django_db(transaction=True)
def test_it_alone_may_be_framed_also_behind_the_page_cache():
    edition, other = publish(slug="old"), publish()
    desk.withdraw(dispatch=dispatch_of(other), actor=DESK, note="It was wrong.")
    application = wsgi.create_application()
    for address, status in ((frame_of(edition), 200), (frame_of(other), 410)):
        answer = ask(application, address)
        assert answer.status == status
        assert "X-Frame-Options" not in answer.headers
        assert "frame-ancestors *" in answer["Content-Security-Policy"]
        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer["Cache-Control"] == ask(application, edition.get_absolute_url())["Cache-Control"]
    for address in (edition.get_absolute_url(), frame_of(edition).replace("old", "none"), "/oembed.json"):
        answer = ask(application, address)
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_it_follows_corrections_and_withdrawals(client):
    edition = publish(headline="What was said", slug="old")
    Dispatch.objects.filter(pk=dispatch_of(edition).pk).update(slug="new")
    desk.correct(dispatch=dispatch_of(edition), actor=DESK, note="It said 60; it is 40.")
    moved = client.get(frame_of(edition))
    assert (moved.status_code, moved["Location"]) == (301, frame_of(edition).replace("old", "new"))
    assert "It said 60; it is 40." in client.get(moved["Location"]).text
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="Its source was invented.")
    gone = client.get(frame_of(edition))
    assert gone.status_code == 410
    for words in ("Withdrawn", "What was said", "Its source was invented.", "Please do not rely on it."):
        assert words in gone.text
    assert "Signal: " not in gone.text


def test_a_page_leads_to_its_oembed_document_and_that_to_the_frame(client):
    edition = publish(headline="<b>It's</b> שלום")
    page = JustHTML(client.get(edition.get_absolute_url()).text, sanitize=False)
    [link] = page.query('link[type="application/json+oembed"]')
    document = client.get(link.attrs["href"].removeprefix("http://localhost:8000")).json()
    assert (document["version"], document["type"], document["title"]) == ("1.0", "rich", edition.headline)
    [frame] = JustHTML(document["html"], sanitize=False).query("iframe")
    assert frame.attrs["src"] == f"http://localhost:8000{frame_of(edition)}"
    assert frame.attrs["title"] == f"Signal of: {edition.headline}"
    assert "allow-scripts" not in frame.attrs["sandbox"]
    assert (document["width"], document["height"]) == (embeds.WIDTH, embeds.HEIGHT)


def test_a_site_says_how_much_room_it_has(client):
    url = f"http://localhost:8000{publish().get_absolute_url()}"
    small = oembed(client, url, maxwidth="320", maxheight="200").json()
    assert (small["width"], small["height"]) == (320, 200)
    assert 'width="320" height="200"' in small["html"]
    assert oembed(client, url, maxwidth="9999", maxheight="x").json()["width"] == embeds.WIDTH
    assert oembed(client, url, format="xml").status_code == 501


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "http://[", "http://localhost:8000/wire/", "http://localhost:8000/none/"),
        *("http://localhost:8000/wire/2026/01/01/none/", "https://elsewhere.example/wire/2026/01/01/none/"),
    ],
)
def test_there_is_none_for_another_address(client, url):
    assert oembed(client, url).status_code == 404


def test_there_is_none_for_a_withdrawn_dispatch(client):
    edition = publish()
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
    assert oembed(client, f"http://localhost:8000{edition.get_absolute_url()}").status_code == 404


def test_an_address_in_another_script_is_found(client):
    edition = publish(slug="שלום")
    url = f"http://localhost:8000{edition.get_absolute_url()}"
    assert oembed(client, url).json()["title"] == edition.headline
