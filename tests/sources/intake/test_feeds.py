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
    "UTF-16 without end": ("<rss><channel><item><title>x</title>".encode("utf-16"), ["x"]),
}


@pytest.mark.parametrize("name", [name for name, (_, titles) in BROKEN.items() if isinstance(titles, list)])
def test_of_a_broken_feed_what_can_be_read_is_read(name):
    body, titles = BROKEN[name]
    assert [item.title for item in read_feed(body).items] == titles


@pytest.mark.parametrize("name", [name for name, (_, reason) in BROKEN.items() if isinstance(reason, str)])
def test_what_is_no_feed_is_told_in_words(name):
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


def test_what_is_no_list_of_feeds_is_refused():
    with pytest.raises(ValueError, match="no outlines"):
        read_opml("<rss/>")


NAMESPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:m="http://search.yahoo.com/mrss" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


def item_of_rss(markup: str):
    feed = f'<rss version="2.0" {NAMESPACES}><channel><title>T</title><item>{markup}</item></channel></rss>'
    (item,) = read_feed(feed.encode(), "https://feed.example/rss").items
    return item


def item_of_atom(markup: str):
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>u</id>{markup}</entry></feed>'
    (item,) = read_feed(feed.encode()).items
    return item


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("S&P 500 and R&D, AT&T up", "S&P 500 and R&D, AT&T up"),
        ("R&amp;D &amp;amp; more", "R&D & more"),
        ("a &lt; b and c &gt; d", "a < b and c > d"),
        ("&lt;b>Bold&lt;/b> news", "Bold news"),
        ("<![CDATA[S&P <i>500</i>]]>", "S&P 500"),
        ("The &lt;hello-world&gt; tag", "The <hello-world> tag"),
        ("Caf&eacute; &mdash; &copy; x&nbsp;y", "Café — © x y"),
        ("&#8220;x&#x201d; &#146;y &#0;z &#xD800;", "“x” ’y z"),
        ("&notareference; &#99999999999;", "&notareference; &#99999999999;"),
        ("Soft\x0bbreak \x85 line\u2028end", "Soft break … line end"),
    ],
)
def test_a_title_in_rss_is_read_as_it_was_meant(markup, title):
    assert item_of_rss(f"<title>{markup}</title>").title == title


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ('<title type="text">&lt;hello-world&gt;</title>', "<hello-world>"),
        ("<title>Less: &lt;b&gt; tag &amp; more</title>", "Less: <b> tag & more"),
        ('<title type="html">A &amp;lt;b&amp;gt; &lt;em>c&lt;/em></title>', "A <b> c"),
        (
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A &lt;b&gt; <em>c</em></div></title>',
            "A <b> c",
        ),
        ("<title>AT&T</title>", "AT&T"),
        ('<title type="text"><![CDATA[<b>&amp;]]></title>', "<b>&amp;"),
    ],
)
def test_a_title_in_atom_is_of_the_type_that_it_says(markup, title):
    assert item_of_atom(markup).title == title


STORY, CAPTION = "<description>The story.</description>", "A caption that is longer than the story itself."


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (f"{STORY}<media:content url='a.jpg'><media:description>{CAPTION}</media:description></media:content>", 0),
        (f"<media:description>{CAPTION}</media:description>{STORY}", 0),
        (f"<m:group><m:description>{CAPTION}</m:description></m:group>{STORY}", 0),
        (f"<itunes:summary>{CAPTION}</itunes:summary>{STORY}<itunes:subtitle>{CAPTION}</itunes:subtitle>", 0),
        (f"{STORY}<dc:description>{CAPTION}</dc:description>", 0),
        (f"<content:encoded>&lt;p>The story.</content:encoded><description>{CAPTION}</description>", 0),
        (f"<description>{CAPTION}</description><content:encoded>The story.</content:encoded>", 0),
        (f"<content:encoded></content:encoded>{STORY}", 0),
        (f"<itunes:summary>{CAPTION}</itunes:summary>", CAPTION),
        (f"<media:description type='a>b'>{CAPTION}</media:description>", CAPTION),
        (f"{STORY}<media:description type='plain'/>", 0),
    ],
)
def test_the_text_is_the_story_and_not_the_longest_field(markup, text):
    titles = "<media:title>A picture</media:title><title>A title</title><itunes:title>A recording</itunes:title>"
    item = item_of_rss(titles + markup)
    assert (item.title, item.text) == ("A title", text or "The story.")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('<content type="text">1 &lt; 2 &lt;b></content>', "1 < 2 <b>"),
        ('<content type="html">1 &amp;lt; &lt;b>2&lt;/b></content>', "1 < 2"),
        ('<summary type="text">&lt;p></summary>', "<p>"),
        ('<content type="image/png">iVBORw0KGgo=</content><summary>s</summary>', "s"),
        ('<content src="https://x.example/p" type="text/html"/><summary>s</summary>', "s"),
    ],
)
def test_the_text_of_an_entry_is_of_the_type_that_it_says(markup, text):
    assert item_of_atom(f"<title>x</title>{markup}").text == text


