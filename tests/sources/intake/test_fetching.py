"""Fetching from strangers is limited, and private networks are never reached."""

import gzip
import socket
import zlib

import pytest
from serving import bomb, endless, fetcher, say, serve, silence, trickle

from sources.intake.articles import HAS_EXTRACTOR, read_article
from sources.intake.fetching import Fetcher, FetchError, is_public
from sources.intake.sandbox import Unreadable

PRIVATE = """
127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 192.0.2.1
198.18.0.1 240.0.0.1 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254
::ffff:0:10.0.0.1 ::127.0.0.1 2002:7f00:1:: 2002:a9fe:a9fe:: 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1
2001:0:7f00:1:: fec0::1 2001:db8::1
"""
THIS_MACHINE = "127.0.0.1 localhost [::1] 0 0x7f.1 2130706433 127.1 [::ffff:127.0.0.1]"


@pytest.mark.parametrize("address", PRIVATE.split())
def test_no_address_of_a_private_network_is_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_other_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize("host", THIS_MACHINE.split())
def test_this_machine_is_not_asked_however_it_is_spelt(host):
    with serve({"/": say(200, b"secret")}) as site:
        port = site.rsplit(":", 1)[1]
        with pytest.raises(FetchError, match=r"private network|not known|can't be reached"):
            Fetcher("A test").fetch(f"http://{host}:{port}/")


def test_a_redirect_into_a_private_network_is_not_followed():
    with (
        serve({"/": say(302, Location="http://10.0.0.1/latest/meta-data/")}) as site,
        pytest.raises(FetchError, match="private network"),
    ):
        fetcher().fetch(f"{site}/")


def test_a_name_of_which_one_address_is_private_is_not_asked(monkeypatch):
    both = [(socket.AF_INET, 1, 6, "", (address, 80)) for address in ("93.184.216.34", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: both)
    with pytest.raises(FetchError, match="private network"):
        Fetcher("A test").fetch("http://rebinding.example/")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x.example/", "gopher://x", "", "http://", "http://user:pass@x.example/", "//x"]
)
def test_only_addresses_of_the_web_are_fetched(url):
    with pytest.raises(FetchError, match="not a web address"):
        fetcher().fetch(url)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "//", "http://[", "https://"])
def test_a_redirect_to_nowhere_is_a_failure_in_words(location):
    with serve({"/": say(301, Location=location)}) as site, pytest.raises(FetchError):
        fetcher().fetch(f"{site}/")


TWO_MEMBERS = gzip.compress(b"hello ") + gzip.compress(b"world")


def hang_up(rest: bytes):
    """Send a status line and this, and close the connection."""
    return lambda handler: (handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + rest), handler.connection.shutdown(2))


FAULTS = {
    "slow": (silence(), "did not answer in time"),
    "trickling": (trickle, "did not answer in time"),
    "bomb": (bomb(), "larger than"),
    "endless": (endless, "larger than|in time"),
    "loop": (say(302, Location="/loop"), "redirects more than"),
    "broken-gzip": (say(200, b"no gzip", Content_Encoding="gzip"), "corrupt"),
    "brotli": (say(200, b"x", Content_Encoding="br"), "unsupported compression"),
    "zstd": (say(200, b"x", Content_Encoding="gzip, zstd"), "unsupported compression"),
    "cut-off-gzip": (say(200, gzip.compress(b"x" * 900)[:-9], Content_Encoding="gzip"), "cut off"),
    "cut-off-deflate": (say(200, zlib.compress(b"x" * 900)[:-5], Content_Encoding="deflate"), "cut off"),
    "cut-off-member": (say(200, TWO_MEMBERS[:-9], Content_Encoding="gzip"), "cut off"),
    "cut-off": (hang_up(b"Content-Length: 900\r\n\r\n<rss>"), "cut off"),
    "cut-off-chunk": (hang_up(b"Transfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n"), "cut off"),
    "many-members": (say(200, gzip.compress(b"x" * 90_000) * 20, Content_Encoding="gzip"), "larger than"),
    "gone": (say(410), r"permanently removed. \(410\)"),
    "failing": (say(503, Retry_After="120"), r"server failed. \(503\)"),
    "no-http": (lambda handler: handler.wfile.write(b"\x00\x01\x02 hello\r\n\r\n"), "does not speak HTTP"),
    "hung-up": (lambda handler: handler.connection.close(), "reached|HTTP"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_failure_of_a_server_is_one_sentence(name):
    answer, words = FAULTS[name]
    with serve({f"/{name}": answer}) as site, pytest.raises(FetchError, match=words) as caught:
        fetcher(seconds=2, bytes=1_000_000).fetch(f"{site}/{name}")
    assert caught.value.retry_after == (120 if name == "failing" else 0)


def test_what_is_there_is_fetched_through_redirects_and_unpacked():
    answers = {
        "/old": say(301, Location="/new?a=ä"),
        "/new": say(200, gzip.compress(b"hello" * 1000), Content_Encoding="gzip", ETag='"1"'),
    }
    with serve(answers) as site:
        fetched = fetcher().fetch(f"{site}/old")
    assert fetched.body == b"hello" * 1000
    assert fetched.url == f"{site}/new?a=ä"
    assert fetched.headers["etag"] == '"1"'


def deflate(body: bytes) -> bytes:
    bare = zlib.compressobj(wbits=-15)
    return bare.compress(body) + bare.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TWO_MEMBERS, "gzip"),
        (gzip.compress(b"") * 3 + TWO_MEMBERS + b"\0" * 100, "x-gzip, identity"),
        (TWO_MEMBERS, ""),
        (zlib.compress(b"hello world"), "deflate"),
        (deflate(b"hello world"), "Deflate"),
        (b"hello world", "identity"),
    ],
    # Compressed bytes hold the time, and all workers must name a test alike.
    ids=["two members", "empty members and padding", "unnamed", "deflate", "bare deflate", "identity"],
)
def test_every_usual_compression_is_read_whole(body, encoding):
    with serve({"/": say(200, body, Content_Encoding=encoding)}) as site:
        assert fetcher().fetch(f"{site}/").body == b"hello world"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", ""])
