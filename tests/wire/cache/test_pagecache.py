"""The page cache: each of its invariants."""

import gzip
import threading
from datetime import timedelta

import brotli
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.utils import timezone
from factories import DESK, dispatch_of, make_dispatch, make_report, make_section, make_source, publish
from outages import break_connections
from readers import ask

from dispatches import desk
from dispatches.desk.transactions import changing_sections
from dispatches.models import Dispatch
from dispatches.public import announcing
from dispatches.public.announcing import Announcements
from dispatches.public.models import Edition, Node, SiteState
from dispatches.public.state import read_public_state
from wire import wsgi
from wire.cache import pagecache
from wire.cache import responses as answers
from wire.cache.pagecache import PageCache
from wire.cache.policy import FRESHNESS
from wire.cache.responses import choose_encoding
from wire.shares import Share

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


class Counting:
    """The application behind the cache, counting requests."""

    def __init__(self, handler):
        self.handler, self.asked, self.fails, self.waits = handler, [], False, None

    def __call__(self, environ, start_response):
        self.asked.append(environ["PATH_INFO"] + "?" + environ["QUERY_STRING"])
        if self.waits:
            self.waits.wait(5)
        if self.fails:
            start_response("500 Internal Server Error", [("Content-Type", "text/html")])
            return [b"It failed."]
        return self.handler(environ, start_response)


class Worker:
    """A server process: its page cache and the application behind it."""

    def __init__(self, announcements, bound=10_000_000):
        self.public, self.rest = Counting(wsgi.PublicPages()), Counting(WSGIHandler())
        self.is_cut_off, self.looks, self.reading = False, 0, None
        self.cache = PageCache(self.rest, self.public, announcements, self.read_state, bound, Share(100))

    def read_state(self, at):
        self.looks += 1
        if self.reading:
            self.reading.wait(5)
        if self.is_cut_off:
            raise OperationalError("the database is gone")
        return wsgi.read_state(at)

    def get(self, address, **headers):
        return ask(self.cache, address, **headers)


@pytest.fixture
def announced(tmp_path, monkeypatch):
    announcements = Announcements(tmp_path / "announcements")
    monkeypatch.setattr(announcing, "announcements", lambda: announcements)
    return announcements


@pytest.fixture
def worker(announced):
    return Worker(announced)


