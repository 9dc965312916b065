"""Nothing is stealth-edited: former editions can be read, and changes are shown word by word."""

import re
from datetime import datetime, timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from factories import DESK, cite, dispatch_of, make_dispatch, make_report, make_source, publish
from justhtml import JustHTML
from time_machine import travel

from dispatches import desk
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from dispatches.public.steps import signal_since, signal_steps
from wire.times import format_time, format_timestamp, parse_time, whole_second

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def dispatch():
    """Published five hours ago, corrected three hours ago, Strong since an hour ago."""
    now = timezone.now()
    reports = [make_report(make_source(grade="A"), accepted_at=now - 9 * HOUR) for _ in range(2)]
    dispatch = make_dispatch(
        reports[0],
        headline="Sixty ships wait",
        slug="ships",
        tldr="Sixty of them.",
        body="It is *sixty* ships.\n\nStill.",
    )
    desk.publish(dispatch=dispatch, actor=DESK, at=now - 5 * HOUR)
    Dispatch.objects.filter(pk=dispatch.pk).update(headline="Forty ships wait", body="It is *forty* ships.\n\nStill.")
    desk.correct(dispatch=dispatch, actor=DESK, note="It is forty.", at=now - 3 * HOUR)
    dispatch.refresh_from_db()
    cite(dispatch, reports[1])
    desk.update(dispatch=dispatch, actor=DESK, note="A second source.", at=now - HOUR)
    return dispatch


def as_of(client, dispatch, moment):
    return client.get(dispatch.live_edition().get_absolute_url(), {"at": moment.isoformat()})


def test_text_and_signal_are_as_readers_had_them_at_every_moment(client, dispatch):
    now = timezone.now()
    for hours, headline, signal in [
        (4, "Sixty ships wait", "Developing"),
        (2, "Forty ships wait", "Developing"),
        (0.5, "Forty ships wait", "Strong"),
    ]:
        page = JustHTML(as_of(client, dispatch, now - hours * HOUR).text, sanitize=False)
        assert page.query("h1")[0].to_text() == headline
        assert page.query(".kicker .signal")[0].to_text().endswith(signal)
        assert "As reported" in page.to_text()
        assert page.query('meta[name="robots"]')[0].attrs["content"] == "noindex"
        assert page.query('link[rel="canonical"]')[0].attrs["href"].endswith("/ships/")
        assert not page.query('script[type="application/ld+json"]')


def test_an_edition_is_there_from_its_first_moment_to_the_one_before_the_next(client, dispatch):
    first, second, _ = dispatch.editions.order_by("number")
    tick = timedelta(microseconds=1)
    assert "Sixty" in as_of(client, dispatch, first.live_at).text
    assert "Sixty" in as_of(client, dispatch, second.live_at - tick).text
    assert "Sixty ships wait" not in as_of(client, dispatch, second.live_at).text
    assert as_of(client, dispatch, first.live_at - tick).status_code == 404


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2026-06-25T20:51:07Z", "2026-06-25T20:51:07+00:00"),
        ("2026-06-25T20:51:07.000123Z", "2026-06-25T20:51:07.000123+00:00"),
        ("2026-06-25T23:51", "2026-06-25T23:51:00+03:00"),
        ("2026-06-25 23:51", "2026-06-25T23:51:00+03:00"),
        ("2026-06-25T23:51:07+03:00", "2026-06-25T23:51:07+03:00"),
        ("2026-06-25T23:51:07 03:00", "2026-06-25T23:51:07+03:00"),
        ("2026-06-25", "2026-06-25T23:59:59+03:00"),
    ],
)
def test_a_moment_is_written_as_people_write_it(text, means):
    moment = parse_time(text)
    assert moment.isoformat() == means or moment == parse_time(means)
    assert parse_time(format_time(moment)) == whole_second(moment)


@pytest.mark.parametrize("text", ["now", "2026-13-01", "2026-02-30T10:00", "\x00", "9999999", "2026-06-25T25:00"])
def test_an_invalid_time_is_reported(client, dispatch, text):
    response = client.get(dispatch.live_edition().get_absolute_url(), {"at": text})
    assert response.status_code == 404
    assert "The time must look like this" in response.text


