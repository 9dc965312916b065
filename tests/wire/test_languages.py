"""A text in another script says its direction and language wherever it is shown."""

import json
from xml.etree import ElementTree

import pytest
from factories import publish
from justhtml import JustHTML

from dispatches.public.bidi import language_of_text

HEBREW = "הנמל נסגר בשל הסופה."
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ships wait", "en"),
        ("Café Müller à Łódź", "en"),
        ("He said שלום", "en"),
        (HEBREW, "he"),
        ("أُغلق الميناء.", "ar"),
        ("港が閉鎖された", "ja"),
        ("港口关闭", "zh"),
        ("항구 폐쇄", "ko"),
        ("Το λιμάνι έκλεισε", "el"),
        ("ท่าเรือปิด", "th"),
        ("Порт закрыт", "und-Cyrl"),
        ("बंदरगाह बंद", "und-Deva"),
        ("1948", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_a_text_is_told_by_its_letters(text, language):
    assert language_of_text(text) == language


@pytest.mark.django_db
def test_a_hebrew_dispatch_has_direction_and_language_on_every_page_and_in_every_document(client):
    edition = publish(headline=HEBREW, tldr=HEBREW, slug="port")
    for address, selector in [
        (edition.get_absolute_url(), "h1"),
        (edition.get_absolute_url(), ".tldr p"),
        ("/", "h2.card-headline"),
        ("/", ".card-tldr"),
        ("/wire/", "h3.card-headline"),
        ("/search/?q=הנמל", "h3.card-headline"),
        (f"{edition.get_absolute_url()}history/", "h1 span"),
    ]:
        [found] = JustHTML(client.get(address).text, sanitize=False).query(selector)[:1]
        assert (found.attrs.get("dir"), found.attrs.get("lang")) == ("rtl", "he"), address
    page = JustHTML(client.get(edition.get_absolute_url()).text, sanitize=False)
    assert json.loads(page.query('script[type="application/ld+json"]')[0].to_text())["inLanguage"] == "he"
    assert client.get(f"{edition.get_absolute_url()[:-1]}.json").json()["language"] == "he"
    assert client.get("/feeds/wire.json").json()["items"][0]["language"] == "he"
    atom = ElementTree.fromstring(client.get("/feeds/wire.atom").content)  # noqa: S314 - our own
    assert atom.find("{*}entry").attrib[XML_LANG] == "he"
    rss = ElementTree.fromstring(client.get("/feeds/wire.rss").content)  # noqa: S314 - our own
    assert rss.findtext("channel/item/{*}language") == "he"
    assert "<news:language>he</news:language>" in client.get("/news-sitemap.xml").text


@pytest.mark.django_db
def test_an_english_dispatch_repeats_neither(client):
    page = JustHTML(client.get(publish().get_absolute_url()).text, sanitize=False)
    assert not page.query("main [lang], main [dir]")
