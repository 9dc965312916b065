"""Decode bytes as the web does: with the labels of the Encoding Standard (WHATWG, 4.2).

On the web “iso-8859-1” means windows-1252, and “iso-8859-8-i” is Hebrew; Python's own names mean other things, and some
of them (“hex”, “idna”) are not encodings of text at all.
"""

import codecs
import re

# Python's codec → the labels that mean it on the web. Those of ISO 8859 and KOI8 are generated below.
_LABELS = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
    "utf-16-be": "unicodefffe utf-16be",
    "cp866": "866 cp866 csibm866 ibm866",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "cp1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1"
    " iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
    "cp1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5"
    " windows-1254 x-cp1254",
    "mac_roman": "csmacintosh mac macintosh x-mac-roman",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc_jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "iso2022_jp": "csiso2022jp iso-2022-jp",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601"
    " windows-949",
    "koi8_r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8_u": "koi8-ru koi8-u",
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}
_ISO_NAMES = {
    2: "csisolatin2 iso-ir-101 iso_8859-2:1987 l2 latin2",
    3: "csisolatin3 iso-ir-109 iso_8859-3:1988 l3 latin3",
    4: "csisolatin4 iso-ir-110 iso_8859-4:1988 l4 latin4",
    5: "csisolatincyrillic cyrillic iso-ir-144 iso_8859-5:1988",
    6: "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6-e iso-8859-6-i iso-ir-127"
    " iso_8859-6:1987",
    7: "csisolatingreek ecma-118 elot_928 greek greek8 iso-ir-126 iso_8859-7:1987 sun_eu_greek",
    8: "csiso88598e csisolatinhebrew hebrew iso-8859-8-e iso-ir-138 iso_8859-8:1988 visual csiso88598i iso-8859-8-i"
    " logical",
    10: "csisolatin6 iso-ir-157 l6 latin6",
    13: "",
    14: "",
    15: "csisolatin9 l9",
    16: "",
}
for _number, _names in _ISO_NAMES.items():
    _generated = f"iso-8859-{_number} iso8859-{_number} iso8859{_number} iso_8859-{_number}"
    _CODECS |= dict.fromkeys([*_generated.split(), *_names.split()], f"iso8859_{_number}")
for _number in (1250, 1251, 1253, 1255, 1256, 1257, 1258):
    _CODECS |= dict.fromkeys([f"windows-{_number}", f"cp{_number}", f"x-cp{_number}"], f"cp{_number}")

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_XML_DECLARATION = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']\s*([^\"'>]{1,60}?)\s*[\"']")
_META = re.compile(rb"<meta\b[^>]{0,300}?charset\s*=\s*[\"']?\s*([^\"'\s/>;]{1,60})", re.I)
_PARAMETER = re.compile(r";\s*charset\s*=\s*[\"']?\s*([^\"';\s]+)", re.I)
# Bytes that are not UTF-8, or not windows-1252, as “surrogateescape” represents them, and their characters. Five have
# none on the web either: control characters, which are removed later.
_STRAY = {0xDC00 + byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0x100)}
# No language that is written in windows-1252 has words with four non-ASCII characters in a row.
_IMPROBABLE = re.compile("[\udc80-\udcff]{4}")


class Undecodable(ValueError):
    """Bytes can't be decoded in their encoding. The message is shown at the desk."""


def codec_of(label: str) -> str:
    """Return Python's codec for a label, or "" if the web knows no such label.

    >>> codec_of(" ISO-8859-1 "), codec_of("iso-8859-8-i"), codec_of("utf-7"), codec_of("rot13")
    ('cp1252', 'iso8859_8', '', '')
    """
    return _CODECS.get(label.strip().lower(), "")


def decode(body: bytes, content_type: str = "", *, is_html: bool = False) -> str:
    """Decode a document, without its byte order mark. No character is replaced by “�”.

    The encoding is that of the byte order mark, else of the Content-Type header, else the one that the document
    declares, else UTF-8. Single characters of windows-1252 within UTF-8, a frequent mistake, are read as such.

    Raises Undecodable.

    >>> decode(b"caf\\xe9 \\x93x\\x94", "text/plain; charset=latin1")
    'café “x”'
    """
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return _decode(body[len(mark) :], codec, codec)
    parameter = _PARAMETER.search(content_type)
    label = parameter[1] if parameter else _declared(body, is_html)
    codec = codec_of(label)
    if label and not codec and not body.isascii():
        # Only if that makes a difference: an unknown label of an ASCII or UTF-8 document harms nothing.
        try:
            return body.decode()
        except UnicodeDecodeError as error:
            raise Undecodable(f"Its encoding, “{label[:40]}”, is unknown.") from error
    codec = codec or _guess(body)
    if parameter and codec.startswith("utf-16") and b"\0" not in body[:100]:
        codec = "utf-8"
    return _decode(body, codec, label or codec)


def _declared(body: bytes, is_html: bool) -> str:
    """Return the label in the document itself. Read in ASCII, so one that claims to be UTF-16 is UTF-8."""
    declared = _XML_DECLARATION.match(body[:1000]) or (_META.search(body[:4000]) if is_html else None)
    label = declared[1].decode("latin-1") if declared else ""
    return "utf-8" if codec_of(label).startswith("utf-16") else label


def _guess(body: bytes) -> str:
    """Return the codec of a document without a declaration: XML in UTF-16 is known by its first characters."""
    if body.startswith((b"<\0", b"{\0", b"[\0")):
        return "utf-16-le"
    return "utf-16-be" if body.startswith((b"\0<", b"\0{", b"\0[")) else "utf-8"


def _decode(body: bytes, codec: str, label: str) -> str:
    try:
        return body.decode(codec, "surrogateescape").translate(_STRAY) if codec == "cp1252" else body.decode(codec)
    except UnicodeDecodeError as error:
        text = body.decode(codec, "surrogateescape") if codec == "utf-8" else ""
        if text and not _IMPROBABLE.search(text):
            return text.translate(_STRAY)
        raise Undecodable(f"Not all of its characters can be read in its encoding, “{label[:40]}”.") from error
