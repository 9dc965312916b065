"""Every headline with letters has an address: readable, in one spelling, and the same everywhere it is written."""

import xml.etree.ElementTree as ET
from urllib.parse import quote, unquote

import pytest
from factories import DESK, dispatch_of, make_dispatch
from hypothesis import given
from hypothesis import strategies as st

from dispatches import desk
from dispatches.public.slugs import SlugField, is_slug, slug_of

SLUGS = {
    "Łódź: Żołnierze i ćma": "lodz-zolnierze-i-cma",
    "Straße gesperrt in Gießen": "strasse-gesperrt-in-giessen",
    "Ærø færge og Øresund": "aero-faerge-og-oresund",
    "Işıklar söndü, İstanbul": "isiklar-sondu-istanbul",
    "Đà Nẵng: Thủ tướng": "da-nang-thu-tuong",
    "Þingvellir “eða” ekki – já": "thingvellir-eda-ekki-ja",
    "The U.S. left; it’s over": "the-us-left-its-over",
    "e\u0301te\u0301 et œuvre": "ete-et-oeuvre",
    "ﬁne ＡＢＣ １２": "fine-abc-12",
    "ראש הממשלה: שָׁלוֹם, צה״ל": "ראש-הממשלה-שלום-צהל",
    "مُحَمَّد عَلِي، القاهرة": "محمد-علي-القاهرة",
    "Αθήνα σήμερα": "αθήνα-σήμερα",
    "Москва: Йод": "москва-йод",
    "हिन्दी समाचार": "हिन्दी-समाचार",
    "東京で火災。": "東京で火災",
    "ภาษาไทย": "ภาษาไทย",
    "Inter\u00adnational aid\u200b": "international-aid",
    "🚨 Breaking 🇮🇱": "breaking",
    "a/b\\c?d#e%f&g": "abcdefg",
    "🚨🚨": "",
    "…": "",
}


@pytest.mark.parametrize("headline", SLUGS)
def test_a_headline_gives_a_readable_slug(headline):
    assert slug_of(headline, 100) == SLUGS[headline]


@given(st.text(max_size=150))
def test_every_slug_is_valid_and_stays_as_it_is(text):
    slug = slug_of(text, 60)
    assert len(slug) <= 60
    assert not slug or is_slug(slug)
    if slug:
        SlugField(max_length=60).clean(slug, None)


def test_a_long_headline_is_cut_at_a_word():
    assert slug_of("the quick brown fox jumps", 20) == "the-quick-brown-fox"
    assert slug_of("東" * 30, 20) == "東" * 20


@pytest.mark.django_db
@pytest.mark.parametrize("headline", ["ראש הממשלה אמר שלום", "مصر اليوم", "हिन्दी समाचार", "東京で火災"])
def test_an_address_in_any_script_works_everywhere(client, headline):
    edition = desk.publish(dispatch=make_dispatch(headline=headline, slug=""), actor=DESK)
    address = edition.get_absolute_url()
    assert address.isascii()
    assert unquote(address).endswith(f"/{slug_of(headline, 100)}/")
    for path in (
        address,
        unquote(address),
        f"{address}history/",
        f"{address[:-1]}.json",
        f"{address[:-1]}.signal.json",
    ):
        assert client.get(path).status_code == 200, path
    assert f'href="{address}"' in client.get("/").text
    for page in ("/feeds/wire.atom", "/feeds/wire.rss", "/sitemaps/1.xml", "/news-sitemap.xml"):
        response = client.get(page)
        if response.status_code == 200:
            ET.fromstring(response.content)  # noqa: S314 - our own
            assert unquote(address) not in response.text
    # A changed slug answers with a redirect, in ASCII.
    dispatch = dispatch_of(edition)
    dispatch.slug = "ändern-שלום"
    dispatch.save()
    desk.update(dispatch=dispatch, actor=DESK)
    moved = client.get(address)
    assert (moved.status_code, moved["Location"].isascii()) == (301, True)
    assert moved["Location"].endswith(quote("ändern-שלום") + "/")


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["e\u0301te", "a%00b", "a%0Ab", "%ED%A0%80", "%FF", "a b", "a,b", "…", "%E2%80%AEx"])
def test_what_is_no_slug_is_not_found(client, slug):
    assert client.get(f"/wire/2026/06/25/{slug}/").status_code == 404


@pytest.mark.django_db
def test_an_editor_can_type_a_slug_in_any_script(desk_client):
    edition = desk.publish(dispatch=make_dispatch(headline="x", slug="הודעה-חדשה"), actor=DESK)
    assert edition.slug == "הודעה-חדשה"
    form = desk_client.get("/desk/dispatches/dispatch/add/").context["adminform"].form
    assert form.fields["slug"].clean("e\u0301te-עולם") == "éte-עולם"
    for wrong in ("a b", "a/b", "x…", "a\u202eb"):
        with pytest.raises(Exception, match="letters, digits"):
            form.fields["slug"].clean(wrong)