def test_a_page_is_rendered_once_and_equals_django_s_own(worker):
    publish()
    first, second = worker.get("/wire/"), worker.get("/wire/")
    plain = ask(WSGIHandler(), "/wire/")
    assert first.content == second.content == plain.content
    assert len(worker.public.asked) == 1
    assert first["Content-Length"] == str(len(plain.content))
    for name in ("Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "Content-Type", "Cache-Control"):
        assert first[name] == second[name] == plain[name]
    assert first["Cache-Control"] == FRESHNESS


def test_two_workers_see_what_was_published_at_once(announced):
    workers = [Worker(announced), Worker(announced)]
    edition = publish(headline="Before")
    address = edition.get_absolute_url()
    assert ["Before" in worker.get(address).text for worker in workers] == [True, True]
    Dispatch.objects.filter(pk=dispatch_of(edition).pk).update(headline="After")
    desk.update(dispatch=Dispatch.objects.get(pk=dispatch_of(edition).pk), actor=DESK)
    for worker in workers:
        assert "After" in worker.get(address).text
        assert "After" in worker.get("/").text


def test_a_cached_page_costs_no_query_until_a_change_is_announced(worker, django_assert_num_queries):
    publish()
    worker.get("/wire/", accept_encoding="br")
    with django_assert_num_queries(0):
        for _ in range(20):
            worker.get("/wire/", accept_encoding="br")
            worker.get("/wire/", accept_encoding="br", if_none_match=worker.get("/wire/", accept_encoding="br")["ETag"])
    assert worker.looks == 1


def test_what_another_machine_published_is_seen_within_a_second(worker, time_machine, monkeypatch, tmp_path):
    time_machine.move_to(timezone.now(), tick=False)
    publish(headline="Ours", at=timezone.now() - HOUR)
    worker.get("/wire/")
    # They use another file.
    elsewhere = Announcements(tmp_path / "elsewhere")
    monkeypatch.setattr(announcing, "announcements", lambda: elsewhere)
    publish(headline="Theirs", at=timezone.now() - HOUR / 2)
    assert "Theirs" not in worker.get("/wire/").text
    time_machine.shift(1)
    assert "Theirs" in worker.get("/wire/").text


def test_a_schedule_takes_effect_to_the_millisecond(worker, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    coming = desk.schedule(dispatch=make_dispatch(headline="Coming"), actor=DESK, at=timezone.now() + HOUR)
    assert "Coming" not in worker.get("/wire/").text
    time_machine.move_to(coming.live_at - timedelta(milliseconds=1), tick=False)
    assert "Coming" not in worker.get("/wire/").text
    assert worker.get(coming.get_absolute_url()).status == 404
    time_machine.move_to(coming.live_at, tick=False)
    assert "Coming" in worker.get("/wire/").text
    assert worker.get(coming.get_absolute_url()).status == 200


def test_a_reader_who_has_it_gets_304_and_its_headers(worker):
    publish()
    for encoding in ("br", "gzip", ""):
        first = worker.get("/wire/", accept_encoding=encoding)
        again = worker.get("/wire/", accept_encoding=encoding, if_none_match=f'W/"x", {first["ETag"]}')
        assert (again.status, again.content) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary"):
            assert again[name] == first[name]
    assert worker.get("/wire/", if_none_match='"other"').status == 200
    publish()
    assert worker.get("/wire/", if_none_match=first["ETag"]).status == 200


def test_a_page_that_a_change_did_not_touch_is_still_the_one_a_reader_has(worker):
    edition = publish()
    first = worker.get(edition.get_absolute_url())
    publish(tldr="Nothing of the kind.", headline="Unlike", section=edition.section)
    assert worker.get(edition.get_absolute_url(), if_none_match=first["ETag"]).status == 304


def test_a_page_that_a_change_did_not_touch_is_not_compressed_again(worker, monkeypatch):
    edition = publish()
    packed, pack = [], answers.compress
    monkeypatch.setattr(answers, "compress", lambda *asked: packed.append(asked) or pack(*asked))
    for number in range(3):
        assert worker.get(edition.get_absolute_url(), accept_encoding="br")["Content-Encoding"] == "br"
        publish(tldr="Nothing of the kind.", headline=f"Unlike {number}", section=edition.section)
    assert len(packed) == 1


def test_pages_that_stay_cached_are_recompressed(worker, monkeypatch):
    edition = publish()
    address = edition.get_absolute_url()
    worker.get(address)
    first = worker.get(address, accept_encoding="br")
    assert not worker.cache.recompress_one()
    monkeypatch.setattr(pagecache, "RECOMPRESS_AFTER", 0)
    worker.get(f"{address}card-1.png", accept_encoding="br")
    assert worker.cache.recompress_one()
    assert not worker.cache.recompress_one()
    packed = worker.get(address, accept_encoding="br")
    assert len(packed.content) < len(first.content)
    assert packed["Content-Length"] == str(len(packed.content))
    assert brotli.decompress(packed.content) == brotli.decompress(first.content) == worker.get(address).content
    assert packed["ETag"] == first["ETag"]
    # An unrelated change leaves it cached; a related one renders it again.
    publish(tldr="Nothing of the kind.", headline="Unlike", section=edition.section)
    assert worker.get(address, accept_encoding="br").headers == packed.headers
    assert not worker.cache.recompress_one()
    Dispatch.objects.filter(pk=dispatch_of(edition).pk).update(headline="After")
    desk.update(dispatch=Dispatch.objects.get(pk=dispatch_of(edition).pk), actor=DESK)
    assert "After" in brotli.decompress(worker.get(address, accept_encoding="br").content).decode()
    assert worker.cache._pages.size == sum(page.size for _, page in worker.cache._pages.latest())


def test_a_date_alone_never_hides_a_change(worker):
    source = make_source(name="The Whisper")
    publish(make_report(source))
    feed = worker.get("/feeds/wire.atom")
    source.is_confidential = True
    with desk.saving(source, actor=DESK):
        source.save()
    again = worker.get("/feeds/wire.atom", if_modified_since=feed["Last-Modified"])
    assert again.status == 200
    assert "Whisper" not in again.text


def test_only_of_what_is_there_a_reader_may_have_it_already(worker):
    edition = publish(slug="old")
    Dispatch.objects.update(slug="new")
    desk.update(dispatch=dispatch_of(edition), actor=DESK)
    assert "ETag" not in worker.get(edition.get_absolute_url()).headers
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="Wrong.")
    gone = worker.get(edition.get_absolute_url().replace("old", "new"))
    assert (gone.status, "ETag" in gone.headers) == (410, False)


def test_a_page_is_sent_in_what_its_reader_takes(worker):
    publish()
    plain = worker.get("/wire/")
    packed = worker.get("/wire/", accept_encoding="gzip, deflate, br")
    assert packed["Content-Encoding"] == "br"
    assert brotli.decompress(packed.content) == plain.content
    assert gzip.decompress(worker.get("/wire/", accept_encoding="gzip").content) == plain.content
    assert "Content-Encoding" not in plain.headers
    # A weak tag, because ranges of different encodings must not be combined.
    assert {each["ETag"][:3] for each in (plain, packed)} == {'W/"'}
    for each in (plain, packed):
        assert each["Vary"] == "HX-Request, HX-History-Restore-Request, Accept-Encoding"
        assert int(each["Content-Length"]) == len(each.content)


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", ""),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("gzip;q=0", ""),
        ("*", "br"),
        ("*;q=0", ""),
        ("BR", "br"),
        ("br;q=x", ""),
        ("identity", ""),
    ],
)
def test_an_encoding_is_chosen_by_what_is_accepted(accepted, chosen):
    assert choose_encoding(accepted) == chosen


