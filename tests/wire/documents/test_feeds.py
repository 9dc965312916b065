"""Feeds: valid, with stable ids, and updated only by significant changes."""

import json
import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from html import escape, unescape
from urllib.parse import urlsplit
from xml.etree import ElementTree

import feedparser
import jsonschema
import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from factories import (
    DESK,
    cite,
    dispatch_of,
    make_dispatch,
    make_report,
    make_section,
    make_source,
    make_story,
    publish,
)
from hypothesis import example, given
from hypothesis import strategies as st
from justhtml import JustHTML
from schemas import JSON_FEED

from dispatches import desk
from dispatches.models import Dispatch
from wire.documents.feeds import Entry, Feed, as_atom, as_rss, for_xml
from wire.documents.sitemaps import read_parts

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
ATOM = "{http://www.w3.org/2005/Atom}"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def entries(client, address="/feeds/wire.json"):
    return json.loads(client.get(address).text)["items"]


def titles(client, address):
    return [entry["title"] for entry in entries(client, address)]


def rewrite(edition, **fields):
    Dispatch.objects.filter(pk=dispatch_of(edition).pk).update(**fields)
    return Dispatch.objects.get(pk=dispatch_of(edition).pk)


@pytest.fixture
def site():
    """A site with a bit of everything that feeds can contain."""
    story = make_story("the-port")
    section = make_section(name="The Ledger & Co", slug="ledger")
    source = make_source(name="The Courier")
    dispatch = make_dispatch(
        make_report(source, url="https://courier.example/?a=1&b=2", accepted_at=timezone.now() - 9 * HOUR),
        section=section,
        story=story,
        headline="Port “talks” <resume> & go on",
        body="The Courier saw it, [in its paper](https://courier.example/). He said שלום. [Here](/wire/)",
    )
    dispatch.developments.create(text="They sat down <together>.", at=timezone.now() - 2 * HOUR)
    edition = desk.publish(dispatch=dispatch, actor=DESK, at=timezone.now() - 2 * HOUR)
    desk.correct(dispatch=dispatch, actor=DESK, note="It said 60; it is 40.", at=timezone.now() - HOUR)
    gone = publish(headline="Gone", section=section, at=timezone.now() - 3 * HOUR)
    desk.withdraw(dispatch=dispatch_of(gone), actor=DESK, note="Its source took it back.")
    publish(make_report(), make_report(), headline="Strong from the start")
    return edition


KINDS = ["wire", "sections/ledger", "stories/the-port", "corrections", "signal/developing", "signal/strong"]


def check_content(html):
    """Check an entry's content: valid, safe by itself, with absolute links."""
    page = JustHTML(f"<!doctype html><title>x</title><body>{html}", strict=True, sanitize=False)
    assert not page.query("script, style, iframe, form, object, embed")
    for element in page.query("*"):
        assert not [name for name in element.attrs if name.startswith("on") or name == "style"]
        for name in {"href", "src"} & element.attrs.keys():
            assert urlsplit(element.attrs[name]).scheme in {"https", "http"}, element.attrs


