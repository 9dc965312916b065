"""Documents for machines: ninjs, JSON-LD, sitemaps, preview images."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.utils import timezone
from factories import DESK, cite, dispatch_of, make_dispatch, make_report, make_source, publish
from schemas import check_item, jsonld_of

from dispatches import desk
from dispatches.models import Dispatch
from wire.documents import sitemaps

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_only_named_sources_are_cited(client):
    named = make_report(make_source(name="The Courier"), url="https://courier.example/story")
    edition = publish(named, make_report(make_source(name="Tunnel Seven", is_confidential=True)))
    assert jsonld_of(client, edition)["citation"] == [
        {
            "@type": "CreativeWork",
            "publisher": {"@type": "Organization", "name": "The Courier"},
            "url": "https://courier.example/story",
        }
    ]
    item = client.get(edition.get_absolute_url()[:-1] + ".json").json()
    assert item["infoSources"] == [{"name": "The Courier", "role": "supports", "uri": "https://courier.example/story"}]


def test_corrections_are_told_to_machines(client):
    edition = publish(at=timezone.now() - HOUR)
    edition = desk.correct(dispatch=dispatch_of(edition), actor=DESK, note="It said 60; it is 40.")
    [correction] = jsonld_of(client, edition)["correction"]
    assert correction["text"] == "It said 60; it is 40."
    assert client.get(edition.get_absolute_url()[:-1] + ".json").json()["edNote"] == "Correction: It said 60; it is 40."


def test_nothing_in_a_headline_ends_the_data(client):
    headline = "</script><script>alert(1)</script><!-- \u2028 & “x”"
    edition = publish(headline=headline)
    assert "<script>alert" not in client.get(edition.get_absolute_url()).text
    assert jsonld_of(client, edition)["headline"] == headline


def test_a_withdrawn_dispatch_is_canceled_and_says_no_more(client):
    edition = publish(make_report(make_source(name="The Courier")), body="The wrong story.")
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="Its source took it back.")
    response = client.get(edition.get_absolute_url()[:-1] + ".json")
    assert response.status_code == 410
    item = response.json()
    check_item(item)
    assert item["pubStatus"] == "canceled"
    assert item["signal"]["is_withdrawn"]
    assert "Its source took it back." in item["edNote"]
    assert "The wrong story." not in response.text
    assert "The Courier" not in response.text


# Sitemaps, by https://www.sitemaps.org/protocol.html and Google's news extension


SITEMAP, NEWS = "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://www.google.com/schemas/sitemap-news/0.9}"


def locations(client, address, of="url"):
    response = client.get(address)
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    root = ElementTree.fromstring(response.content)  # noqa: S314 - our own
    assert root.tag == SITEMAP + {"url": "urlset", "sitemap": "sitemapindex"}[of]
    assert {child.tag for child in root} <= {SITEMAP + of}
    assert len(root) <= 50_000
    found = [child.findtext(f"{SITEMAP}loc") for child in root]
    assert all(each.startswith("http://localhost:8000/") and len(each) < 2048 for each in found)
    assert len(found) == len(set(found))
    return found


def follow(client):
    parts = locations(client, "/sitemap.xml", of="sitemap")
    return [address for part in parts for address in locations(client, part.removeprefix("http://localhost:8000"))]


def test_the_sitemaps_name_every_page_that_can_be_read_and_nothing_else(client):
    now = timezone.now()
    editions = [publish(at=now - days * timedelta(days=20)) for days in range(5)]
    desk.withdraw(dispatch=dispatch_of(editions[0]), actor=DESK, note="It was wrong.")
    desk.schedule(dispatch=make_dispatch(slug="coming"), actor=DESK, at=timezone.now() + HOUR)
    found = follow(client)
    for edition in editions[1:]:
        assert settings.WIRE_SITE_URL + edition.get_absolute_url() in found
    assert settings.WIRE_SITE_URL + editions[0].get_absolute_url() not in found
    assert not [address for address in found if "coming" in address]
    for address in set(found):
        assert client.get(address.removeprefix("http://localhost:8000")).status_code == 200, address
    assert client.get("/sitemaps/99999999.xml").status_code == 404


def test_the_news_sitemap_has_two_days_and_a_thousand_at_most(client, monkeypatch):
    old = publish(at=timezone.now() - timedelta(hours=49))
    new = [publish(at=timezone.now() - n * HOUR) for n in (47, 1)]
    found = locations(client, "/news-sitemap.xml")
    assert found == [settings.WIRE_SITE_URL + edition.get_absolute_url() for edition in reversed(new)]
    assert old.slug not in str(found)
    root = ElementTree.fromstring(client.get("/news-sitemap.xml").content)  # noqa: S314 - our own
    for news in root.iter(f"{NEWS}news"):
        assert news.findtext(f"{NEWS}publication/{NEWS}name") == "The Zioneer"
        assert news.findtext(f"{NEWS}publication/{NEWS}language") == "en"
        assert news.findtext(f"{NEWS}publication_date")
        assert news.findtext(f"{NEWS}title")
    monkeypatch.setattr(sitemaps, "MOST_NEWS", 1)
    assert len(locations(client, "/news-sitemap.xml")) == 1


def test_robots_are_told_what_is_not_for_them_and_where_the_sitemaps_are(client):
    lines = client.get("/robots.txt").text.splitlines()
    assert "Disallow: /desk/" in lines
    assert [client.get(line.split(":8000")[1]).status_code for line in lines if line.startswith("Sitemap: ")] == [
        200,
        200,
    ]


# Preview images


def size_of(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


@pytest.mark.parametrize(
    "headline", ["Short", "x" * 140, "word " * 28, "He said שלום to all", "שלום לכולם", "السلام عليكم", "🦆"]
)
def test_every_headline_has_its_card(client, headline):
    edition = publish(headline=headline, slug="card")
    response = client.get(f"{edition.get_absolute_url()}card-{edition.number}.png")
    assert response["Content-Type"] == "image/png"
    assert size_of(response.content) == (1200, 630)


def test_a_card_is_never_stale(client):
    edition = publish(headline="What was wrong", at=timezone.now() - HOUR)
    page = client.get(edition.get_absolute_url()).text
    first = f"{edition.get_absolute_url()}card-1.png"
    assert f'<meta property="og:image" content="http://localhost:8000{first}">' in page
    before = client.get(first).content
    Dispatch.objects.filter(pk=dispatch_of(edition).pk).update(headline="What is right")
    edition = desk.correct(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
    second = first.replace("card-1", "card-2")
    assert second in client.get(edition.get_absolute_url()).text
    assert client.get(first)["Location"] == second
    assert client.get(second).content != before
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
    assert client.get(second).status_code == 404


def test_a_card_shows_the_signal(client):
    reports = [make_report(make_source(grade="A")) for _ in range(2)]
    dispatch = make_dispatch(reports[0])
    first = desk.publish(dispatch=dispatch, actor=DESK)
    card = client.get(f"{first.get_absolute_url()}card-1.png").content
    with desk.saving(dispatch, actor=DESK):
        cite(dispatch, reports[1])
    assert dispatch.live_edition().rung == 2
    assert client.get(f"{first.get_absolute_url()}card-2.png").content != card