def test_head_has_the_headers_of_get_and_no_body(worker):
    publish()
    got, head = worker.get("/wire/"), worker.get("/wire/", method="HEAD")
    assert (head.status, head.content, head.headers) == (200, b"", got.headers)


def test_a_fragment_is_not_the_page(worker):
    publish()
    page, fragment = worker.get("/wire/"), worker.get("/wire/", hx_request="true")
    assert page.text.startswith("<!doctype html>")
    assert fragment.text.strip().startswith('<div class="listing"')
    back = worker.get("/wire/", hx_request="true", hx_history_restore_request="true")
    assert back.content == page.content


@pytest.mark.parametrize("headers", [{"cookie": "sessionid=x"}, {"authorization": "Bearer x"}])
def test_cookies_and_credentials_change_nothing(worker, headers):
    publish()
    answers = [worker.get("/wire/", **headers), worker.get("/wire/"), worker.get("/wire/", **headers)]
    assert answers[0] == answers[1] == answers[2]
    assert (len(worker.rest.asked), len(worker.public.asked)) == (0, 1)


@pytest.mark.parametrize(
    "address", ["/desk/login/", "/healthz", "/no/such/page/", "/static/wire/none.css", "/wire/%ff"]
)
def test_only_public_pages_are_cached(worker, address):
    for _ in range(2):
        worker.get(address)
    assert (len(worker.rest.asked), len(worker.public.asked)) in {(2, 0), (0, 2)}
    assert not worker.cache._pages


def test_a_posted_form_is_not_cached(worker):
    assert ask(worker.cache, "/wire/", method="POST").status == 403
    assert ask(worker.cache, "/wire/", method="OPTIONS").status == 405
    assert not worker.cache._pages


def test_a_page_that_depends_on_the_clock_is_not_cached(worker):
    publish()
    for _ in range(2):
        worker.get("/news-sitemap.xml")
    assert len(worker.public.asked) == 2


def test_another_host_is_refused_as_django_would(worker):
    publish()
    worker.get("/wire/")
    for _ in range(2):
        assert ask(worker.cache, "/wire/", host="evil.example").status == 400
    assert len(worker.cache._pages) == 1