@pytest.mark.parametrize("kind", KINDS)
def test_atom_follows_rfc_4287(client, site, kind):
    response = client.get(f"/feeds/{kind}.atom")
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    feed = ElementTree.fromstring(response.content)  # noqa: S314 - our own
    assert feed.tag == f"{ATOM}feed"
    links = {link.attrib.get("rel", "alternate"): link.attrib["href"] for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"http://localhost:8000/feeds/{kind}.atom"
    assert links["alternate"].startswith("http://localhost:8000/")
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
            assert element.findtext(f"{ATOM}{name}").strip()
        assert RFC_3339.fullmatch(element.findtext(f"{ATOM}updated"))
        assert element.find(f"{ATOM}author/{ATOM}name") is not None
        assert urlsplit(element.findtext(f"{ATOM}id")).scheme in {"tag", "http"}
    found = feed.findall(f"{ATOM}entry")
    assert found
    assert len({entry.findtext(f"{ATOM}id") for entry in found}) == len(found)
    assert feed.findtext(f"{ATOM}updated")[:19] >= max(entry.findtext(f"{ATOM}updated")[:19] for entry in found)
    for entry in found:
        [content] = entry.findall(f"{ATOM}content")
        assert content.attrib["type"] == "html"
        check_content(content.text)
        [link] = [each for each in entry.findall(f"{ATOM}link") if each.attrib.get("rel") == "alternate"]
        assert link.attrib["href"].startswith("http://localhost:8000/wire/")
        assert RFC_3339.fullmatch(entry.findtext(f"{ATOM}published"))


@pytest.mark.parametrize("kind", KINDS)
def test_rss_follows_rss_2_0(client, site, kind):
    response = client.get(f"/feeds/{kind}.rss")
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    rss = ElementTree.fromstring(response.content)  # noqa: S314 - our own
    assert (rss.tag, rss.attrib["version"]) == ("rss", "2.0")
    [channel] = rss.findall("channel")
    for name in ("title", "link", "description", "language", "lastBuildDate", "ttl"):
        assert len(channel.findall(name)) == 1
        assert channel.findtext(name).strip()
    parsedate_to_datetime(channel.findtext("lastBuildDate"))
    assert channel.find(f"{ATOM}link").attrib["rel"] == "self"
    items = channel.findall("item")
    assert items
    assert len({item.findtext("guid") for item in items}) == len(items)
    for item in items:
        for name in ("title", "link", "description", "pubDate", "guid"):
            assert len(item.findall(name)) == 1
        assert item.find("guid").attrib["isPermaLink"] == "false"
        assert not item.findall("author"), "RSS wants an e-mail address there"
        parsedate_to_datetime(item.findtext("pubDate"))
        check_content(item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded"))


@pytest.mark.parametrize("kind", KINDS)
def test_json_feed_follows_version_1_1(client, site, kind):
    response = client.get(f"/feeds/{kind}.json")
    assert response["Content-Type"] == "application/feed+json; charset=utf-8"
    jsonschema.validate(json.loads(response.text), JSON_FEED, format_checker=jsonschema.FormatChecker())
    for item in entries(client, f"/feeds/{kind}.json"):
        check_content(item["content_html"])


def read_as_text(detail):
    """Return what a reader sees of a title or summary, as feedparser parses it."""
    if detail.type != "text/html":
        return detail.value
    page = JustHTML(f"<!doctype html><title>x</title><body>{detail.value}", sanitize=False)
    assert not page.query("body *"), detail.value
    return page.query("body")[0].to_text()


@pytest.mark.parametrize("kind", KINDS)
def test_all_kinds_of_a_feed_say_the_same(client, site, kind):
    said = [
        [
            (entry.id, read_as_text(entry.title_detail), entry.link)
            for entry in feedparser.parse(client.get(f"/feeds/{kind}.{each}").content).entries
        ]
        for each in ("atom", "rss")
    ]
    said.append([(entry["id"], entry["title"], entry["url"]) for entry in entries(client, f"/feeds/{kind}.json")])
    assert said[0] == said[1] == said[2]


# Plain texts that would mean something else as HTML, and some that would not.
PLAIN = [
    "Banks say the <title> tag & x<y; R&D rises. <img src=x onerror=alert(1)>",
    "<b>Bold</b> &amp; &lt;i&gt; &copy; &#60; &#xZZ; &nosuch; &copy",
    "<script>alert(1)</script><!-- x --> <![CDATA[x]]> ]]>",
    "R&D at AT&T, x < y & y > z",
]


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_text_arrives_as_that_text_and_nothing_becomes_an_element(client, text):
    section = make_section(name=text[:60], slug="ledger", description=text)
    story = make_story("the-port")
    type(story).objects.filter(pk=story.pk).update(name=text)
    story.refresh_from_db()
    edition = publish(headline=text, tldr=text, byline=text, section=section, story=story, at=timezone.now() - HOUR)
    desk.correct(dispatch=dispatch_of(edition), actor=DESK, note=text)
    for kind, title, summary in (
        ("wire", text, text),
        ("sections/ledger", text, text),
        ("stories/the-port", text, text),
        ("corrections", f"Correction: {text}", text),
        ("signal/developing", f"Developing: {text}", None),
    ):
        json_feed = client.get(f"/feeds/{kind}.json").json()
        [item] = json_feed["items"]
        check_content(item["content_html"])
        for each in ("atom", "rss"):
            parsed = feedparser.parse(client.get(f"/feeds/{kind}.{each}").content)
            assert not parsed.bozo
            [entry] = parsed.entries
            assert read_as_text(entry.title_detail) == item["title"] == title
            assert read_as_text(entry.summary_detail) == item["summary"]
            assert summary in (item["summary"], None)
            assert [tag.term for tag in entry.tags] == item["tags"]
            assert entry.author == item["authors"][0]["name"] == text
            assert read_as_text(parsed.feed.title_detail) == json_feed["title"]
            assert read_as_text(parsed.feed.subtitle_detail) == json_feed["description"]
    assert text[:60] in client.get("/feeds/sections/ledger.json").json()["title"]
    assert text in client.get("/feeds/stories/the-port.json").json()["title"]


def test_each_event_has_an_id_of_its_own_in_whatever_feeds_tell_it(client):
    reports = [make_report(make_source(grade="A"), accepted_at=timezone.now() - 2 * HOUR) for _ in range(3)]
    dispatch = make_dispatch(reports[0], headline="The story")
    desk.publish(dispatch=dispatch, actor=DESK, at=timezone.now() - HOUR)
    with desk.saving(dispatch, actor=DESK):
        for report in reports[1:]:
            cite(dispatch, report)
    desk.correct(dispatch=dispatch, actor=DESK, note="It was forty.")
    # One edition that is both: the desk withdraws.
    desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")
    told: dict[str, set[str]] = {}
    rungs = ("developing", "strong", "confirmed")
    for kind in ("wire", "corrections", *(f"signal/{rung}" for rung in rungs)):
        for entry in entries(client, f"/feeds/{kind}.json"):
            told.setdefault(entry["id"], set()).add(f"{entry['title']}: {entry['summary']}")
    assert [identity for identity, said in told.items() if len(said) > 1] == []
    events = {
        rung: {entry["title"]: entry["id"] for entry in entries(client, f"/feeds/signal/{rung}.json")} for rung in rungs
    }
    assert events["confirmed"].items() <= events["strong"].items() <= events["developing"].items()
    assert events["confirmed"]
    corrections = {entry["title"]: entry["id"] for entry in entries(client, "/feeds/corrections.json")}
    assert corrections["Withdrawal: The story"] != events["confirmed"]["Withdrawn: The story"]


@pytest.mark.parametrize("kind", ["sections/ledger", "corrections", "signal/confirmed", "wire"])
@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_an_empty_feed_is_the_same_whenever_it_is_asked_for(client, time_machine, kind, form):
    make_section(slug="ledger")
    time_machine.move_to("2026-06-25T12:00:00+03:00", tick=False)
    first = client.get(f"/feeds/{kind}.{form}")
    time_machine.shift(timedelta(hours=1))
    second = client.get(f"/feeds/{kind}.{form}")
    assert first.content == second.content
    assert first.headers == second.headers


def test_an_entry_has_the_whole_dispatch_and_its_signal(client, site):
    [entry] = [each for each in entries(client) if each["url"].endswith(site.get_absolute_url())]
    assert entry["title"] == "Port “talks” <resume> & go on"
    for words in (
        "It said 60; it is 40.",
        "<b>Signal: Developing</b>. 1 independent origin. So far only The Courier reports this.",
        "What matters, in a sentence.",
        '<bdi dir="rtl" lang="he">שלום</bdi>',
        "They sat down &lt;together&gt;.",
        'href="https://courier.example/?a=1&amp;b=2"',
        f'href="http://localhost:8000{site.get_absolute_url()}#source-1"',
        'href="http://localhost:8000/wire/"',
    ):
        assert words in entry["content_html"], words
    assert entry["tags"] == ["The Ledger & Co", "Developing", "Corrected"]


def test_a_withdrawal_is_told_and_what_it_said_is_gone(client, site):
    [entry] = [each for each in entries(client) if "Gone" in each["title"]]
    assert entry["title"] == "Withdrawn: Gone"
    assert "Its source took it back." in entry["content_html"]
    assert "The body of the dispatch." not in entry["content_html"]
    assert "image" not in entry


def test_an_id_stays_when_the_headline_and_the_address_change(client):
    edition = publish(headline="One", slug="one", at=timezone.now() - HOUR)
    [before] = entries(client)
    desk.update(dispatch=rewrite(edition, headline="Two", slug="two"), actor=DESK)
    [after] = entries(client)
    assert (before["id"], before["date_published"]) == (after["id"], after["date_published"])
    assert (after["title"], after["url"].rsplit("/", 2)[1]) == ("Two", "two")


def test_updated_moves_with_what_matters_and_not_with_a_typo(client):
    edition = publish(at=timezone.now() - 9 * HOUR)
    dispatch = dispatch_of(edition)

    def moved():
        seen.append(entries(client)[0]["date_modified"])
        return seen[-1] != seen[-2]

    seen = [entries(client)[0]["date_modified"]]
    assert seen[0] == entries(client)[0]["date_published"]
    desk.update(dispatch=dispatch, actor=DESK, at=timezone.now() - 8 * HOUR)
    assert not moved()
    desk.update(dispatch=dispatch, actor=DESK, note="More is known.", at=timezone.now() - 7 * HOUR)
    assert moved()
    dispatch.developments.create(text="A step", at=timezone.now() - 6 * HOUR)
    desk.update(dispatch=dispatch, actor=DESK, at=timezone.now() - 5 * HOUR)
    assert moved()
    desk.clarify(dispatch=dispatch, actor=DESK, note="It was not clear.", at=timezone.now() - 4 * HOUR)
    assert moved()
    desk.cite(dispatch=dispatch, report=make_report(), actor=DESK)
    assert moved()
    # Times are to the second.
    with time_machine.travel(timezone.now() + timedelta(seconds=2)):
        desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")
        assert moved()


def test_what_changed_last_comes_first(client):
    old = publish(headline="Old", at=timezone.now() - 5 * HOUR)
    publish(headline="New", at=timezone.now() - HOUR)
    assert titles(client, "/feeds/wire.json") == ["New", "Old"]
    desk.correct(dispatch=dispatch_of(old), actor=DESK, note="It was wrong.")
    assert titles(client, "/feeds/wire.json") == ["Old", "New"]


def test_a_signal_feed_has_an_entry_for_each_change_from_its_rung_up_and_none_for_anything_else(client):
    reports = [make_report(make_source(grade="A"), accepted_at=timezone.now() - 2 * HOUR) for _ in range(3)]
    dispatch = make_dispatch(reports[0], headline="The story")
    desk.publish(dispatch=dispatch, actor=DESK, at=timezone.now() - HOUR)
    desk.update(dispatch=dispatch, actor=DESK)
    desk.cite(dispatch=dispatch, report=reports[1], actor=DESK)
    desk.correct(dispatch=dispatch, actor=DESK, note="A figure.")
    desk.cite(dispatch=dispatch, report=reports[2], actor=DESK)
    desk.retract_report(report=reports[2], actor=DESK)
    desk.retract_report(report=reports[1], actor=DESK)
    assert titles(client, "/feeds/signal/developing.json") == [
        "Developing: The story",
        "Strong: The story",
        "Confirmed: The story",
        "Strong: The story",
        "Developing: The story",
    ]
    assert titles(client, "/feeds/signal/strong.json") == [
        "Developing: The story",
        "Strong: The story",
        "Confirmed: The story",
        "Strong: The story",
    ]
    assert titles(client, "/feeds/signal/confirmed.json") == ["Strong: The story", "Confirmed: The story"]
    summaries = [entry["summary"] for entry in entries(client, "/feeds/signal/confirmed.json")]
    assert summaries == [
        "Confirmed before, now Strong, from 2 independent origins. A source retracted its report.",
        "Strong before, now Confirmed, from 3 independent origins. The desk changed its citations.",
    ]


def test_a_dispute_is_a_change_of_the_signal(client):
    dispatch = make_dispatch(headline="The story")
    desk.publish(dispatch=dispatch, actor=DESK, at=timezone.now() - HOUR)
    with desk.saving(dispatch, actor=DESK):
        cite(dispatch, make_report(), stance="contradicts")
    assert titles(client, "/feeds/signal/developing.json")[0] == "Developing, disputed: The story"
    assert titles(client, "/feeds/signal/strong.json") == []


def test_what_is_scheduled_is_in_no_feed(client):
    publish()
    coming = make_dispatch(headline="Embargoed")
    desk.schedule(dispatch=coming, actor=DESK, at=timezone.now() + HOUR)
    for kind in ("wire", "signal/developing", "corrections"):
        assert "Embargoed" not in client.get(f"/feeds/{kind}.json").text


def test_a_feed_says_when_something_in_it_last_changed(client, site):
    response = client.get("/feeds/wire.atom")
    assert timezone.now() - HOUR / 2 < parsedate_to_datetime(response["Last-Modified"]) <= timezone.now()


def test_a_hub_is_named_where_there_is_one(client, site, settings):
    assert "hub" not in client.get("/feeds/wire.atom").headers.get("Link", "")
    settings.WIRE_WEBSUB_HUB = "https://hub.example/"
    atom = client.get("/feeds/wire.atom")
    links = ElementTree.fromstring(atom.content).findall(f"{ATOM}link")  # noqa: S314 - our own
    assert {"rel": "hub", "href": "https://hub.example/"} in [link.attrib for link in links]
    assert '<https://hub.example/>; rel="hub"' in atom["Link"]
    assert 'href="https://hub.example/"' in client.get("/feeds/wire.rss").text
    assert json.loads(client.get("/feeds/wire.json").text)["hubs"] == [
        {"type": "WebSub", "url": "https://hub.example/"}
    ]


@pytest.mark.parametrize("count", [1, 12])
def test_a_feed_costs_the_same_queries_however_much_is_in_it(client, django_assert_num_queries, count):
    publish(slug="earlier", at=timezone.now() - HOUR)
    for _ in range(count):
        edition = publish(body="So it was, [[earlier]].", at=timezone.now() - HOUR / 2)
        desk.correct(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
    # The editions, their histories, and their references.
    for address in ("/feeds/wire.atom", "/feeds/ninjs.json"):
        with django_assert_num_queries(3):
            client.get(address)


def test_pages_lead_to_their_feeds(client, site):
    for page, feed in {
        "/": "/feeds/wire.atom",
        "/wire/": "/feeds/wire.atom",
        "/sections/ledger/": "/feeds/sections/ledger.atom",
        "/stories/the-port/": "/feeds/stories/the-port.atom",
        "/corrections/": "/feeds/corrections.atom",
        site.get_absolute_url(): "/feeds/wire.atom",
    }.items():
        [link] = JustHTML(client.get(page).text, sanitize=False).query('link[type="application/atom+xml"]')
        assert link.attrs["href"] == feed
        assert client.get(feed).status_code == 200
    for link in JustHTML(client.get("/feeds/").text, sanitize=False).query(".feeds a"):
        assert client.get(link.attrs["href"]).status_code == 200


@pytest.mark.parametrize(
    "address", ["/feeds/wire.xml", "/feeds/signal/loud.atom", "/feeds/stories/none.rss", "/feeds/sections/none.json"]
)
def test_what_there_is_not_is_not_found(client, address):
    assert client.get(address).status_code == 404


XML_ADDRESSES = [
    *(f"/feeds/{kind}.{form}" for kind in KINDS for form in ("atom", "rss")),
    *("/sitemap.xml", "/sitemaps/pages.xml", "/news-sitemap.xml"),
]


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x01", "\x1f", "\ufffe", "\uffff"], ids=ascii)
def test_characters_that_xml_forbids_break_no_document(client, settings, character):
    word = f"A soft{character}break"
    settings.WIRE_SITE_NAME = settings.WIRE_DESK_NAME = word
    story = make_story("the-port")
    type(story).objects.filter(pk=story.pk).update(name=word)
    story.refresh_from_db()
    section = make_section(name=word, slug="ledger", beat=word, description=word)
    reports = [make_report(make_source(name=f"{word} {number}"), accepted_at=timezone.now() - HOUR) for number in "12"]
    dispatch = make_dispatch(*reports, headline=word, tldr=word, byline=word, body=word, section=section, story=story)
    dispatch.developments.create(text=word, at=timezone.now() - HOUR)
    desk.publish(dispatch=dispatch, actor=DESK, at=timezone.now() - HOUR / 2)
    edition = desk.correct(dispatch=dispatch, actor=DESK, note=word)
    for address in (*XML_ADDRESSES, *(reverse("sitemap", args=[part]) for part in read_parts())):
        answer = client.get(address)
        assert answer.status_code == 200
        ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    for address in ("/feeds/wire.atom", "/feeds/wire.rss", "/news-sitemap.xml"):
        assert "A soft break" in "".join(ElementTree.fromstring(client.get(address).content).itertext())  # noqa: S314
    # The image is generated from XML too.
    assert client.get(f"{edition.get_absolute_url()}card-{edition.number}.png").status_code == 200


# All of Unicode, including surrogates and XML's forbidden and special characters.
ODD = "\x00\x0b\x1f\ud800\udfff\ufffe\uffff<>&;]'\"\r\n\t"
ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from(ODD), max_size=20)


@example(text=ODD, form=as_atom)
@example(text=ODD, form=as_rss)
@given(text=ANY_TEXT, form=st.sampled_from([as_atom, as_rss]))
def test_a_feed_is_well_formed_whatever_is_in_it(text, form):
    now = timezone.now()
    entry = Entry("tag:x", "https://site.example/", text, text, text, now, now, text, "en", [text])
    written = form(Feed(text, text, "https://site.example/", "https://site.example/feed", [entry]))
    document = ElementTree.fromstring(written.encode())  # noqa: S314 - our own
    shown = re.sub(r"\r\n?", "\n", for_xml(text))
    name = f"{ATOM}entry/{ATOM}title" if form is as_atom else "channel/item/title"
    said = document.findtext(name)
    assert (unescape(said) if form is as_rss and said != shown else said) == shown


@example(text=ODD)
@given(text=ANY_TEXT)
def test_what_is_written_to_xml_is_what_xml_allows_and_the_rest_is_left_alone(text):
    cleaned = for_xml(text)
    ElementTree.fromstring(f"<a>{escape(cleaned)}</a>".encode())  # noqa: S314 - our own
    assert len(cleaned) == len(text)
    for before, after in zip(text, cleaned, strict=True):
        if before != after:
            with pytest.raises((ElementTree.ParseError, UnicodeEncodeError)):
                ElementTree.fromstring(f"<a>{before}</a>".encode())  # noqa: S314 - our own
