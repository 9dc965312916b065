"""Polling: every feed once, whatever the others do; and the desk learns which fall silent or break."""

import logging
import os
import signal
import subprocess
import sys
from datetime import UTC, timedelta
from email.utils import format_datetime
from io import StringIO
from threading import Timer

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from factories import DESK, make_source
from outages import Outage, break_connections
from serving import bomb, endless, feed, fetcher, rss, say, serve, silence, trickle

from dispatches import desk
from dispatches.intake.claims import claim, running_poller
from dispatches.intake.polling import _note_failure, poll
from dispatches.management.commands import poll_intake
from sources.intake.fetching import FetchError
from sources.models import Feed, Report

pytestmark = pytest.mark.django_db


def make_feed(url: str, **fields) -> Feed:
    return Feed.objects.create(source=fields.pop("source", None) or make_source(), url=url, **fields)


def poll_all(**limits):
    return poll(Feed.objects.filter(is_active=True), fetcher=fetcher(**limits))


def test_what_a_feed_has_comes_in_once():
    with serve({"/": feed("First", "Second")}) as site:
        make_feed(f"{site}/rss")
        assert poll_all().reports["new"] == 2
        again = poll_all()
    assert (again.feeds["same"], again.reports["new"]) == (1, 0)
    assert {report.title for report in Report.objects.all()} == {"First", "Second"}
    assert not Report.objects.exclude(review=Report.Review.PENDING).exists()


def test_a_feed_is_asked_only_for_what_is_new():
    conditions = []
    inner = feed("First")

    def answer(handler):
        conditions.append(handler.headers.get("If-None-Match"))
        inner(handler)

    with serve({"/": answer}) as site:
        make_feed(f"{site}/rss")
        poll_all()
        poll_all()
    assert conditions[0] is None
    assert conditions[1]


def test_of_two_pollers_each_takes_what_the_other_does_not():
    feeds = [make_feed(f"http://{name}.example/rss") for name in ("one", "two", "three")]
    mine, theirs = claim(Feed.objects.all(), "a poller"), claim(Feed.objects.all(), "a poller")
    taken = [next(mine).pk, next(theirs).pk, next(mine).pk]
    assert sorted(taken) == [feed.pk for feed in feeds]
    assert next(mine, None) is next(theirs, None) is None


def test_what_somebody_has_just_asked_is_not_asked_again_from_an_older_list():
    with serve({"/": feed("First")}) as site:
        make_feed(f"{site}/one")
        make_feed(f"{site}/two")
        claims = claim(Feed.objects.all(), "a poller")
        next(claims)
        assert poll_all().feeds.total() == 1
        assert next(claims, None) is None


def test_a_poller_that_died_keeps_a_feed_for_minutes_only():
    make_feed("http://one.example/rss", claimed_until=timezone.now() - timedelta(seconds=1))
    make_feed("http://two.example/rss", claimed_until=timezone.now() + timedelta(minutes=4))
    assert [each.url for each in claim(Feed.objects.all(), "a poller")] == ["http://one.example/rss"]


CLAIMING = """
import django, sys
django.setup()
from dispatches import desk
from dispatches.intake.claims import running_poller
with running_poller() as poller:
    print(poller, flush=True)
    sys.stdin.read()
"""


