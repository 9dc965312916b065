"""Which characters and links a text may have."""

import sys
import unicodedata
from xml.etree import ElementTree

import pytest

from sources.text import clean, is_link, is_web_address
from wire.middleware import _UNCLEAN

EVERY = [chr(number) for number in range(sys.maxunicode + 1)]
MARKS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_forbidden(character: str) -> bool:
    number = ord(character)
    is_noncharacter = 0xFDD0 <= number <= 0xFDEF or number & 0xFFFE == 0xFFFE
    is_control = unicodedata.category(character) in {"Cc", "Cs"} and character not in "\t\n\r"
    return is_noncharacter or is_control or character in MARKS


def test_every_character_is_kept_unless_it_is_forbidden():
    for character in EVERY:
        cleaned = clean(f"a{character}b")
        assert cleaned == f"a{character}b" if not is_forbidden(character) else cleaned in {"ab", "a b"}, ascii(
            character
        )


def test_every_mark_that_turns_a_text_is_forbidden():
    turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert {each for each in EVERY if unicodedata.bidirectional(each) in turning} <= MARKS


def test_a_cleaned_text_can_be_written_in_xml():
    ElementTree.fromstring(f"<a>{clean(''.join(EVERY).replace('<', '').replace('&', ''))}</a>")  # noqa: S314 - our own


def test_pages_lose_the_same_characters():
    encodable = [each for each in EVERY if unicodedata.category(each) != "Cs"]
    assert {each for each in encodable if _UNCLEAN.fullmatch(each.encode())} == set(filter(is_forbidden, encodable))
    # No match within another character, or across two.
    assert _UNCLEAN.sub(b"", "".join(encodable).encode()).decode() == "".join(
        each for each in encodable if not is_forbidden(each)
    )


HOSTILE = [
    *("//x.example", "/\\x.example", "\\\\x.example", "\\/x.example", "///x.example", "/\t/x.example", "\n//x.example"),
    *(
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        " javascript:x",
    ),
    *("data:text/html,x", "DATA:text/html,x", "vbscript:x", "file:///etc/passwd", "ftp://x.example", "blob:https://x"),
    *("https:x.example", "https:/x.example", "https:\\\\x.example", "https:///x.example", "https://", "http://?x"),
    *(
        "https://x.example\\@y.example",
        "https://x\n.example",
        "https://x.example/\u202egpj",
        "https://x.example/\ufffe",
    ),
    *("https://[x", "https://x:y/", "", "x", "x.example", "./x", "../x", "?x", "mailto:x@x.example", "tel:1", "ws://x"),
]
GOOD = [
    "https://x.example",
    "HTTP://x.example:8080/a?b=c#d",
    "https://x.example//a",
    "https://x.example/?u=javascript:x",
]


@pytest.mark.parametrize("url", HOSTILE, ids=ascii)
def test_only_web_addresses_pass(url):
    assert not is_web_address(url)
    assert not is_link(url)


@pytest.mark.parametrize("url", GOOD)
def test_web_addresses_pass(url):
    assert is_web_address(url)
    assert is_link(url)


@pytest.mark.parametrize("url", ["/", "/wire/?section=x#y", "#notes"])
def test_a_text_may_link_to_this_site(url):
    assert is_link(url)
    assert not is_web_address(url)