def test_nothing_is_nothing_however_it_is_compressed(encoding):
    with serve({"/": say(200, b"", Content_Encoding=encoding)}) as site:
        assert fetcher().fetch(f"{site}/").body == b""


@pytest.mark.parametrize(
    ("path", "moved_to"), [("/a", "/c"), ("/b", "/c"), ("/c", ""), ("/d", ""), ("/e", "/d"), ("/f", "/ü")]
)
def test_where_it_has_moved_for_good_ends_with_the_first_redirect_for_now(path, moved_to):
    answers = {
        "/a": say(301, Location="/b"),
        "/b": say(308, Location="/c"),
        "/c": say(200),
        "/d": say(302, Location="/a"),
    }
    answers |= {
        "/e": say(301, Location="/d"),
        "/f": say(301, Location="/ü".encode().decode("latin-1")),
        "/%C3": say(200),
    }
    with serve(answers) as site:
        assert fetcher().fetch(f"{site}{path}").moved_to == (moved_to and f"{site}{moved_to}")


def test_a_host_of_any_language_is_asked_by_its_name_in_ascii(monkeypatch):
    asked = []

    def resolve(host, *rest, **more):
        asked.append(host)
        raise OSError

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    for host in ("חדשות.example", "xn--7dbee7eg.example", "%D7%97%D7%93%D7%A9%D7%95%D7%AA.example"):
        with pytest.raises(FetchError, match="not found"):
            fetcher().fetch(f"https://{host}/")
    assert asked == ["xn--7dbee7eg.example"] * 3


def test_what_has_not_changed_is_not_sent_again():
    asked = []

    def answer(handler):
        asked.append((handler.headers.get("If-None-Match"), handler.headers.get("If-Modified-Since")))
        say(304)(handler)

    with serve({"/": answer}) as site:
        fetched = fetcher().fetch(f"{site}/", etag='"1"', last_modified="Mon, 23 Nov 2026 10:00:00 GMT")
    assert (fetched.status, fetched.body) == (304, b"")
    assert asked == [('"1"', "Mon, 23 Nov 2026 10:00:00 GMT")]


ARTICLE = """<!doctype html><html><head><title>Crane &amp; quay | The Port Daily</title>
<meta content="Crane comes down" property="og:title"></head><body><article><p>{text}</p></article></body></html>"""


def test_a_page_gives_its_title_whether_or_not_its_text_can_be_found():
    words = "A crane came down at the port of Haifa and nobody knows yet why it did. " * 12
    item = read_article(ARTICLE.format(text=words).encode(), "https://port.example/crane", "text/html")
    assert (item.title, item.url) == ("Crane comes down", "https://port.example/crane")
    assert item.text == (words.strip() if HAS_EXTRACTOR else "")


def test_without_the_extra_a_page_gives_its_title(monkeypatch):
    monkeypatch.setattr("sources.intake.articles.HAS_EXTRACTOR", False)
    page = ARTICLE.replace("og:title", "other").format(text="x").encode("latin-1")
    item = read_article(page, "https://port.example/crane", "text/html; charset=iso-8859-1")
    assert (item.title, item.text) == ("Crane & quay | The Port Daily", "")


@pytest.mark.parametrize("body", [b"", b"%PDF-1.7", b"\x89PNG", b"<html></html>"])
def test_a_page_without_an_article_is_refused_with_a_reason(body):
    with pytest.raises(Unreadable, match=r"text page|has no text"):
        read_article(body, "https://port.example/crane", "")


def test_a_plain_text_is_an_article_too():
    item = read_article(b"Crane down.\nMore to come.", "https://port.example/crane", "text/plain")
    assert (item.title, item.text) == ("Crane down. More to come.", "Crane down.\nMore to come.")