def test_the_claims_of_a_killed_poller_are_free_as_soon_as_it_is_gone(settings):
    environment = os.environ | {"WIRE_VAR_DIR": str(settings.VAR_DIR), "DJANGO_SETTINGS_MODULE": "wire.settings"}
    killed = subprocess.Popen(
        [sys.executable, "-c", CLAIMING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    )
    claimed = {"claimed_until": timezone.now() + timedelta(minutes=4)}
    with serve({"/": feed("News")}) as site, running_poller() as other:
        make_feed(f"{site}/one", claimed_by=killed.stdout.readline().strip(), **claimed)
        make_feed(f"{site}/two", claimed_by=other, **claimed)
        assert poll_all().feeds.total() == 0
        killed.kill()
        killed.communicate()
        assert poll_all().feeds.total() == 1
        assert Feed.objects.get(claimed_until=None).url == f"{site}/one"


def test_nothing_is_known_of_a_poller_on_another_machine():
    claimed = {"claimed_until": timezone.now() + timedelta(minutes=4), "claimed_by": "elsewhere:abc"}
    make_feed("http://one.example/rss", **claimed)
    assert poll_all().feeds.total() == 0
    assert not list(claim(Feed.objects.all(), "a poller"))


HOSTILE = {
    "slow": silence(),
    "trickling": trickle,
    "bomb": bomb(20),
    "endless": endless,
    "loop": say(302, Location="/loop"),
    "page": say(200, b"<!doctype html><p>Log in"),
    "missing": say(404),
    "failing": say(500),
    "inside": say(302, Location="http://10.0.0.1/"),
}


def test_hostile_feeds_cost_one_line_and_one_note_each_and_keep_nobody_waiting(caplog):
    answers = {f"/{name}": answer for name, answer in HOSTILE.items()} | {"/good": feed("News")}
    caplog.set_level(logging.INFO)
    with serve(answers) as site:
        for name in answers:
            make_feed(site + name, source=make_source(name=f"Secret {name}", is_confidential=True))
        first = poll_all(seconds=2, bytes=1_000_000)
        poll_all(seconds=2, bytes=1_000_000)
    assert (first.feeds["new"], first.feeds["failed"]) == (1, len(HOSTILE))
    lines = [record.getMessage() for record in caplog.records if record.name == "dispatches.intake.polling"]
    assert len(lines) == len(HOSTILE)
    # The log must not depend on a confidential source.
    assert not [line for line in lines if "Secret" in line or "127.0.0.1" in line]
    broken = Feed.objects.broken()
    assert {each.url.rsplit("/", 1)[1] for each in broken} == set(HOSTILE)
    assert all(each.last_error and each.failures == 2 for each in broken)


def test_after_a_failure_the_desk_waits_twice_as_long_and_twice_again():
    with serve({"/": say(500)}) as site:
        one = make_feed(f"{site}/rss", interval=10)
        waits = []
        for _ in range(9):
            poll_all()
            one.refresh_from_db()
            waits.append(round((one.next_poll_at - timezone.now()) / timedelta(minutes=10)))
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == 144  # a day


def test_a_failing_weekly_feed_is_not_polled_more_often_than_a_healthy_one():
    week = 7 * 24 * 60
    with serve({"/": say(500)}) as site:
        one = make_feed(f"{site}/rss", interval=week)
        poll_all()
    one.refresh_from_db()
    assert one.next_poll_at > timezone.now() + timedelta(minutes=week - 1)


def test_a_server_that_asks_for_more_time_gets_it():
    in_two_hours = format_datetime(timezone.now().astimezone(UTC) + timedelta(hours=2), usegmt=True)
    with serve({"/seconds": say(429, Retry_After="7200"), "/date": say(503, Retry_After=in_two_hours)}) as site:
        feeds = [make_feed(f"{site}/{name}", interval=10) for name in ("seconds", "date")]
        poll_all()
    for each in feeds:
        each.refresh_from_db()
        assert each.next_poll_at > timezone.now() + timedelta(minutes=110)


def test_a_feed_that_is_gone_is_asked_no_more_and_stands_on_the_desk():
    with serve({"/": say(410)}) as site:
        one = make_feed(f"{site}/rss")
        poll_all()
    one.refresh_from_db()
    assert not one.is_active
    assert list(Feed.objects.broken()) == [one]


@pytest.mark.parametrize("status", [301, 308])
def test_a_feed_that_has_moved_for_good_is_remembered_and_stands_on_the_desk(status):
    answers = {"/old": say(status, Location="/new"), "/new": feed("News")}
    with serve(answers) as site:
        one = make_feed(f"{site}/old")
        poll_all()
        one.refresh_from_db()
        assert (one.url, one.moved_to) == (f"{site}/old", f"{site}/new")
        assert list(Feed.objects.unhealthy()) == [one]
        # The old address may go away.
        answers["/old"] = say(410)
        poll_all()
        one.refresh_from_db()
        assert (one.is_active, one.last_error, one.moved_to) == (True, "", f"{site}/new")
        desk.use_new_address(feed=one, actor=DESK)
        poll_all()
    one.refresh_from_db()
    assert (one.url, one.moved_to, one.failures) == (f"{site}/new", "", 0)
    assert not Feed.objects.unhealthy()
    assert Report.objects.count() == 1


@pytest.mark.parametrize("first", [302, 303, 307])
def test_what_is_only_for_now_somewhere_else_has_not_moved(first):
    answers = {"/old": say(first, Location="/then"), "/then": say(301, Location="/new"), "/new": feed("News")}
    with serve(answers) as site:
        one = make_feed(f"{site}/old", moved_to=f"{site}/new")
        poll_all()
    one.refresh_from_db()
    assert one.moved_to == ""
    assert Report.objects.count() == 1


def test_two_feeds_do_not_move_to_one_address():
    make_feed("http://one.example/new")
    moved = make_feed("http://one.example/old", moved_to="http://one.example/new")
    with pytest.raises(desk.NotReady, match="Another feed"):
        desk.use_new_address(feed=moved, actor=DESK)


def test_a_feed_that_is_read_again_is_in_order_again():
    answers = {"/": say(500)}
    with serve(answers) as site:
        one = make_feed(f"{site}/rss")
        poll_all()
        answers["/"] = feed("News")
        poll_all()
    one.refresh_from_db()
    assert (one.failures, one.last_error, one.failing_since) == (0, "", None)
    assert not Feed.objects.broken()


def test_what_an_editor_changes_while_a_feed_is_asked_stays():
    one = make_feed("http://one.example/rss")
    asked = next(claim(Feed.objects.all(), "a poller"))
    Feed.objects.filter(pk=one.pk).update(interval=60, is_active=False)
    _note_failure(asked, FetchError("Its server fails.", status=500), timezone.now())
    one.refresh_from_db()
    assert (one.interval, one.is_active, one.last_error) == (60, False, "Its server fails.")


def test_a_feed_is_silent_when_it_has_had_nothing_for_longer_than_usual():
    now = timezone.now()
    hourly = make_feed("http://hourly.example/rss")
    for hours in range(10, 4, -1):
        hourly.record_arrival(now - timedelta(hours=hours))
    weekly = make_feed("http://weekly.example/rss")
    for weeks in range(10, 0, -1):
        weekly.record_arrival(now - timedelta(weeks=weeks))
    for each in (hourly, weekly):
        each.last_polled_at = now
        each.save()
    assert list(Feed.objects.silent()) == [hourly]


def test_when_nobody_polls_no_feed_is_called_silent():
    now = timezone.now()
    one = make_feed("http://hourly.example/rss", last_polled_at=now - timedelta(hours=5))
    for hours in (8, 7, 6):
        one.record_arrival(now - timedelta(hours=hours))
    one.save()
    assert not Feed.objects.silent()


def test_the_command_polls_what_is_due(settings):
    from serving import LOOPBACK

    settings.WIRE_INTAKE_NETWORKS = LOOPBACK
    with serve({"/": feed("First")}) as site:
        make_feed(f"{site}/due")
        make_feed(f"{site}/later", next_poll_at=timezone.now() + timedelta(hours=1))
        out = StringIO()
        call_command("poll_intake", stdout=out)
        assert "Feeds polled: 1 (1 with something new" in out.getvalue()
        call_command("poll_intake", "--all", stdout=out)
        assert "Feeds polled: 2" in out.getvalue()


def test_html_in_a_feed_is_text_on_the_desk():
    markup = "&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;alert(1)&lt;/script&gt;Ten &lt;b&gt;hurt&lt;/b&gt;."
    with serve({"/": say(200, rss("Hurt", text=markup))}) as site:
        make_feed(f"{site}/rss")
        poll_all()
    assert Report.objects.get().text == "Ten hurt."


@pytest.fixture
def outage():
    """An outage that ends with the test at the latest."""
    outage = Outage()
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        before, connection.pool.timeout = connection.pool.timeout, 0.2
    else:
        connection.cursor().execute("PRAGMA busy_timeout = 50")
    yield outage
    outage.end()
    if connection.vendor == "postgresql":
        connection.pool.timeout = before
    connection.close()


class WhenLogged(logging.Handler):
    """Calls a function whenever a log line starts with its words."""

    def __init__(self, **does):
        super().__init__()
        self.does, self.lines = does, []

    def emit(self, record):
        self.lines.append(record.getMessage())
        for words, do in self.does.items():
            if self.lines[-1].startswith(f"The database is {words}"):
                do()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["start", "middle of a poll", "housekeeping"])
