"""One address is written in one way, whatever its language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.addresses import encoded_address
from sources.intake.items import canonical_address
from sources.text import is_web_address

SAME = [
    ("https://חדשות.example/כתבה/1", "https://xn--7dbee7eg.example/%D7%9B%D7%AA%D7%91%D7%94/1"),
    ("https://%D7%97%D7%93%D7%A9%D7%95%D7%AA.example/1", "https://xn--7dbee7eg.example/1"),
    ("HTTPS://BÜCHER.example/", "https://xn--bcher-kva.example/"),
    ("https://bu\u0308cher.example/", "https://xn--bcher-kva.example/"),
    ("https://ｂüｃｈｅｒ。example/", "https://xn--bcher-kva.example/"),
    ("https://new\u00ads.example/", "https://news.example/"),
    ("https://faß.example/", "https://xn--fa-hia.example/"),
    ("https://ｆaß.example/", "https://xn--fa-hia.example/"),
    ("https://💩.example/x", "https://xn--ls8h.example/x"),
    ("https://user:pä@ä.example:8443/?q=ä#ä", "https://user:p%C3%A4@xn--4ca.example:8443/?q=%C3%A4#%C3%A4"),
    ("http://[2001:DB8::1]:80/x y", "http://[2001:db8::1]:80/x%20y"),
    ("https://a_b.example/100%", "https://a_b.example/100%"),
]


@pytest.mark.parametrize(("one", "other"), SAME, ids=ascii)
def test_both_ways_of_writing_an_address_are_one(one, other):
    assert encoded_address(one) == other
    assert canonical_address(one) == canonical_address(other)


@pytest.mark.parametrize(
    "url", ["", "x", "http://", "https://[", "java\nscript:x", "https://x\\@y.example/", f"https://{'ü' * 70}.example/"]
)
def test_what_is_no_address_stays_as_it_is(url):
    assert encoded_address(url) == url


@given(st.text(max_size=20), st.text(max_size=20))
def test_it_does_not_change_twice_and_never_fails(host, path):
    encoded = encoded_address(f"https://{host}/{path}")
    assert encoded_address(encoded) == encoded
    assert encoded.isascii() or not is_web_address(encoded) or encoded == f"https://{host}/{path}".strip()
    canonical_address(encoded)
