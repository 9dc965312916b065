"""The filtered wire, the archive, stories, the search page, and the notice of new dispatches."""

import json
import re
from datetime import date, datetime, timedelta

import pytest
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
from justhtml import JustHTML

from dispatches import desk

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def headlines(client, address):
    return [link.to_text() for link in JustHTML(client.get(address).text, sanitize=False).query(".card-headline a")]


def published_on(day, **fields):
    at = datetime.fromisoformat(f"{day}T12:00:00+03:00")
    return publish(make_report(accepted_at=at - HOUR), at=at, **fields)


@pytest.fixture
def ledger():
    """A section with one dispatch of each rating; another section has one too."""
    section = make_section(name="The Ledger", slug="ledger")

    def sources(count):
        return [make_report(make_source(grade="A")) for _ in range(count)]

    publish(headline="Developing", section=section)
    publish(*sources(2), headline="Strong", section=section)
    publish(*sources(3), headline="Confirmed", section=section)
    disputed = make_dispatch(*sources(2), headline="Disputed", section=section)
    cite(disputed, make_report(), stance="contradicts")
    desk.publish(dispatch=disputed, actor=DESK)
    publish(headline="Elsewhere")
    return section


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?signal=confirmed", {"Confirmed"}),
        ("?signal=strong", {"Strong", "Confirmed"}),
        ("?signal=developing", {"Developing", "Disputed", "Elsewhere"}),
        ("?signal=disputed", {"Disputed"}),
        ("?section=ledger&signal=developing", {"Developing", "Disputed"}),
        ("?section=ledger", {"Developing", "Strong", "Confirmed", "Disputed"}),
        ("?section=&signal=", {"Developing", "Strong", "Confirmed", "Disputed", "Elsewhere"}),
    ],
)
def test_the_wire_is_narrowed_by_its_address(client, ledger, query, found):
    assert set(headlines(client, f"/wire/{query}")) == found


def test_a_section_is_narrowed_too(client, ledger):
    assert set(headlines(client, "/sections/ledger/?signal=strong")) == {"Strong", "Confirmed"}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/wire/?signal=loud", "Unknown Signal"),
        ("/wire/?section=none", "no such section"),
        ("/sections/ledger/?signal=x", "Unknown Signal"),
    ],
)
def test_an_invalid_choice_is_explained(client, ledger, address, words):
    response = client.get(address)
    assert response.status_code == 404
    assert words in response.text


def test_the_form_shows_what_was_chosen(client, ledger):
    page = JustHTML(client.get("/wire/?section=ledger&signal=strong").text, sanitize=False)
    assert [option.to_text() for option in page.query("option[selected]")] == ["The Ledger", "Strong or higher"]
    assert "Strong or higher, in The Ledger" in page.to_text()


def test_older_ones_stay_narrowed(client, ledger, monkeypatch):
    from wire.views import lists

    monkeypatch.setattr(lists, "PAGE_SIZE", 1)
    for address, end in [("/wire/?signal=strong", "/wire/"), ("/sections/ledger/?signal=strong", "/sections/ledger/")]:
        [older] = re.findall(r'hx-get="(\?[^"]*before=[^"]+)"', client.get(address).text)
        older = older.replace("&amp;", "&")
        assert "signal=strong" in older
        assert headlines(client, end + older) == ["Strong"]


def test_what_a_reader_adds_to_an_address_is_not_passed_on(client, ledger, monkeypatch):
    from wire.views import lists

    monkeypatch.setattr(lists, "PAGE_SIZE", 1)
    plain, marked = client.get("/wire/").content, client.get("/wire/?utm_source=x&fbclid=y").content
    assert plain == marked


# The archive


def test_days_months_and_years_have_their_dispatches(client):
    for day in ("2024-12-31", "2026-06-01", "2026-06-25", "2026-07-01"):
        published_on(day, headline=day)
    assert headlines(client, "/wire/2026/06/25/") == ["2026-06-25"]
    assert headlines(client, "/wire/2026/06/") == ["2026-06-25", "2026-06-01"]
    assert headlines(client, "/wire/2026/") == ["2026-07-01", "2026-06-25", "2026-06-01"]
    assert headlines(client, "/wire/2025/") == []
    day = client.get("/wire/2026/06/25/").context
    assert (day["earlier"], day["later"]) == (date(2026, 6, 1), date(2026, 7, 1))
    month = client.get("/wire/2026/06/").context["period"]
    assert [each.count for each in month.days if each.count] == [1, 1]
    assert (month.earlier.first, month.later.first) == (date(2024, 12, 1), date(2026, 7, 1))
    year = client.get("/wire/2026/").context["period"]
    assert [each.first.month for each, has_dispatches in year.months if has_dispatches] == [6, 7]
    assert (year.earlier.number, year.later) == (2024, None)


