"""Bytes are decoded as the web decodes them; what can't be decoded is refused, and nothing becomes “�”."""

import codecs

import pytest

from sources.intake.charsets import Undecodable, codec_of, decode

HEBREW, RUSSIAN, GREEK, JAPANESE = "שלום עולם", "Привет", "Ελλάδα", "東京①"


@pytest.mark.parametrize(
    ("label", "text", "codec"),
    [
        ("iso-8859-1", "“Quote” – it’s €5", "cp1252"),
        ("ISO-8859-1", "“Quote”", "cp1252"),
        ("us-ascii", "é", "cp1252"),
        ("latin1", "é…", "cp1252"),
        ("iso-8859-9", "İğ “ş”", "cp1254"),
        ("iso-8859-8-i", HEBREW, "iso8859_8"),
        ("logical", HEBREW, "iso8859_8"),
        ("windows-1255", "שָׁלוֹם", "cp1255"),
        ("x-cp1251", RUSSIAN, "cp1251"),
        ("koi", RUSSIAN, "koi8_r"),
        ("koi8-ru", "Ґанок", "koi8_u"),
        ("greek8", GREEK, "iso8859_7"),
        ("x-sjis", JAPANESE, "cp932"),
        ("shift_jis", JAPANESE, "cp932"),
        ("gb2312", "镕 北京", "gbk"),
        ("x-gbk", "北京", "gb18030"),
        ("big5", "香港", "big5"),
        ("ks_c_5601-1987", "서울 똠", "cp949"),
        ("euc-jp", "東京", "euc_jp"),
        ("tis-620", "ภาษาไทย", "cp874"),
        ("macintosh", "“é”", "mac_roman"),
        ("utf8", HEBREW, "utf-8"),
        ("unicode", HEBREW, "utf-16-le"),
    ],
)
@pytest.mark.parametrize("way", ["header", "meta", "xml"])
def test_a_label_means_what_it_means_on_the_web(label, text, codec, way):
    if codec == "utf-16-le" and way != "header":
        # A declaration that can be read in ASCII is none of UTF-16.
        codec = "utf-8"
    before = {"header": "", "meta": f'<meta charset="{label}">', "xml": f"<?xml version='1.0' encoding='{label}'?>"}[
        way
    ]
    body = (before + text).encode(codec)
    content_type = f'text/html; Charset="{label}"' if way == "header" else ""
    assert decode(body, content_type, is_html=way == "meta") == before + text


@pytest.mark.parametrize("label", ["utf-7", "hex", "rot13", "idna", "unicode_escape", "base64", "hz-gb-2312", "x", ""])
def test_what_is_no_label_on_the_web_is_none_here(label):
    assert codec_of(label) == ""


def test_every_label_leads_to_a_codec_of_text():
    from sources.intake.charsets import _CODECS

    assert len(_CODECS) > 200
    for codec in set(_CODECS.values()):
        assert codecs.lookup(codec)._is_text_encoding


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_weighs_more_than_any_label(codec):
    body = f"<?xml version='1.0' encoding='windows-1255'?>{HEBREW}".encode(codec)
    assert decode(body, "text/xml; charset=iso-8859-1").endswith(HEBREW)


def test_a_header_weighs_more_than_a_declaration():
    assert HEBREW in decode(f"<?xml version='1.0' encoding='utf-8'?>{HEBREW}".encode("cp1255"), "a/b; charset=cp1255")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"caf\xe9 \x93x\x94", "café “x”"),
        ("naïve ".encode() + b"caf\xe9", "naïve café"),
        (b"it\x92s \x80 5", "it’s € 5"),
        ("שלום ".encode() + b"\x96 ok", "שלום – ok"),
        (b"<?xml version='1.0' encoding='utf-8'?>caf\xe9", "<?xml version='1.0' encoding='utf-8'?>café"),
        ("<a>שלום</a>".encode("utf-16-be"), "<a>שלום</a>"),
        (b"<?xml version='1.0' encoding='x-mine'?>abc", "<?xml version='1.0' encoding='x-mine'?>abc"),
        ("<?xml version='1.0' encoding='x-mine'?>ä".encode(), "<?xml version='1.0' encoding='x-mine'?>ä"),
        ("\N{REPLACEMENT CHARACTER} as its source has it".encode(), "\N{REPLACEMENT CHARACTER} as its source has it"),
    ],
)
def test_frequent_mistakes_are_understood(body, text):
    assert decode(body) == text


@pytest.mark.parametrize(
    ("body", "content_type", "why"),
    [
        (HEBREW.encode("cp1255"), "", "utf-8"),
        (RUSSIAN.encode("koi8_r"), "", "utf-8"),
        (JAPANESE.encode("cp932"), "text/xml; charset=utf-8", "utf-8"),
        (b"abc \xd9\xda", "text/xml; charset=windows-1255", "windows-1255"),
        (b"\x82\xa0\x82", "text/xml; charset=x-sjis", "“x-sjis”"),
        (b"caf\xe9", "text/xml; charset=x-mine", "“x-mine”, is unknown"),
        (b"caf\xe9", "text/xml; charset=utf-7", "“utf-7”, is unknown"),
        (b"\xff\xfea", "", "utf-16"),
    ],
)
def test_what_can_t_be_decoded_is_refused_in_words(body, content_type, why):
    with pytest.raises(Undecodable, match=why):
        decode(body, content_type)
