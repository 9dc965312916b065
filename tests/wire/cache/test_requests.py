"""Whatever a reader adds to a request for a page, it stays one page, and the others stay in the cache."""

import random
from itertools import product

import pytest
from django.core.handlers.wsgi import WSGIHandler
from factories import publish
from readers import ask, environ_of

from dispatches.public.announcing import Announcements
from wire import wsgi
from wire.cache.fragments import NO_STATE, fragments
from wire.cache.pagecache import PageCache
from wire.cache.requests import environ_for, page_key_of
from wire.cache.store import MAX_REQUEST_KEYS, MAX_SPELLINGS, RequestIndex
from wire.shares import Share

pytestmark = pytest.mark.django_db(transaction=True)

OTHERS = ("/", "/signal/", "/corrections/", "/feeds/", "/feeds/wire.atom", "/robots.txt", "/wire/?signal=strong")
ODD = ["", "x", "true", "TRUE", "false", "https", "http", "HTTPS", "https, http", "\u00ff", "*", "br;q=0", "0", "../"]


@pytest.fixture
def cache(tmp_path):
    return make_cache(tmp_path)


def make_cache(tmp_path):
    announcements = Announcements(tmp_path / "announcements")
    return PageCache(WSGIHandler(), wsgi.PublicPages(), announcements, wsgi.read_state, 2_000_000, Share(100))


def hosts():
    for port in range(1, 1_001):
        yield "/wire/", {"host": f"localhost:{port}"}


def spelled_hosts():
    for case, dot, port in product(range(256), ("", "."), ("", ":1")):
        letters = "".join(c.upper() if case >> n & 1 else c for n, c in enumerate("localhost"))
        yield "/wire/", {"host": letters + dot + port}


def headers():
    names = ("x_forwarded_proto", "x_forwarded_host", "x_forwarded_port", "forwarded", "hx_request", "hx_boosted")
    names += ("hx_history_restore_request", "accept", "accept_language", "accept_encoding", "cookie", "authorization")
    names += ("x_original_url", "x_rewrite_url", "x_http_method_override", "user_agent", "range", "origin")
    for number, (name, value) in enumerate(product(names, ODD)):
        for times in range(4):
            yield "/wire/", {name: f"{value}{f';{number}-{times}' if times else ''}"}


def ignored_parameters():
    for number in range(250):
        yield f"/wire/?utm_source={number}", {}
        yield f"/wire/?{number}", {}
        yield f"/wire/?section=&signal=&x={number}", {}
        yield f"/wire/?{'&' * number}", {}


def spelled_parameters():
    draw = random.Random(0)  # noqa: S311 - no secret
    for number in range(1_000):
        name, value = ("".join(c if draw.random() < 0.5 else f"%{ord(c):02x}" for c in w) for w in ("signal", "strong"))
        repeated = f"signal={number}&" if number % 2 else ""
        yield f"/wire/?{repeated}x={number % 7}&{name}={value}", {}


def spelled_paths():
    for number in range(100):
        for path in ("/" * number + "/wire/", "/wire/" + "/" * number, f"/wire/{'./' * number}", f"/WIRE/{number}"):
            yield path, {}
        yield f"/sitemaps/{'0' * number}202606.xml", {}
    # Digits of other scripts
    for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xFF10):
        for digit in range(10):
            yield f"/wire/202{chr(zero + digit)}/", {}


def empty_days():
    for number in range(1_000):
        yield f"/wire/{1000 + number}/01/01/", {}