@pytest.mark.parametrize(
    ("markup", "byline"),
    [
        ("<dc:creator>Dana Levi</dc:creator><dc:creator>Avi Cohen</dc:creator>", "Dana Levi, Avi Cohen"),
        ("<author>Dana Levi</author><dc:creator><![CDATA[Dana Levi]]></dc:creator>", "Dana Levi"),
        ("<author>desk@news.example (By Dana Levi)</author>", "Dana Levi"),
        ("<dc:creator>Avi</dc:creator><author>desk@news.report (Dana Levi)</author>", "Avi, Dana Levi"),
        ("<author>Dana Levi &lt;dana@news.online&gt;</author>", "Dana Levi"),
        ("<author>desk@news.example</author>", ""),
        ("<itunes:author>A programme</itunes:author><dc:creator>Dana Levi</dc:creator>", "Dana Levi"),
        ("<dc:creator>R&D desk</dc:creator>", "R&D desk"),
    ],
)
def test_all_authors_are_named_and_their_addresses_are_not(markup, byline):
    assert item_of_rss(f"<title>x</title>{markup}").byline == byline


@pytest.mark.parametrize("name", ["media:title", "dc:title", "itunes:title"])
def test_without_a_title_of_its_own_an_item_has_that_of_its_picture(name):
    assert item_of_rss(f"<{name}>A &amp; b</{name}>").title == "A & b"


def test_all_authors_of_atom_and_json_are_named():
    entry = "<title>x</title><author><name>A</name><email>a@b.report</email></author><author><name>B</name></author>"
    assert item_of_atom(entry).byline == "A, B"
    authors = [{"name": "A"}, {"name": "B"}, {"url": "https://x.example"}, {"name": "A"}]
    for given, byline in (({"authors": authors}, "A, B"), ({"author": {"name": "C"}, "authors": []}, "C")):
        (item,) = read_feed(json.dumps({"items": [{"title": "x"} | given]}).encode()).items
        assert item.byline == byline


def test_an_address_with_bare_ampersands_is_the_address_as_typed():
    item = item_of_rss("<title>x</title><link>https://x.example/?a=1&copy=2&lt=3&amp;reg_id=5</link>")
    assert item.url == "https://x.example/?a=1&copy=2&lt=3&reg_id=5"


def test_numbers_that_are_none_and_halves_of_characters_are_left_out():
    feed = '{"items": [%s]}'
    odd = '{"id": 1e999, "title": "a"}, {"id": NaN, "title": "b\\ud83d"}, {"id": "\\ud800", "title": "c\\u0000"}'
    more = '{"id": 17.0, "title": "d", "url": "https://x.example/\\ud800"}, {"id": true, "title": "e"}'
    items = read_feed((feed % f"{odd}, {more}").encode()).items
    assert [(item.title, item.external_id) for item in items] == [
        *(("a", ""), ("b", ""), ("c", ""), ("d", "17"), ("e", "")),
    ]


@pytest.mark.parametrize("kind", ["application/json", "text/html", "application/rss+xml; charset=utf-8", ""])
@pytest.mark.parametrize("before", ["", "\ufeff", " \r\n\t", "\ufeff\n"])
@pytest.mark.parametrize("body", [RSS, ATOM, JSON], ids=["RSS", "Atom", "JSON Feed"])
def test_a_feed_is_known_by_its_content(body, before, kind):
    assert [item.title for item in read_feed(before.encode() + body, content_type=kind).items] == BUDGET


def test_a_feed_that_can_t_be_decoded_is_refused_in_words():
    with pytest.raises(Unreadable, match="“utf-8”"):
        read_feed("<rss><channel><item><title>שלום עולם</title></item></channel></rss>".encode("cp1255"))


OTHER_LISTS = {
    '<opml><body><outline text="x" xmlUrl="https://x.example/rss?a=1&copy=2&lt=3&reg_id=5"/></body></opml>': (
        "https://x.example/rss?a=1&copy=2&lt=3&reg_id=5"
    ),
    '<opml><outline text="x" xmlUrl="https://x.example/?a=1&amp;b=2"/>': "https://x.example/?a=1&b=2",
    '<opml><outline text="x" xmlUrl="feed://x.example/rss"/>': "http://x.example/rss",
    '<opml><outline text="x" XMLURL="FEED:https://x.example/rss"/>': "https://x.example/rss",
    "<opml><outline text=x xmlurl=' https://x.example/rss '>": "https://x.example/rss",
    '<opml><outline text="x" xmlUrl="//x.example/rss"/>': "https://x.example/rss",
    '<opml><outline text="x" xmlUrl="https://חדשות.example/rss"/>': "https://xn--7dbee7eg.example/rss",
    '<opml><outline text="x &gt; y" title="a>b" xmlUrl="https://x.example/rss"/>': "https://x.example/rss",
}


@pytest.mark.parametrize("text", OTHER_LISTS)
def test_a_list_in_any_form_gives_the_address_as_it_was_meant(text):
    (found,) = read_opml(f"<?xml version='1.0'?>\n\n{text}")
    assert (found.url, found.line) == (OTHER_LISTS[text], 3)