def test_a_day_is_a_day_of_the_desk_s_clock(client):
    at = datetime.fromisoformat("2026-06-25T22:30:00+00:00")
    publish(make_report(accepted_at=at - HOUR), at=at, headline="After midnight")
    assert headlines(client, "/wire/2026/06/26/") == ["After midnight"]
    assert headlines(client, "/wire/2026/06/25/") == []


def test_what_is_withdrawn_or_to_come_is_in_no_archive(client):
    gone = published_on("2026-06-25")
    desk.withdraw(dispatch=dispatch_of(gone), actor=DESK, note="It was wrong.")
    coming = desk.schedule(dispatch=make_dispatch(), actor=DESK, at=timezone.now() + HOUR)
    assert headlines(client, "/wire/2026/06/") == []
    assert headlines(client, f"/wire/{coming.dated:%Y/%m/%d}/") == []
    assert client.get("/wire/2026/").context["period"].later is None


@pytest.mark.parametrize(
    "address", ["/wire/2026/02/30/", "/wire/2026/13/", "/wire/0001/01/01/", "/wire/9999/", "/wire/26/", "/wire/2026/6/"]
)
def test_what_is_not_in_the_calendar_is_not_found(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("count", [1, 25])
def test_an_archive_costs_the_same_queries_however_much_is_in_it(client, django_assert_num_queries, count):
    for _ in range(count):
        published_on("2026-06-25")
    # The list, its cards, the sections; around it two; the days or months.
    for address, queries in [("/wire/2026/", 6), ("/wire/2026/06/", 6), ("/wire/2026/06/25/", 5)]:
        with django_assert_num_queries(queries):
            client.get(address)


# Stories


def test_a_story_has_its_dispatches_and_its_name(client):
    story = make_story("port-strike")
    publish(headline="In it", story=story)
    publish(headline="Not in it")
    assert headlines(client, "/stories/port-strike/") == ["In it"]
    assert "port-strike" in client.get("/stories/port-strike/").text
    assert client.get("/stories/none/").status_code == 404


# New dispatches


def line(client, address):
    return client.get(address).text


def test_the_line_counts_what_has_come_since_the_page_was_made(client, ledger):
    page = JustHTML(client.get("/wire/").text, sanitize=False)
    look = page.query(".look")[0].attrs["data-look"]
    assert line(client, look) == ""
    publish(headline="Breaking")
    assert "1 new dispatch<" in line(client, look)
    publish()
    assert "2 new dispatches<" in line(client, look)


def test_the_line_counts_what_the_list_shows(client, ledger):
    look = JustHTML(client.get("/sections/ledger/?signal=strong").text, sanitize=False).query(".look")[0]
    publish(section=ledger)
    publish(make_report(), make_report())
    assert line(client, look.attrs["data-look"]) == ""
    publish(make_report(), make_report(), section=ledger)
    assert "1 new dispatch<" in line(client, look.attrs["data-look"])
    assert 'href="/wire/?section=ledger&amp;signal=strong"' in line(client, look.attrs["data-look"])


def test_the_line_counts_no_further_than_a_page(client):
    look = JustHTML(client.get("/wire/").text, sanitize=False).query(".look")[0].attrs["data-look"]
    for _ in range(21):
        publish()
    assert "20 or more new dispatches" in line(client, look)


def test_what_goes_live_by_itself_is_new_and_an_update_is_not(client, time_machine):
    edition = publish()
    coming = desk.schedule(dispatch=make_dispatch(), actor=DESK, at=timezone.now() + HOUR)
    look = JustHTML(client.get("/wire/").text, sanitize=False).query(".look")[0].attrs["data-look"]
    desk.update(dispatch=dispatch_of(edition), actor=DESK, note="More.")
    assert line(client, look) == ""
    time_machine.move_to(coming.live_at)
    assert "1 new dispatch<" in line(client, look)


def test_older_pages_and_archives_do_not_look_for_news(client):
    published_on("2026-06-25")
    assert 'class="look"' not in client.get("/wire/2026/06/").text
    assert 'class="look"' not in client.get("/wire/?before=1_1").text
    assert client.get("/wire/new/").status_code == 404
    assert client.get("/wire/new/?after=x").status_code == 404


# The search page


def test_a_search_is_answered_in_words(client, ledger):
    page = client.get("/search/?q=strong").text
    assert "1 dispatch" in page
    assert "<mark>Strong</mark>" in page
    assert 'value="strong"' in page
    assert "Nothing found" in client.get("/search/?q=qqqq").text
    assert "Did you mean" in client.get("/search/?q=strnog").text
    assert "Nothing found" not in client.get("/search/").text


def test_a_search_is_narrowed_and_ordered_by_its_address(client, ledger):
    assert headlines(client, "/search/?q=body&order=newest")[0] == "Elsewhere"
    assert headlines(client, "/search/?q=body&section=ledger&signal=confirmed") == ["Confirmed"]
    assert "Search everything" in client.get("/search/?q=elsewhere&section=ledger").text


def test_results_have_pages(client, monkeypatch):
    from wire.views import search

    monkeypatch.setattr(search, "PAGE_SIZE", 2)
    for n in range(5):
        publish(headline=f"Harbour {n}")
    first = client.get("/search/?q=harbour&order=newest")
    second = client.get("/search/" + first.context["later"])
    third = client.get("/search/" + second.context["later"])
    found = [
        number for page in (first, second, third) for number in re.findall(r"<mark>Harbour</mark> (\d)", page.text)
    ]
    assert found == ["4", "3", "2", "1", "0"]
    assert (first.context["count"], first.context["earlier"], third.context["later"]) == (5, "", "")
    assert second.context["earlier"] == "?q=harbour&order=newest"
    for page in ("0", "x", "9999", "-1"):
        assert client.get(f"/search/?q=harbour&page={page}").status_code == 404


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><b>', "x" * 10_000, "%00", "🦆", "' OR 1=1 --", "שלום"]
)
def test_a_search_term_is_only_ever_text(client, text):
    publish()
    page = client.get("/search/", {"q": text}).text
    assert "<script>alert" not in page
    assert "><b>" not in page


