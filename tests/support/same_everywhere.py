"""What is said of a Signal wherever readers meet it: on the page, in feeds, in documents, on the card, in the frame."""

import re
from html import unescape

from django.test import Client, RequestFactory

from dispatches.public.models import Edition
from dispatches.public.panel import panel_of
from wire.documents.cards import compose_card
from wire.documents.feeds import dispatch_entries
from wire.documents.jsonld import describe_article
from wire.documents.ninjs import describe_item


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", html)).split())


def assert_says_the_same(client: Client, edition: Edition) -> None:
    """Check that every form of an edition has its panel's words, and that those of its developments have theirs."""
    address, panel = edition.get_absolute_url(), panel_of(edition)
    page, frame = (words_of(client.get(f"{address}{name}").text) for name in ("", "embed/"))
    [entry] = dispatch_entries(RequestFactory().get("/"), [edition])
    item, article = describe_item(edition), describe_article(edition)
    for text in (page, frame):
        assert f"Signal: {edition.signal.word}" in text
        assert "Disputed" in text or not edition.is_disputed
        assert panel.count in text
        assert panel.sentence in text
        assert all(words in text for words in panel.upgrades)
    # On the page, a related dispatch may be disputed.
    assert ("Disputed" in frame) == edition.is_disputed
    assert f"Signal: {panel.title} . {panel.summary}" in words_of(entry.html)
    assert item["signal"]["rung"] == edition.signal.word
    assert item["signal"]["summary"] == article["contentRating"]["ratingExplanation"] == panel.summary
    assert article["contentRating"]["alternateName"] == panel.title
    assert panel.count in unescape(compose_card(edition).svg)
    told = iter(item["signal"]["developments"])
    for development in edition.public_developments:
        assert development.text in page
        if development.is_rated:
            of_it, said = panel_of(development), next(told)
            assert f"Signal: {development.signal.word}" in page
            assert (said["rung"], said["origins"]) == (development.signal.word, development.origins)
            assert said["summary"] == of_it.summary
            assert of_it.count in page
            assert all(each.source.name in page for each in of_it.origins)
            assert of_it.sentence in page or not development.is_disputed
            assert of_it.sentence in words_of(entry.html)
    assert next(told, None) is None