def test_what_a_reader_adds_to_an_address_makes_no_further_page(worker):
    publish()
    for query in ("", "?utm_source=x", "?fbclid=1&utm_medium=y", "?section=&signal=", "?%00=%ff"):
        worker.get(f"/wire/{query}")
    assert len(worker.public.asked) == 1
    assert len(worker.cache._pages) == 1
    worker.get("/wire/?signal=strong&x=y")
    worker.get("/wire/?y=x&signal=strong")
    assert worker.public.asked[1:] == ["/wire/?signal=strong"]


def test_an_address_in_bytes_that_nobody_has_escaped_is_read_as_django_reads_it(worker):
    publish()
    raw = "שלום".encode().decode("latin-1")
    environ = RequestFactory().get("/search/").environ | {"QUERY_STRING": f"q={raw}", "SERVER_NAME": "localhost"}
    answered = b"".join(worker.cache(environ, lambda *_: None)).decode()
    assert "שלום" in answered
    assert raw not in answered


def test_long_addresses_count_towards_the_size_of_the_cache(announced):
    worker = Worker(announced, bound=60_000)
    for n in range(5):
        worker.get(f"/search/?q={n}{'x' * 20_000}")
    assert len(worker.cache._pages) == 1


def test_the_cache_has_a_maximum_size(announced):
    worker = Worker(announced, bound=60_000)
    publish()
    for n in range(300):
        worker.get(f"/search/?q=word{n}", accept_encoding="br", user_agent="x" * n)
    assert worker.cache._pages.size <= 60_000
    assert worker.cache._pages.size == sum(page.size for _, page in worker.cache._pages.latest())
    assert len(worker.cache._pages) < 30
    kept = {id(answer) for _, page in worker.cache._pages.latest() for answer in page.encoded.values()}
    assert {id(answer) for answer in worker.cache._by_request_key.values()} <= kept
    long = [worker.get("/wire/", accept_encoding="br," + "x" * 1_000 * n) for n in range(1, 5)]
    assert {answer.status for answer in long} == {200}
    assert not [form for form in worker.cache._by_request_key if sum(map(len, filter(None, form))) > 500]


def test_what_fails_on_the_shorter_way_shows_words_and_holds_no_connection(announced, monkeypatch):
    def fail(*_):
        raise RuntimeError("a secret")

    returned = []
    monkeypatch.setattr("wire.views.lists._render_top_stories", fail)
    monkeypatch.setattr(wsgi, "close_old_connections", lambda: returned.append(True))
    cache = PageCache(WSGIHandler(), wsgi.PublicPages(), announced, read_public_state, 1_000_000, Share(100))
    answer = ask(cache, "/")
    assert (answer.status, answer["Cache-Control"]) == (500, "no-store")
    assert "<h1>" in answer.text
    assert "secret" not in answer.text
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert returned == [True]
    assert ask(cache, "/wire/").status == 200


def test_the_shorter_way_logs_what_is_not_there_as_django_does(worker, caplog):
    assert worker.get("/wire/2026/06/25/nothing/").status == 404
    assert [record.getMessage() for record in caplog.records] == ["Not Found: /wire/2026/06/25/nothing/"]


@pytest.mark.parametrize(
    "configured",
    [
        {"SECURE_SSL_REDIRECT": True, "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")},
        {"SECURE_HSTS_SECONDS": 3600, "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")},
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_policies_of_the_shorter_way_are_django_s(announced, settings, configured, scheme):
    for name, value in configured.items():
        setattr(settings, name, value)
    shorter, plain = (
        Worker(announced).get("/signal/", x_forwarded_proto=scheme),
        ask(WSGIHandler(), "/signal/", x_forwarded_proto=scheme),
    )
    assert shorter.status == plain.status == (301 if "SECURE_SSL_REDIRECT" in configured and scheme == "http" else 200)
    for name in plain.headers.keys() - {"Content-Length", "Vary"}:
        assert shorter[name] == plain[name]
    assert ("Strict-Transport-Security" in shorter.headers) == (
        "SECURE_HSTS_SECONDS" in configured and scheme == "https"
    )