def test_a_poller_whose_database_goes_away_says_so_once_waits_and_goes_on(outage, time, settings, monkeypatch):
    from serving import LOOPBACK

    settings.WIRE_INTAKE_NETWORKS = LOOPBACK
    monkeypatch.setattr(poll_intake, "SECONDS_UNTIL_RETRY", 0.1)
    attempts = []

    def go_away(execute, sql, *arguments):
        if time == "housekeeping" and not outage.has_begun and sql.startswith(("BEGIN", "DELETE")):
            outage.begin()
        return execute(sql, *arguments)

    def answer(handler):
        attempts.append(1)
        if time == "middle of a poll" and not outage.has_begun:
            outage.begin()
        feed("First")(handler)

    # After a few attempts.
    come_back = Timer(0.6, outage.end)
    log = WhenLogged(unavailable=come_back.start, back=lambda: os.kill(os.getpid(), signal.SIGTERM))
    monkeypatch.setattr(poll_intake.log, "level", logging.INFO)
    poll_intake.log.addHandler(log)
    with serve({"/": answer}) as site:
        if time != "housekeeping":
            make_feed(f"{site}/rss")
        if time == "start":
            outage.begin()
        try:
            with connection.execute_wrapper(go_away):
                call_command("poll_intake", "--loop", stdout=StringIO())
        finally:
            poll_intake.log.removeHandler(log)
            come_back.join()
    assert outage.has_begun
    assert [line.split("(")[0].strip() for line in log.lines] == [
        "The database is unavailable",
        "The database is back.",
    ]
    if time != "housekeeping":
        assert Report.objects.get().title == "First"
        one = Feed.objects.get()
        assert (one.failures, one.last_error, one.claimed_until) == (0, "", None)
        assert len(attempts) == (2 if time == "middle of a poll" else 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no connections that could break.")
def test_a_feed_that_was_asked_while_the_connection_broke_is_asked_again_soon():
    inner = feed("First")
    breaks = [break_connections]

    def answer(handler):
        if breaks:
            breaks.pop()()
        inner(handler)

    with serve({"/": answer}) as site:
        one = make_feed(f"{site}/rss")
        assert poll_all().feeds["failed"] == 1
        one.refresh_from_db()
        assert (one.failures, one.last_error, one.claimed_until) == (0, "", None)
        assert one.next_poll_at <= timezone.now() + timedelta(minutes=1)
        assert poll_all().reports["new"] == 1
