"""Feeds as found in practice: three formats, with everything that can be wrong in them."""

import json
import time
from datetime import UTC, datetime

import pytest

from sources.intake.feeds import read_feed
from sources.intake.opml import read_opml
from sources.intake.sandbox import Sandbox, Unreadable

RSS = b"""<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>The Paper</title>
<item><title>Budget &amp;amp; debt</title><link>/budget</link><guid isPermaLink="false">urn:17</guid>
<pubDate>Mon, 23 Nov 2026 10:00:00 +0200</pubDate><dc:creator>By Dana Levi</dc:creator>
<description>Short.</description><content:encoded><![CDATA[<p>One.</p><script>x()</script><p>Two <b>bold</b>.</p>]]>
</content:encoded></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>The Paper</title><entry><id>urn:17</id>
<title type="html">Budget &amp;amp; debt</title><link href="/budget"/><published>2026-11-23T08:00:00Z</published>
<author><name>Dana Levi</name><email>dana@paper.example</email></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One.</p><p>Two <b>bold</b>.</p></div></content>
</entry></feed>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "The Paper",
        "items": [
            {
                "id": "urn:17",
                "title": "Budget & debt",
                "url": "/budget",
                "content_html": "<p>One.</p><p>Two <b>bold</b>.</p>",
                "date_published": "2026-11-23T10:00:00+02:00",
                "authors": [{"name": "Dana Levi"}],
            }
        ],
    }
).encode()


@pytest.mark.parametrize("body", [RSS, ATOM, JSON], ids=["RSS", "Atom", "JSON Feed"])
def test_every_kind_of_feed_gives_the_same_item(body):
    document = read_feed(body, "https://paper.example/feed")
    assert document.title == "The Paper"
    (item,) = document.items
    assert (item.title, item.text) == ("Budget & debt", "One.\n\nTwo bold.")
    assert (item.url, item.external_id) == ("https://paper.example/budget", "urn:17")
    assert item.said_at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert item.byline.startswith("Dana Levi")


ENTITIES = b"<!DOCTYPE x [" + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
BUDGET = ["Budget & debt"]
# The result: the titles that can be read anyway, or an error.
BROKEN = {
    "nothing": (b"", "not lead to a feed"),
    "a page": (b"<!doctype html><title>Log in</title><p>Please log in.", "not lead to a feed"),
    "cut off": (RSS[:-200], BUDGET),
    "no JSON": (b'{"items": [', "not a JSON Feed"),
    "JSON of another kind": (b'{"items": {"a": 1}}', "not a JSON Feed"),
    "deep JSON": (b'{"items":' + b"[" * 100_000, "not a JSON Feed"),
    "odd values": (b'{"items": [1, null, {"title": {}}, {"id": true, "title": 7, "authors": 1}]}', ["7"]),
    "control characters": (RSS.replace(b"Budget", b"Bud\x00\x08get"), BUDGET),
    "another encoding": (RSS.replace(b"Budget", "Bücher".encode("latin-1")), ["Bücher & debt"]),
    "odd times": (RSS.replace(b"Mon, 23 Nov 2026", b"Mon, 99 Nov 0000"), BUDGET),
    "entities in entities": (
        ENTITIES + b']><rss version="2.0"><channel><item><title>&j;</title></item></channel></rss>',
        ["&j;"],
    ),
    "an outer entity": (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><rss><item><title>x&e;</title></item></rss>',
        ["x&e;"],
    ),
    "NUL bytes": (b"\x00" * 10_000, "not lead to a feed"),
    "UTF-16 without end": ("<rss><channel><item><title>x".encode("utf-16"), "not lead to a feed"),
}


@pytest.mark.parametrize("name", [name for name, (_, titles) in BROKEN.items() if isinstance(titles, list)])
def test_the_readable_items_of_a_broken_feed_are_read(name):
    body, titles = BROKEN[name]
    assert [item.title for item in read_feed(body).items] == titles


@pytest.mark.parametrize("name", [name for name, (_, reason) in BROKEN.items() if isinstance(reason, str)])
def test_a_document_that_is_not_a_feed_is_refused_with_a_reason(name):
    body, reason = BROKEN[name]
    with pytest.raises(Unreadable, match=reason):
        read_feed(body)


def test_an_item_without_a_word_is_left_out():
    assert not read_feed(
        b'<rss version="2.0"><channel><item><link>https://x.example/1</link></item></channel></rss>'
    ).items


def test_a_feed_that_takes_too_long_costs_its_process_and_nothing_else():
    with Sandbox(seconds=1) as sandbox:
        began = time.monotonic()
        with pytest.raises(Unreadable, match="longer than 1 seconds"):
            sandbox.call(read_feed, b"<a>" * 1_000_000)
        assert time.monotonic() - began < 5
        assert sandbox.call(read_feed, ATOM).items


def test_a_feed_that_takes_too_much_memory_costs_its_process_and_nothing_else():
    with Sandbox(seconds=20, memory=250_000_000) as sandbox:
        with pytest.raises(Unreadable, match="memory"):
            sandbox.call(read_feed, b'{"items": [' + b'{"id": 1},' * 4_000_000 + b"{}]}")
        assert sandbox.call(read_feed, ATOM).items


OPML = """<?xml version="1.0"?><opml version="1.0"><body><outline text="News">
<outline text="One & only" title="" xmlUrl="https://one.example/rss" type="rss"/>
<outline title="Two" text="x" xmlUrl="https://two.example/rss?a=1&b=2"/>
<outline title="Two again" xmlUrl="https://two.example/rss?a=1&b=2"/><outline text="A page" htmlUrl="https://x.example"/>
</outline></body></opml>"""


def test_a_list_of_feeds_is_read_well_formed_or_not():
    assert [(each.name, each.url) for each in read_opml(OPML)] == [
        ("One & only", "https://one.example/rss"),
        ("Two", "https://two.example/rss?a=1&b=2"),
    ]


def test_a_document_that_is_not_a_list_of_feeds_is_refused():
    with pytest.raises(ValueError, match="no outlines"):
        read_opml("<rss/>")