@pytest.mark.parametrize("query", ["section=%00", "section=%ff", "signal=%00", "before=%00"])
def test_bytes_that_are_no_text_are_no_place_and_no_section(client, query):
    publish()
    assert client.get(f"/wire/?{query}").status_code == 404


# Top Stories and what every page has


def test_top_stories_show_every_dispatch_once(client):
    start = datetime.fromisoformat("2026-06-25T20:00:00+03:00")
    report = make_report(accepted_at=start - 60 * HOUR)
    for n in range(25):
        publish(report, headline=f"Number {n}", at=start - n * 2 * HOUR)
    page = JustHTML(client.get("/").text, sanitize=False)
    shown = [link.to_text() for link in page.query(".front .card-headline a, .front-latest h3 a")]
    assert len(shown) == len(set(shown)) == 1 + 4 + 8 + 6
    assert page.query(".front-day")[0].to_text() == "Thursday, June 25, 2026"
    times = {time.to_text() for time in page.query(".front time")}
    assert {"20:00", "June 24, 22:00"} <= times
    assert not any(time.startswith("June 25") for time in times)


def test_top_stories_have_no_empty_part(client):
    publish()
    page = client.get("/").text
    assert "front-lead" in page
    assert "front-latest" not in page
    assert "front-others" not in page


def test_the_sections_are_at_the_head_of_every_page_even_of_an_error(client):
    edition = publish(section=make_section(name="The Ledger", slug="ledger"))
    for address in ("/", "/wire/", "/signal/", "/search/", edition.get_absolute_url(), "/no/such/page/"):
        page = JustHTML(client.get(address).text, sanitize=False)
        assert page.query('header.masthead nav a[href="/sections/ledger/"]'), address


def test_a_list_says_its_address_what_is_on_it_and_where_it_goes_on(client, monkeypatch):
    monkeypatch.setattr("wire.views.lists.PAGE_SIZE", 2)
    section = make_section(name="The Ledger", slug="ledger")
    at = datetime.fromisoformat("2026-06-25T20:00:00+03:00")
    editions = [publish(section=section, at=at - n * HOUR) for n in range(3)]
    site = "http://localhost:8000"
    addresses = ("/wire/", "/wire/?signal=developing", "/sections/ledger/", "/wire/2026/", "/wire/2026/06/")
    for address in (*addresses, "/wire/2026/06/25/"):
        page = JustHTML(client.get(address).text, sanitize=False)
        assert page.query('link[rel="canonical"]')[0].attrs["href"] == site + address
        assert page.query('meta[property="og:url"]')[0].attrs["content"] == site + address
        assert page.query('meta[property="og:title"]')[0].attrs["content"]
        described = json.loads(page.query('script[type="application/ld+json"]')[0].to_text())
        assert described["@type"] == "ItemList"
        assert [item["url"] for item in described["itemListElement"]] == [
            site + edition.get_absolute_url() for edition in editions[:2]
        ]
        following = page.query('a[rel="next"]')[-1].attrs["href"]
        rest = JustHTML(client.get(f"{address.split('?')[0]}{following}").text, sanitize=False)
        assert rest.query('link[rel="canonical"]')[0].attrs["href"].endswith(following)
        assert len(rest.query(".card")) == 1