def test_simultaneous_requests_render_a_page_once(worker):
    publish()
    worker.public.waits = threading.Event()
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(worker.get("/wire/").content)) for _ in range(20)]
    for thread in threads:
        thread.start()
    while len(worker.cache._rendering) < 1:
        pass
    worker.public.waits.set()
    for thread in threads:
        thread.join(10)
    assert len(answers) == 20
    assert len(set(answers)) == 1
    assert worker.public.asked == ["/wire/?"]


def test_waiting_requests_share_an_error(worker):
    worker.public.waits, worker.public.fails = threading.Event(), True
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(worker.get("/wire/").status)) for _ in range(8)]
    for thread in threads:
        thread.start()
    while len(worker.cache._rendered._waiters) < 7:
        pass
    worker.public.waits.set()
    for thread in threads:
        thread.join(10)
    assert answers == [500] * 8
    assert worker.public.asked == ["/wire/?"]


def test_reading_the_state_returns_the_connection():
    held = []

    def look():
        wsgi.read_state(timezone.now())
        held.append(connection.connection is not None and connection.settings_dict["CONN_MAX_AGE"] == 0)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(10)
    assert held == [False]


def test_nobody_gets_an_old_page_while_the_new_state_is_read(worker):
    publish(headline="Before")
    worker.get("/wire/")
    publish(headline="After")
    worker.reading, answers = threading.Event(), []
    threads = [threading.Thread(target=lambda: answers.append(worker.get("/wire/").text)) for _ in range(5)]
    for thread in threads:
        thread.start()
    while worker.looks < 2:
        pass
    # Give the others time to ask; they must not be answered.
    threads[-1].join(0.1)
    assert not answers
    worker.reading.set()
    for thread in threads:
        thread.join(10)
    assert ["After" in text for text in answers] == [True] * 5


def test_a_page_is_rendered_again_if_the_state_changes_meanwhile(worker, monkeypatch):
    publish(headline="Before")
    inner = worker.public.handler

    def publishing_meanwhile(environ, start_response):
        answer = inner(environ, start_response)
        if len(worker.public.asked) == 1:
            publish(headline="Meanwhile")
        return answer

    worker.public.handler = publishing_meanwhile
    assert "Meanwhile" in worker.get("/wire/").text
    assert len(worker.public.asked) == 2
    assert "Meanwhile" in worker.get("/wire/").text
    assert len(worker.public.asked) == 2


def cut_off(worker):
    worker.is_cut_off = worker.public.fails = True
    worker.cache._next_poll = 0


def test_without_a_database_what_is_there_is_served_and_marked(worker):
    edition = publish(headline="The story")
    worker.get("/wire/")
    cut_off(worker)
    answer = worker.get("/wire/")
    assert (answer.status, "The story" in answer.text) == (200, True)
    assert "Stale" in answer["Warning"]
    assert answer["Cache-Control"] == "no-cache"
    assert worker.get(edition.get_absolute_url()).status == 500
    worker.is_cut_off = worker.public.fails = False
    worker.cache._next_poll = 0
    publish(headline="After")
    answer = worker.get("/wire/")
    assert "Warning" not in answer.headers
    assert "After" in answer.text


def test_a_page_of_an_older_state_is_served_if_the_new_one_fails(worker):
    publish(headline="The story")
    worker.get("/wire/")
    publish(headline="More")
    worker.public.fails = True
    answer = worker.get("/wire/")
    assert (answer.status, "The story" in answer.text) == (200, True)
    assert "Stale" in answer["Warning"]


@pytest.mark.parametrize("is_read_before", [True, False], ids=["and read", "and not read"])
def test_what_was_withdrawn_is_not_served_without_a_database(worker, is_read_before):
    edition = publish(headline="What we said")
    for address in ("/wire/", edition.get_absolute_url()):
        worker.get(address)
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="It was wrong.")
    if is_read_before:
        worker.get("/signal/")
    cut_off(worker)
    for address in ("/wire/", edition.get_absolute_url()):
        answer = worker.get(address)
        assert answer.status == 500
        assert "What we said" not in answer.text


