"""Page, feed and data of every dispatch in the demo agree, and are valid."""

import jsonschema
import pytest
from django.conf import settings
from justhtml import JustHTML
from same_everywhere import assert_says_the_same
from schemas import NEWS_ARTICLE, check_item, jsonld_of

from dispatches.public.models import Edition
from wire.views import feeds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]


def test_every_dispatch_is_valid_ninjs(client):
    for edition in Edition.objects.live():
        check_item(client.get(edition.get_absolute_url()[:-1] + ".json").json())


def test_the_list_has_them_all_in_pages(client, monkeypatch):
    monkeypatch.setattr(feeds, "ITEMS", 10)
    seen, following = [], "/feeds/ninjs.json"
    while following:
        answer = client.get(following.removeprefix(settings.WIRE_SITE_URL)).json()
        for item in answer["items"]:
            check_item(item)
        seen += [item["uri"] for item in answer["items"]]
        following = answer["next"]
    assert len(seen) == len(set(seen)) == Edition.objects.live().count()


def test_page_frame_feed_card_and_data_rate_it_the_same(client):
    feed = {each["id"]: each for each in client.get("/feeds/wire.json").json()["items"]}
    for edition in Edition.objects.live().exclude(kind="withdrawal"):
        address = edition.get_absolute_url()
        said = JustHTML(client.get(address).text, sanitize=False).query(".kicker .signal")[0].to_text()
        assert said.split(":")[-1].strip() == edition.signal.word
        ninjs = client.get(address[:-1] + ".json").json()
        ledger = client.get(address[:-1] + ".signal.json").json()
        assert ninjs["signal"].items() >= ledger["signal"].items()
        assert_says_the_same(client, edition)
        rating = jsonld_of(client, edition)["contentRating"]
        assert rating["ratingValue"] == edition.rung
        if ninjs["uri"] in feed:
            assert edition.signal.word in feed[ninjs["uri"]]["tags"]


def test_jsonld_has_what_search_engines_ask_of_a_news_article(client):
    for edition in Edition.objects.live().exclude(kind="withdrawal"):
        jsonschema.validate(jsonld_of(client, edition), NEWS_ARTICLE, format_checker=jsonschema.FormatChecker())
