"""One item is one report, two items are two, and accepted text is never replaced unseen."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from factories import DESK, make_dispatch, make_section, make_source, version_of
from serving import LOOPBACK, fetcher, say, serve

from dispatches import desk
from dispatches.history import revisions
from dispatches.intake.importing import Importer
from dispatches.intake.lines import read_line
from dispatches.intake.polling import poll
from sources.intake.feeds import read_feed
from sources.intake.items import canonical_address, make_item
from sources.models import Feed, Report

pytestmark = pytest.mark.django_db

LONG = "The cabinet has approved the budget for the coming year after a debate that lasted until the early morning."
NOON = datetime(2026, 6, 25, 12, tzinfo=UTC)


def receive(source, *items):
    return desk.receive(source=source, items=[make_item(**{"title": "Alert"} | item) for item in items], actor=DESK)


def counts(received):
    return len(received.new), len(received.changed), len(received.known)


@pytest.fixture
def source():
    return make_source()


# Shared by several items


def stories(*numbers):
    return [
        {
            "title": f"Story {number}",
            "text": f"Body number {number} says things.",
            "url": f"https://x.example/{number}",
            "external_id": "all",
            "said_at": NOON + timedelta(minutes=number),
        }
        for number in numbers
    ]


def test_one_id_for_all_items_is_the_id_of_none(source):
    assert counts(receive(source, *stories(0, 1, 2, 3, 4))) == (5, 0, 0)
    assert counts(receive(source, *stories(0, 1, 2, 3, 4))) == (0, 0, 5)
    assert counts(receive(source, *stories(6, 4, 2))) == (1, 0, 2)
    assert not Report.objects.exclude(external_id="").exists()


def test_one_id_for_all_is_none_also_where_the_items_come_one_by_one(source):
    for number in range(3):
        assert counts(receive(source, *stories(number))) == (1, 0, 0)
    for number in range(3):
        assert counts(receive(source, *stories(number))) == (0, 0, 1)
    again, *_ = stories(1)
    assert counts(receive(source, again | {"text": "Said otherwise."})) == (0, 1, 0)
    assert sorted(Report.objects.values_list("text", flat=True))[2] == "Said otherwise."


def test_an_id_stays_one_item_s_when_its_address_and_words_move(source):
    item = {"external_id": "1", "title": "Ten hurt", "text": "Ten.", "url": "https://x.example/ten", "said_at": NOON}
    receive(source, item)
    assert counts(receive(source, item | {"title": "Twelve", "text": "12.", "url": "https://x.example/12"})) == (
        0,
        1,
        0,
    )


def test_two_ids_are_two_reports_whatever_else_they_share(source):
    shared = {"title": "Budget approved", "text": LONG, "url": "https://x.example/budget", "said_at": NOON}
    assert receive(source, shared | {"external_id": "1"}).new
    assert receive(source, shared | {"external_id": "2"}).new
    assert counts(receive(source, *(shared | {"external_id": each} for each in "12"))) == (0, 0, 2)


def test_an_item_without_id_is_the_report_at_its_own_address_only(source):
    page = {"url": "https://x.example/live"}
    receive(source, {"external_id": "1", "text": "One."} | page)
    assert counts(receive(source, {"text": "One, said otherwise."} | page)) == (0, 1, 0)
    receive(source, {"external_id": "2", "text": "Two."} | page)
    # Two reports share the address now, so it identifies neither.
    assert counts(receive(source, {"text": "Three."} | page)) == (1, 0, 0)


def test_posts_of_one_page_are_told_apart_by_their_fragments(source):
    posts = [{"text": LONG, "url": f"https://x.example/live#post-{number}"} for number in (1, 2)]
    assert counts(receive(source, *posts)) == (2, 0, 0)
    assert counts(receive(source, posts[1])) == (0, 0, 1)
    assert counts(receive(source, {"text": LONG, "url": "https://x.example/live#post-3"})) == (1, 0, 0)


@pytest.mark.parametrize("fragment", ["top", "comments", "xtor=RSS-1", "utm_source=x&utm_medium=y", ":~:text=ten"])
def test_a_fragment_that_names_no_item_is_dropped(fragment):
    assert canonical_address(f"https://x.example/a#{fragment}") == "x.example/a"


def test_an_article_filed_from_its_address_takes_the_id_of_the_feed_s_item(source):
    page = {"title": "Budget approved", "text": LONG, "url": "https://x.example/budget"}
    filed = receive(source, page).new[0]
    assert counts(receive(source, page | {"external_id": "1"})) == (0, 0, 1)
    filed.refresh_from_db()
    assert filed.external_id == "1"
    assert counts(receive(source, page | {"external_id": "2"})) == (1, 0, 0)


def test_a_fetched_page_and_a_feed_s_excerpt_do_not_change_a_report_in_turn(source):
    feed = {"title": "Budget approved", "text": "In short.", "url": "https://x.example/budget", "external_id": "1"}
    page = {"title": "Budget approved", "text": LONG, "url": "https://x.example/budget"}
    receive(source, feed)
    assert counts(receive(source, page)) == (0, 1, 0)
    assert counts(receive(source, feed)) == (0, 0, 1)
    assert Report.objects.get().text == LONG


# Without id, address or time


def notices(*numbers):
    return [
        {"title": f"Notice {n}", "text": f"Road {n} is closed.", "url": "https://x.example/status"} for n in numbers
    ]


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(days=1), timedelta(days=31)])
def test_undated_items_of_one_page_come_in_once(source, later):
    assert counts(receive(source, *notices(0, 1, 2))) == (3, 0, 0)
    for report in Report.objects.all():
        times = {"said_at": report.said_at - later, "received_at": report.received_at - later}
        Report.objects.filter(pk=report.pk).update(**times)
    assert counts(receive(source, *notices(0, 1, 2))) == (0, 0, 3)
    assert counts(receive(source, *notices(2, 0))) == (0, 0, 2)
    assert counts(receive(source, *notices(1))) == (0, 0, 1)
    assert counts(receive(source, *notices(3, 1))) == (1, 0, 1)


def test_an_undated_item_that_the_desk_has_edited_is_not_filed_again(source, editor):
    report = receive(source, {"title": "Notice", "text": "Road 1 is closed."}).new[0]
    report.title, report.text, report.said_at = "Road closed", "Road 1 is closed, says the city.", NOON
    with desk.saving(report, actor=editor):
        report.save()
    desk.propose_relays(report=report, actor=DESK)
    assert counts(receive(source, {"title": "Notice", "text": "Road 1 is closed."})) == (0, 0, 1)
    report.refresh_from_db()
    assert report.title == "Road closed"


def test_what_is_said_again_at_another_time_is_said_twice(source):
    siren = {"title": "Sirens in Haifa"}
    times = [NOON, NOON + timedelta(minutes=20), NOON + timedelta(hours=5)]
    assert counts(receive(source, *(siren | {"said_at": at} for at in times))) == (3, 0, 0)
    assert counts(receive(source, *(siren | {"said_at": at} for at in reversed(times)))) == (0, 0, 3)


def test_alerts_in_the_same_words_at_two_addresses_are_two(source):
    alerts = [{"title": "Sirens in Haifa", "url": f"https://x.example/{number}", "said_at": NOON} for number in (1, 2)]
    assert counts(receive(source, alerts[0])) == (1, 0, 0)
    assert counts(receive(source, alerts[1])) == (1, 0, 0)


def test_one_text_beneath_two_titles_of_one_feed_is_two_items(source):
    items = [{"title": f"Road {number}", "text": LONG} for number in (1, 2)]
    assert counts(receive(source, *items)) == (2, 0, 0)
    assert counts(receive(source, items[1])) == (0, 0, 1)


def test_signs_without_a_word_are_told_apart(source):
    at = {"said_at": NOON}
    assert counts(receive(source, {"title": "🚨"} | at)) == (1, 0, 0)
    assert counts(receive(source, {"title": "🔥"} | at)) == (1, 0, 0)


# Feeds


CHANNEL = "<link>https://site.example/</link><atom:link rel='self' href='https://feed.example/rss'/>"


def feed_of(*items: str) -> bytes:
    head = f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>T</title>{CHANNEL}'
    return f"{head}{''.join(f'<item><title>A</title>{item}</item>' for item in items)}</channel></rss>".encode()


@pytest.mark.parametrize(
    ("item", "url", "external_id"),
    [
        ("<guid isPermaLink='false'>z1</guid>", "", "z1"),
        ("<guid>z1</guid>", "", "z1"),
        ("<guid>https://x.example/1</guid>", "https://x.example/1", "x.example/1"),
        ("<guid>https://site.example</guid>", "", ""),
        ("<link>https://www.site.example</link>", "", ""),
        ("<link>https://feed.example/rss</link>", "", ""),
        ("<link>https://asked.example/feed#top</link>", "", ""),
        ("<link>#</link>", "", ""),
        ("<link>https://[broken</link>", "", ""),
        ("<link>https://site.example/#post-1</link>", "https://site.example/#post-1", ""),
        ("<link>/1</link>", "https://fetched.example/1", ""),
    ],
)
def test_the_address_of_an_item_is_its_own_or_none(item, url, external_id):
    (read,) = read_feed(feed_of(item), "https://fetched.example/feed", asked="https://asked.example/feed").items
    assert (read.url, read.external_id) == (url, external_id)


def test_json_items_without_address_have_none():
    body = b'{"home_page_url": "https://site.example/news", "items": [{"id": "1", "title": "A"}, %s]}'
    body %= b'{"id": "https://site.example/news", "title": "B", "url": "https://site.example/news"}'
    read = read_feed(body, "https://feed.example/feed.json").items
    assert [(each.url, each.external_id) for each in read] == [("", "1"), ("", "")]


def test_an_alert_does_not_overwrite_the_one_before(source, editor):
    alert = feed_of("<guid isPermaLink='false'>z1</guid><description>Three hurt.</description>")
    with serve({"/": say(200, alert)}) as site:
        Feed.objects.create(source=source, url=f"{site}/rss")
        poll(Feed.objects.all(), fetcher=fetcher())
    first = Report.objects.get()
    desk.accept_report(report=first, actor=editor)
    weather = feed_of("<guid isPermaLink='false'>z2</guid><description>Sunny.</description>")
    with serve({"/": say(200, weather)}) as site:
        Feed.objects.update(url=f"{site}/rss")
        assert poll(Feed.objects.all(), fetcher=fetcher()).reports["new"] == 1
    first.refresh_from_db()
    assert (first.text, first.url, Report.objects.count()) == ("Three hurt.", "", 2)


# Changes of an accepted report


@pytest.fixture
def accepted(source, editor):
    report = receive(source, {"title": "Ten hurt", "text": LONG, "external_id": "1"}).new[0]
    desk.accept_report(report=report, actor=editor)
    return report


def say_now(report, **words):
    received = receive(report.source, {"title": "Ten hurt", "text": LONG, "external_id": "1"} | words)
    report.refresh_from_db()
    return received


def test_the_words_of_an_accepted_report_stay_and_the_new_ones_are_kept_beside(accepted):
    assert counts(say_now(accepted, title="Twelve hurt", byline="Dana Levi")) == (0, 1, 0)
    assert (accepted.title, accepted.byline, accepted.review) == ("Ten hurt", "", "accepted")
    assert (accepted.newer_version["title"], accepted.newer_version["byline"]) == ("Twelve hurt", "Dana Levi")
    assert list(Report.objects.changed_since_review()) == [accepted]
    # Sending it again changes nothing; the latest change counts.
    assert counts(say_now(accepted, title="Twelve hurt", byline="Dana Levi")) == (0, 0, 1)
    assert counts(say_now(accepted, title="Thirteen hurt")) == (0, 1, 0)
    assert accepted.newer_version["title"] == "Thirteen hurt"


def test_a_source_that_goes_back_to_the_accepted_words_has_changed_nothing(accepted, editor):
    say_now(accepted, title="Twelve hurt")
    assert counts(say_now(accepted)) == (0, 1, 0)
    assert accepted.newer_version is None
    assert not Report.objects.changed_since_review()


def test_restored_words_are_recognized_after_an_edit_at_the_desk(accepted, editor):
    accepted.title = "Ten hurt in Haifa"
    with desk.saving(accepted, actor=editor):
        accepted.save()
    say_now(accepted, text=f"{LONG} Twelve.")
    assert accepted.newer_version
    say_now(accepted)
    assert (accepted.title, accepted.newer_version) == ("Ten hurt in Haifa", None)


def test_a_pending_report_takes_its_source_s_new_words(source):
    report = receive(source, {"title": "Ten hurt", "text": LONG, "external_id": "1"}).new[0]
    say_now(report, title="Twelve hurt")
    assert (report.title, report.newer_version) == ("Twelve hurt", None)
    assert revisions.of(report).count() == 2


def test_taking_the_new_words_over_is_a_review_of_them(accepted, editor):
    say_now(accepted, title="Twelve hurt", text="JERUSALEM (Reuters) — Twelve were hurt in the north of the city.")
    before = accepted.reviewed_at
    assert not accepted.proposals.exists()
    desk.accept_newer_text(report=accepted, actor=editor)
    accepted.refresh_from_db()
    assert (accepted.title, accepted.newer_version) == ("Twelve hurt", None)
    assert accepted.reviewed_at > before
    assert accepted.proposals.get().credits.name == "Reuters"
    assert revisions.of(accepted).first().saved_by == editor


def test_kept_words_stay_until_the_source_changes_them_again(accepted, editor):
    say_now(accepted, title="Twelve hurt")
    desk.keep_accepted_text(report=accepted, actor=editor)
    assert counts(say_now(accepted, title="Twelve hurt")) == (0, 0, 1)
    assert (accepted.title, accepted.newer_version) == ("Ten hurt", None)
    assert counts(say_now(accepted)) == (0, 0, 1)
    assert counts(say_now(accepted, title="Twelve hurt")) == (0, 1, 0)
    assert "Kept the accepted text" in revisions.of(accepted).first().how


def post(desk_client, report, verb, newer_version):
    said_at = timezone.localtime(report.said_at).strftime("%Y-%m-%d %H:%M:%S").split()
    data = {"source": report.source_id, "title": report.title, "text": report.text, "basis": report.basis}
    data |= {"said_at_0": said_at[0], "said_at_1": said_at[1], "_version": version_of(report), "_verb": verb}
    data |= {"proposals-TOTAL_FORMS": 0, "proposals-INITIAL_FORMS": 0, "newer_version": newer_version}
    page = desk_client.post(f"/desk/sources/report/{report.pk}/change/", data, follow=True)
    report.refresh_from_db()
    return page.text


def shown_version(page: str) -> str:
    return page.partition('name="newer_version" value="')[2].partition('"')[0]


def test_the_desk_sees_both_word_by_word_and_decides(desk_client, accepted):
    say_now(accepted, title="Twelve hurt")
    assert "Changed by their source since review" in desk_client.get("/desk/").text
    assert "Ten hurt" in desk_client.get("/desk/sources/report/?changed=since").text
    page = desk_client.get(f"/desk/sources/report/{accepted.pk}/change/").text
    assert "<del>Ten</del><ins>Twelve</ins> hurt" in page
    assert "take-words" in page
    post(desk_client, accepted, "take-words", shown_version(page))
    assert (accepted.title, accepted.newer_version) == ("Twelve hurt", None)


def test_a_page_that_is_filed_again_says_what_is_new(desk_client, source, editor, settings):
    settings.WIRE_INTAKE_NETWORKS = LOOPBACK
    pages = {"/": say(200, f"<!doctype html><title>Ten hurt</title><p>{LONG}</p>".encode(), Content_Type="text/html")}
    with serve(pages) as site:

        def file():
            data = {"url": f"{site}/a", "source": source.pk}
            return desk_client.post("/desk/sources/report/address/", data, follow=True).text

        file()
        assert "nothing has changed" in file()
        desk.accept_report(report=Report.objects.get(), actor=editor)
        pages["/"] = say(200, f"<!doctype html><title>Twelve</title><p>{LONG}</p>".encode(), Content_Type="text/html")
        page = file()
    assert "the page now differs from the accepted text" in page
    assert "The source has changed this report" in page
    assert Report.objects.get().title == "Ten hurt"


def test_words_that_the_form_has_not_shown_can_not_be_decided_on(desk_client, accepted):
    say_now(accepted, title="Twelve hurt")
    page = desk_client.get(f"/desk/sources/report/{accepted.pk}/change/").text
    say_now(accepted, title="Thirteen hurt")
    for verb in ("take-words", "keep-words"):
        assert "is no longer available" in post(desk_client, accepted, verb, shown_version(page))
        assert (accepted.title, accepted.newer_version["title"]) == ("Ten hurt", "Thirteen hurt")
    shown = shown_version(desk_client.get(f"/desk/sources/report/{accepted.pk}/change/").text)
    post(desk_client, accepted, "keep-words", shown)
    assert (accepted.title, accepted.newer_version) == ("Ten hurt", None)


def test_the_page_of_the_verb_shows_the_words_and_refuses_newer_ones(desk_client, accepted):
    say_now(accepted, title="Twelve hurt")
    address = f"/desk/sources/report/{accepted.pk}/do/take-words/"
    page = desk_client.get(address).text
    assert "“Twelve hurt”" in page
    version = page.partition('name="version" value="')[2].partition('"')[0]
    say_now(accepted, title="Thirteen hurt")
    assert "changed it again" in desk_client.post(address, {"version": version}).text
    accepted.refresh_from_db()
    assert accepted.title == "Ten hurt"


def test_reporters_decide_nothing_about_words(client, django_user_model, accepted):
    reporter = django_user_model.objects.create_user("reporter", is_staff=True)
    reporter.groups.add(Group.objects.get(name="Reporter"))
    client.force_login(reporter)
    say_now(accepted, title="Twelve hurt")
    assert "take-words" not in client.get(f"/desk/sources/report/{accepted.pk}/change/").text
    assert client.post(f"/desk/sources/report/{accepted.pk}/do/take-words/", {}).status_code == 403


def test_readers_see_nothing_of_words_that_wait(accepted, editor):
    edition = desk.publish(dispatch=make_dispatch(accepted), actor=editor)
    say_now(accepted, title="Twelve hurt")
    edition.refresh_from_db()
    assert edition.superseded_at is None


def test_an_import_line_tells_items_of_one_page_apart(source):
    said = [
        {"name": source.name, "url": "https://x.example/status", "text": f"Road {number} is closed."}
        for number in (1, 2)
    ]
    line = json.dumps({"date": "2021-03-04", "text": "Two roads.", "sources": said})
    Importer(actor=DESK, section=make_section()).take_in(read_line(line))
    assert sorted(Report.objects.values_list("text", flat=True)) == ["Road 1 is closed.", "Road 2 is closed."]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("http://x.example/1", "https://x.example/1"),
        ("https://x.example/1", "https://WWW.x.example/1/?utm_source=rss"),
        ("https://x.example/?p=1", "https://x.example/?p=1&fbclid=z"),
        (" tag:x,1 ", "tag:x,1"),
        ("tag:x,\n 1", "tag:x, 1"),
    ],
)
def test_an_id_is_the_same_in_another_spelling(source, before, after):
    for number, given in enumerate((before, after)):
        item = f'<description>Text {number}.</description><guid isPermaLink="false">'
        received = desk.receive(source=source, items=read_feed(feed_of(f"{item}{given}</guid>")).items, actor=DESK)
        assert counts(received) == ((1, 0, 0), (0, 1, 0))[number]


@pytest.mark.parametrize(
    ("one", "other"), [("tag:x,A", "tag:x,a"), ("https://x.example/A", "https://x.example/a"), ("1", "01")]
)
def test_two_ids_that_only_look_alike_are_two(source, one, other):
    for given in (one, other):
        receive(source, {"title": "Sirens", "text": "In Haifa.", "external_id": given, "said_at": NOON})
    assert source.reports.count() == 2


def test_an_id_that_is_used_again_a_year_later_is_of_another_item(source, editor):
    first = receive(source, {"title": "Sirens", "text": "In Haifa.", "external_id": "17", "said_at": NOON}).new[0]
    desk.accept_report(report=first, actor=editor)
    again = {"title": "Budget", "text": "It passed.", "external_id": "17", "said_at": NOON + timedelta(days=365)}
    assert counts(receive(source, again)) == (1, 0, 0)
    assert counts(receive(source, again)) == (0, 0, 1)
    first.refresh_from_db()
    assert (first.title, first.newer_version) == ("Sirens", None)


def test_a_live_page_with_one_id_stays_one_report(source):
    for day in (0, 1, 90, 400):
        page = {
            "title": f"Live: day {day}",
            "external_id": "live",
            "url": "https://x.example/live",
            "said_at": NOON + timedelta(days=day),
        }
        receive(source, page)
    assert source.reports.count() == 1