def test_what_is_to_come_can_not_be_read_ahead(client, dispatch):
    assert as_of(client, dispatch, timezone.now() + HOUR).status_code == 404
    coming = make_dispatch(slug="coming")
    edition = desk.schedule(dispatch=coming, actor=DESK, at=timezone.now() + HOUR)
    assert client.get(edition.get_absolute_url(), {"at": format_time(timezone.now() + 2 * HOUR)}).status_code == 404


def test_a_withdrawn_dispatch_is_gone_at_every_time(client, dispatch):
    page = dispatch.live_edition().get_absolute_url()
    desk.withdraw(dispatch=dispatch, actor=DESK, note="It was no ships.")
    response = client.get(page, {"at": format_time(timezone.now() - 4 * HOUR)})
    assert response.status_code == 410
    assert "ships wait" in response.text
    assert "Sixty of them." not in response.text
    history = client.get(f"{page}history/").text
    assert "It is forty." in history
    assert "What changed" not in history
    assert "Sixty of them." not in history


def pieces(page, tag):
    return [element.to_text() for element in JustHTML(page, sanitize=False).query(f"#changes + div p[dir] {tag}")]


def test_any_two_editions_are_compared_word_by_word(client, dispatch):
    page = dispatch.live_edition().get_absolute_url() + "history/"
    latest = client.get(page).text
    assert pieces(latest, "ins") != []
    assert "It is forty" not in "".join(pieces(latest, "ins"))
    first_to_second = client.get(page, {"from": "1", "to": "2"}).text
    assert pieces(first_to_second, "del") == ["Sixty", "sixty"]
    assert pieces(first_to_second, "ins") == ["Forty", "forty"]
    assert client.get(page, {"from": "2", "to": "1"}).text == first_to_second.replace('href="?', 'href="?')
    assert "Readers see no difference between them." in client.get(page, {"from": "2", "to": "2"}).text
    changes = JustHTML(client.get(page, {"from": "1", "to": "3"}).text, sanitize=False)
    assert [element.to_text() for element in changes.query("#changes + div h3")] == [
        "Headline",
        "The dispatch",
        "Signal",
        "Sources",
    ]


@pytest.mark.parametrize("query", ["from=9", "to=0", "from=x", "from=-1", "to=99999999999999999999", "to=0000000001"])
def test_an_edition_that_readers_have_not_had_is_not_compared(client, dispatch, query):
    assert client.get(f"{dispatch.live_edition().get_absolute_url()}history/?{query}").status_code == 404


def test_what_was_called_off_is_in_no_history_once_its_hour_has_passed(client):
    dispatch = make_dispatch(headline="Never seen", slug="story")
    desk.schedule(dispatch=dispatch, actor=DESK, at=timezone.now() + HOUR)
    desk.reschedule(dispatch=dispatch, actor=DESK, at=timezone.now() + HOUR)
    desk.cancel_schedule(dispatch=dispatch, actor=DESK)
    with travel(timezone.now() + 2 * HOUR):
        Dispatch.objects.filter(pk=dispatch.pk).update(headline="Seen")
        dispatch.refresh_from_db()
        edition = desk.publish(dispatch=dispatch, actor=DESK)
        assert edition.number == 1
        for address in public_addresses_of(edition):
            assert "Never seen" not in client.get(address).text, address
        assert [each.number for each in edition.history] == [1]
        assert client.get(f"{edition.get_absolute_url()}history/?from=1&to=2").status_code == 404
        for query in ("?edition=1", "history/?from=1&to=1"):
            shown = client.get(f"{edition.get_absolute_url()}{query}")
            assert shown.status_code == 200
            assert "Never seen" not in shown.text


def public_addresses_of(edition):
    page = edition.get_absolute_url()
    lists = ("/", "/wire/", "/corrections/", "/feeds/wire.atom", "/feeds/signal/developing.atom", "/feeds/ninjs.json")
    return [page, f"{page}history/", f"{page[:-1]}.json", f"{page[:-1]}.signal.json", "/search/?q=seen", *lists]