def test_what_was_expunged_is_not_served_without_a_database(worker):
    edition = publish(headline="A name that a court forbids")
    desk.withdraw(dispatch=dispatch_of(edition), actor=DESK, note="By order of a court.")
    addresses = (edition.get_absolute_url(), f"{edition.get_absolute_url()}history/", "/corrections/")
    assert all("a court forbids" in worker.get(address).text for address in addresses)
    desk.expunge(dispatch=dispatch_of(edition), actor=DESK, note="By order of a court.")
    cut_off(worker)
    for address in addresses:
        answer = worker.get(address)
        assert answer.status == 500
        assert "a court forbids" not in answer.text


def test_a_source_that_became_confidential_is_not_named_without_a_database(worker):
    report = make_report(make_source(name="The Harbour Whisper"))
    edition = publish(report)
    assert "Harbour Whisper" in worker.get(edition.get_absolute_url()).text
    report.source.is_confidential = True
    with desk.saving(report.source, actor=DESK):
        report.source.save()
    cut_off(worker)
    answer = worker.get(edition.get_absolute_url())
    assert answer.status == 500
    assert "Harbour Whisper" not in answer.text


def test_a_section_s_new_name_is_seen_at_once(worker):
    section = make_section(name="The Ledger", slug="ledger")
    publish(section=section)
    assert "The Ledger" in worker.get("/").text
    section.name = "The Book"
    with changing_sections():
        section.save()
    assert "The Ledger" not in worker.get("/").text


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no connections that could break.")
def test_after_a_restart_of_the_database_the_first_readers_get_their_pages(announced):
    editions = [publish() for _ in range(4)]
    workers = [Worker(announced) for _ in editions]
    # As many pooled connections as concurrent readers.
    gate = threading.Barrier(len(editions))

    def hold_one():
        connection.ensure_connection()
        gate.wait(timeout=30)
        connection.close()

    threads = [threading.Thread(target=hold_one) for _ in editions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection.close()
    break_connections()
    for worker, edition in zip(workers, editions, strict=True):
        answer = worker.get(edition.get_absolute_url())
        assert answer.status == 200
        # The state was read as well, so nothing is marked as stale.
        assert "Warning" not in answer.headers


def test_nothing_of_before_a_restore_is_believed_after_it(worker):
    worker.rest.handler = wsgi.OtherAddresses(WSGIHandler())
    edition = publish(headline="Lost by the restore")
    address, before = edition.get_absolute_url(), SiteState.objects.get()
    tag = worker.get("/wire/")["ETag"]
    assert "Lost by the restore" in worker.get(address).text
    # As in the backup: another dispatch under the same counters.
    Edition.objects.update(headline="As restored")
    SiteState.objects.update(revision=before.revision, withdrawals=before.withdrawals)
    Node.objects.create(name="of before", withdrawals=before.withdrawals + 5, seen_at=timezone.now())
    desk.close_to_readers(actor=desk.RESTORER)
    for each in ("/wire/", address, "/robots.txt"):
        closed = worker.get(each, if_none_match=tag)
        assert (closed.status, closed["Cache-Control"]) == (503, "no-store")
        assert "restored from a backup" in closed.text
    desk.open_to_readers(actor=desk.RESTORER)
    answer = worker.get("/wire/", if_none_match=tag)
    assert (answer.status, "As restored" in answer.text, "Lost" in answer.text) == (200, True, False)
    assert answer["ETag"] != tag
    assert not Node.objects.exists()
    after = SiteState.objects.get()
    assert after.revision > before.revision
    assert after.withdrawals > before.withdrawals
    cut_off(worker)
    assert "Lost" not in worker.get(address).text


def test_a_second_restore_begins_another_epoch(worker):
    publish()
    values = set()
    for _ in range(3):
        SiteState.objects.update(revision=5, withdrawals=5)
        desk.open_to_readers(actor=desk.RESTORER)
        values.add(read_public_state().value)
    assert len(values) == 3