@pytest.mark.parametrize(
    "variants",
    [hosts, spelled_hosts, headers, ignored_parameters, spelled_parameters, spelled_paths, empty_days],
    ids=lambda each: each.__name__,
)
def test_a_thousand_requests_for_a_page_add_at_most_its_fragment(cache, variants):
    publish()
    for address in (*OTHERS, "/wire/"):
        ask(cache, address)
    pages = dict(cache._pages.latest())
    requests, parts = dict(cache._by_request_key), list(fragments._entries)
    for address, sent in variants():
        ask(cache, address, **sent)
    after = dict(cache._pages.latest())
    assert {key: after.get(key) for key in pages} == pages
    added = after.keys() - pages.keys()
    # Over HTTPS, and as a part for htmx
    assert {(key.path, key.query) for key in added} <= {("/wire/", "")}
    assert len(added) <= 3
    assert [each for each in parts if each not in fragments._entries] == []
    assert len(fragments._entries) <= len(parts) + 1
    others = {key: answer for key, answer in requests.items() if key[0] != "/wire/" or key[1]}
    if variants is not spelled_parameters:
        assert others.items() <= cache._by_request_key.items()
    assert len(cache._by_request_key) <= len(requests) + 4 * MAX_SPELLINGS


def test_a_view_sees_the_site_s_own_host_and_no_other_header(settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    sent = {
        "host": "LOCALHOST:99",
        "x_forwarded_proto": "https, gopher",
        "hx_request": "true",
        "cookie": "a=b",
        "x": "y",
    }
    environ = environ_of("/wire/?x=1&signal=strong", "HEAD", **sent)
    seen = environ_for(page_key_of(environ), environ, NO_STATE, None)
    assert {name: value for name, value in seen.items() if name.startswith("HTTP_")} == {
        "HTTP_HOST": "localhost:8000",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_HX_REQUEST": "true",
    }
    assert (seen["REQUEST_METHOD"], seen["QUERY_STRING"]) == ("GET", "signal=strong")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_only_the_site_s_hosts_are_answered_and_http_is_redirected_without_an_entry(tmp_path, settings, scheme):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Middleware reads its settings when it is made.
    cache = make_cache(tmp_path)
    publish()
    answers = [ask(cache, "/wire/", host=f"localhost:{port}", x_forwarded_proto=scheme) for port in (1, 2, 3)]
    assert {answer.status for answer in answers} == {301 if scheme == "http" else 200}
    if scheme == "http":
        assert answers[0]["Location"] == "https://localhost:1/wire/"
    assert len(cache._pages) == (scheme == "https")
    refused = [
        ask(cache, "/wire/", host=host, x_forwarded_proto=scheme) for host in ("evil.example", "a b", "x:y", "@")
    ]
    assert {answer.status for answer in refused} == {400}
    assert len(cache._pages) == (scheme == "https")


def test_searches_evict_only_each_other(cache):
    publish()
    for address in OTHERS:
        ask(cache, address)
    kept = {key for key, _ in cache._pages.latest() if not key.query}
    for number in range(500):
        ask(cache, f"/search/?q={number}x{'y' * 5_000}")
    assert kept <= {key for key, _ in cache._pages.latest()}
    assert cache._pages.size <= 2_000_000


def test_invented_positions_of_a_list_displace_no_fragment(cache):
    publish()
    ask(cache, "/wire/")
    before = list(fragments._entries)
    for number in range(50):
        ask(cache, f"/wire/?before=1{number}_1")
    assert list(fragments._entries) == before


def test_the_latest_request_keys_of_a_page_are_cached():
    index = RequestIndex()
    for number in range(100):
        index.add((str(number),), "page", number)
        index.add((str(number), ""), "page", number)
    index.add(("x",), "other", 0)
    assert list(index.values()) == [*(n for n in range(84, 100) for _ in range(2)), 0]
    index.remove_page("page")
    assert index == {("x",): 0}
    index.add(("x" * 501,), "other", 0)
    assert index == {("x",): 0}


def test_there_is_a_limit_to_the_requests_of_all_pages():
    index = RequestIndex()
    for number in range(2 * MAX_REQUEST_KEYS + 1):
        index.add((str(number),), str(number), number)
        assert len(index) <= MAX_REQUEST_KEYS
    assert (str(2 * MAX_REQUEST_KEYS),) in index