def test_a_long_text_rewritten_from_end_to_end_is_compared_at_once(client):
    words = " ".join(f"w{n}" for n in range(15_000))
    dispatch = dispatch_of(publish(body=words, at=timezone.now() - HOUR))
    Dispatch.objects.filter(pk=dispatch.pk).update(body=" ".join(reversed(words.split())))
    edition = desk.update(dispatch=Dispatch.objects.get(pk=dispatch.pk), actor=DESK)
    assert client.get(f"{edition.get_absolute_url()}history/").status_code == 200


def test_a_citation_names_an_edition_that_can_be_read_for_good(client, dispatch):
    edition = dispatch.live_edition()
    context = client.get(edition.get_absolute_url()).context
    citation = context["citation"]
    assert citation.plain.startswith("The Zioneer Intelligence Desk. “Forty ships wait.” The Zioneer, ")
    assert f"Edition {edition.number}. Signal: Strong." in citation.plain
    assert "@online{ships-" in citation.bibtex
    address = citation.address.removeprefix("http://localhost:8000")
    desk.update(dispatch=dispatch, actor=DESK, note="More.")
    assert client.get(address).context["edition"] == edition


def test_a_reader_is_told_what_has_become_of_what_they_read(client, dispatch):
    edition = dispatch.live_edition()
    newer = f"{edition.get_absolute_url()}newer/"
    assert client.get(newer, {"edition": edition.number}).content == b""
    assert "Update at" in client.get(newer, {"edition": edition.number - 1}).text
    desk.withdraw(dispatch=dispatch, actor=DESK, note="It was wrong.")
    assert "Withdrawal at" in client.get(newer, {"edition": edition.number}).text
    assert client.get(newer).status_code == 404


def test_a_mention_of_a_named_source_leads_to_its_line(client):
    named = make_report(make_source(name="The Courier"), url="https://courier.example/")
    channel = make_report(make_source(name="Tunnel", is_confidential=True))
    edition = publish(channel, named, body="Tunnel and The Courier say so; The Courier of all. [The Courier](/wire/)")
    page = client.get(edition.get_absolute_url()).text
    assert page.count('href="#source-2"') == 1
    assert 'id="source-2"' in page
    assert "#source-1" not in page


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59-12:00", "0001-01-01"])
def test_at_the_ends_of_the_calendar_nothing_could_be_read(client, dispatch, moment):
    assert client.get(f"{dispatch.live_edition().get_absolute_url()}?at={moment}").status_code == 404


def test_since_when_a_signal_stood_is_told_of_the_moment_that_is_looked_at(client):
    report = make_report(make_source(), accepted_at=timezone.now() - 9 * HOUR)
    first = publish(report, at=timezone.now() - 3 * HOUR)
    for number, at in ((2, 2 * HOUR), (1, HOUR)):
        for edition in Edition.objects.filter(publication=first.publication_id, superseded_at=None):
            now = timezone.now() - at
            Edition.objects.filter(pk=edition.pk).update(superseded_at=now)
            edition.pk, edition.number, edition.live_at = None, edition.number + 1, now
            edition.rung = edition.origins = number
            edition.save(force_insert=True)
    current = Edition.objects.get(pk=first.pk)
    assert [step.rung for step in signal_steps(current)] == [1, 2, 1]
    assert signal_since(current) == current.live_at


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        ("2026-06-25T20:51:07+00:00", "2026-06-25T23:51:07+03:00"),
        ("2026-01-25T21:51:07.000001+00:00", "2026-01-25T23:51:08+02:00"),
        ("2026-06-25T20:59:59.999999+00:00", "2026-06-26T00:00:00+03:00"),
        # Jerusalem's clocks were 2:20:54 ahead; timestamps can't express seconds in an offset.
        ("1900-06-25T20:51:07+00:00", "1900-06-25T20:51:07+00:00"),
    ],
)
def test_a_timestamp_has_whole_seconds_and_an_offset_in_minutes(moment, written):
    assert format_timestamp(datetime.fromisoformat(moment)) == written


