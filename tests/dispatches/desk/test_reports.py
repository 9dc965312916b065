"""Incoming reports: the same item is one report, and a changed item keeps its versions."""

from datetime import timedelta

import pytest
from django.utils import timezone
from factories import DESK, make_source

from dispatches import desk
from dispatches.history import revisions
from sources.intake.items import canonical_address, make_item, text_of_html
from sources.models import Report

TEXT = "The cabinet has approved the budget for the coming year after a debate that lasted until the early morning."


@pytest.fixture(autouse=True)
def database(db):
    pass


def receive(source, *items):
    return desk.receive(source=source, items=[make_item(**item) for item in items], actor=DESK)


def counts(received):
    return len(received.new), len(received.changed), len(received.known)


def test_what_comes_in_is_a_pending_report():
    source = make_source()
    report = receive(source, {"title": "Budget approved", "text": TEXT, "external_id": "1"}).new[0]
    assert (report.source, report.title, report.text) == (source, "Budget approved", TEXT)
    assert report.review == Report.Review.PENDING
    assert report.basis == "unknown"


@pytest.mark.parametrize(
    "again",
    [
        {"title": "Budget approved", "text": TEXT, "external_id": "1"},
        {"title": "Another title", "text": TEXT.upper()},
        {"title": "Budget approved", "url": "http://www.news.example/budget/?utm_source=feed#top", "text": TEXT},
        {"title": "Budget approved", "text": TEXT[:60] + " […]", "url": "https://news.example/budget"},
    ],
    ids=["feed id", "same text, other title", "address", "a summary of it"],
)
def test_the_same_item_makes_no_second_report(again):
    source = make_source()
    receive(
        source, {"title": "Budget approved", "text": TEXT, "external_id": "1", "url": "https://news.example/budget"}
    )
    assert not receive(source, again).new
    assert Report.objects.count() == 1


def test_the_same_item_twice_in_one_feed_makes_one_report():
    item = {"title": "Budget approved", "text": TEXT, "external_id": "1"}
    assert counts(receive(make_source(), item, item)) == (1, 0, 1)


def test_what_two_sources_say_alike_are_two_reports():
    assert receive(make_source(), {"title": "Budget approved", "text": TEXT}).new
    assert receive(make_source(), {"title": "Budget approved", "text": TEXT}).new


def test_items_of_one_address_are_told_apart_by_their_ids():
    live = {"url": "https://news.example/live"}
    one = {"title": "First step", "external_id": "1"} | live
    two = {"title": "Second step", "external_id": "2"} | live
    assert counts(receive(make_source(), one, two)) == (2, 0, 0)


def test_a_short_text_said_again_later_is_another_report():
    source, now = make_source(), timezone.now()
    siren = {"title": "Sirens in Haifa"}
    assert receive(source, siren | {"said_at": now - timedelta(hours=5)}).new
    assert receive(source, siren | {"said_at": now - timedelta(hours=1)}).new
    assert not receive(source, siren | {"said_at": now - timedelta(minutes=50)}).new


def test_an_item_that_its_source_changed_keeps_its_versions():
    source = make_source()
    first = receive(source, {"title": "Ten hurt", "text": TEXT, "external_id": "1"}).new[0]
    changed = receive(source, {"title": "Twelve hurt", "text": f"{TEXT} Twelve.", "external_id": "1"}).changed[0]
    assert changed.pk == first.pk
    assert changed.changed_at
    assert Report.objects.get().title == "Twelve hurt"
    kept = [(each.how, each.content[""][""]["title"]) for each in revisions.of(first).order_by("number")]
    assert kept == [("Received", "Ten hurt"), ("Changed by its source", "Twelve hurt")]


def test_what_the_desk_has_written_is_not_overwritten_when_the_same_comes_again(editor):
    source = make_source()
    item = {"title": "Ten hurt", "text": TEXT, "external_id": "1"}
    report = receive(source, item).new[0]
    report.title = "Ten hurt in Haifa"
    with desk.saving(report, actor=editor):
        report.save()
    assert counts(receive(source, item)) == (0, 0, 1)
    receive(source, item | {"text": f"{TEXT} Twelve."})
    report.refresh_from_db()
    assert (report.title, report.text) == ("Ten hurt in Haifa", f"{TEXT} Twelve.")


def test_nothing_was_said_after_it_came_in():
    said_at = timezone.now() + timedelta(days=400)
    assert receive(make_source(), {"title": "From the future", "said_at": said_at}).new[0].said_at <= timezone.now()


def test_an_item_that_says_nothing_is_refused():
    with pytest.raises(ValueError, match="neither a title nor text"):
        make_item(title="\x00 ", text="<>" * 0)


def test_an_item_keeps_to_the_lengths_of_a_report():
    item = make_item(
        title="word " * 200, text="x" * 500_000, url="https://x.example/" + "a" * 2000, external_id="i" * 900
    )
    assert (len(item.title) <= 300, len(item.text), item.url, len(item.external_id)) == (True, 200_000, "", 32)


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("https://news.example/a", "news.example/a"),
        ("http://amp.news.example/a?b=1&utm_medium=x", "news.example/a?b=1"),
        ("https://news.example:8443/a%20b", "news.example:8443/a%20b"),
        ("https://news.example", ""),
        ("javascript:alert(1)", ""),
        ("https://[broken", ""),
        ("https://bücher.example/ä", "xn--bcher-kva.example/%C3%A4"),
    ],
)
def test_an_address_has_one_spelling(address, canonical):
    assert canonical_address(address) == canonical


def test_html_comes_in_as_text():
    markup = "<h1>A</h1><p onclick=x>B <img src=x onerror=alert(1)>C</p><style>p{}</style>&lt;b&gt;<!-- D --><br>E"
    assert text_of_html(markup) == "A\n\nB C\n\n<b>\n\nE"


@pytest.mark.parametrize("url", ["https://news_desk.example/ä b?q=1", "https://paper.example/a b", "https://paper/x"])
def test_an_odd_address_costs_no_report(url):
    assert receive(make_source(), {"title": "Budget approved", "url": url}).new


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<table><tr><td>Haifa</td><td>12</td><td>dead</td></tr></table>", "Haifa | 12 | dead"),
        ("<table>\n<tr>\n<th>City<th>Dead\n<tr><td>Acre<td><p>12</p>\n</table>5", "City | Dead\n\nAcre | 12\n\n5"),
        ("<table><tr><td>12</td><td></td></tr><tr><td></td><td></td></tr></table>34", "12\n\n34"),
        ("<td>12<td>34", "12 | 34"),
        (f"<td {'x=y ' * 300}>12</td><td>34</td>", "12 | 34"),
        ("<table><tr><td><table><tr><td>1<td>2</table><td>3</table>4", "1 | 2\n\n3\n\n4"),
        ("<dl><dt>1<dd>2</dl><figcaption>3</figcaption>4<li>5<option>6", "1\n\n2\n\n3\n\n4\n\n5\n\n6"),
        ("10<sup>3</sup> and 10<sup class=e>-6</sup>, x<sub>1</sub>", "10³ and 10⁻⁶, x1"),
        ("<p>5 | 6</p><p>|</p>", "5 | 6\n\n|"),
    ],
)
def test_cells_rows_and_blocks_of_html_stay_apart(markup, text):
    assert text_of_html(markup) == text