def test_what_machines_are_told_of_an_edition_s_time_leads_to_that_edition(client, dispatch):
    for number, edition in enumerate(dispatch.editions.order_by("number")):
        shift = timedelta(microseconds=750_123 + number)
        dispatch.editions.filter(superseded_at=edition.live_at).update(superseded_at=edition.live_at + shift)
        dispatch.editions.filter(pk=edition.pk).update(live_at=edition.live_at + shift)
    page = dispatch.live_edition().get_absolute_url()
    history = JustHTML(client.get(f"{page}history/").text, sanitize=False)
    links = [link.attrs["href"] for link in history.query("#editions ~ ol a") if "?at=" in link.attrs["href"]]
    links.append(JustHTML(client.get(page).text, sanitize=False).query(".count a[data-copy-link]")[1].attrs["href"])
    editions = list(dispatch.editions.order_by("-number"))
    assert len(links) == len(editions) + 1
    for link, edition in zip([*links], [*editions, editions[0]], strict=True):
        assert (
            f'<b>As reported.</b> You are reading the edition of <time datetime="{format_timestamp(edition.live_at)}">'
            in client.get(link).text
        )
    for edition in editions:
        told = client.get(page, {"at": format_timestamp(edition.live_at)}).text
        assert (
            f'<b>As reported.</b> You are reading the edition of <time datetime="{format_timestamp(edition.live_at)}">'
            in told
        )


def test_an_edition_of_less_than_a_second_is_still_led_to(client, dispatch):
    first, second = dispatch.editions.order_by("number")[:2]
    dispatch.editions.filter(pk=first.pk).update(live_at=second.live_at - timedelta(microseconds=5))
    page = dispatch.live_edition().get_absolute_url()
    history = JustHTML(client.get(f"{page}history/").text, sanitize=False)
    link = [link.attrs["href"] for link in history.query("#editions ~ ol a") if "?at=" in link.attrs["href"]][-1]
    assert "<h1>Sixty ships wait</h1>" in client.get(link).text


def test_an_edition_can_be_read_by_its_time_before_its_second_is_over(client):
    with travel("2026-06-25T20:51:07.250Z", tick=False):
        edition = publish(headline="Just now")
        page = client.get(f"{edition.get_absolute_url()}?at={format_timestamp(edition.live_at).replace('+', '%2B')}")
        assert "As reported" in page.text
        assert client.get(f"{edition.get_absolute_url()}?at=2026-06-25T20:51:09Z").status_code == 404


def test_no_page_or_document_has_a_fraction_of_a_second(client, dispatch):
    Edition.objects.update(live_at=F("live_at") + timedelta(microseconds=1))
    page = dispatch.live_edition().get_absolute_url()
    addresses = [
        page,
        f"{page}history/",
        page[:-1] + ".json",
        page[:-1] + ".signal.json",
        "/",
        "/wire/",
        "/corrections/",
    ]
    addresses += [f"/feeds/{name}.{kind}" for name in ("wire", "corrections") for kind in ("atom", "rss", "json")]
    for address in [*addresses, "/sitemaps/pages.xml", "/news-sitemap.xml"]:
        assert not re.findall(r"\d\d:\d\d:\d\d\.\d", client.get(address).text), address


def test_a_time_in_other_digits_than_ascii_is_none(client, dispatch):
    page = dispatch.live_edition().get_absolute_url()
    assert client.get(page, {"at": "٢٠٢٦-٠٦-٢٥T٢٠:٥١"}).status_code == 404


def test_a_dispatch_without_developments_has_no_section_for_them(client):
    page = JustHTML(client.get(publish().get_absolute_url()).text, sanitize=False)
    assert [heading.to_text() for heading in page.query(".part > h2")] == [
        "TL;DR",
        "01 · The dispatch",
        "02 · Source and signal",
    ]


def test_the_parts_of_the_provenance_line_are_separated_in_the_text(client):
    page = JustHTML(client.get(publish().get_absolute_url()).text, sanitize=False)
    assert " · 1 reviewed intake signal · Desk window" in " ".join(page.query(".provenance")[0].to_text().split())
