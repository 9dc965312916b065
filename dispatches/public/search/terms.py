"""Turn text into the terms that both databases index, so that they find the same (pure).

Both have tokenizers and stemmers for English, and disagree on everything else: on marks, on letters such as “ł” and
“ß”, on vowel signs, on scripts that put no spaces between words. So those words are folded here, as names are, cut into
pairs of letters where words can't be told apart, and written in ASCII.
"""

import unicodedata
from collections.abc import Iterable, Iterator

import regex

from sources.names import fold_name

# A word with its marks, and with invisible characters in it, such as a soft hyphen.
TOKEN = regex.compile(r"[\p{L}\p{N}\p{M}](?:[\p{L}\p{N}\p{M}]|\p{Cf}(?=[\p{L}\p{N}\p{M}\p{Cf}]))*")
_WORD = regex.compile(r"[\p{L}\p{N}\p{M}]+")
# Scripts without spaces between words, and the signs that they share.
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}ー々〆]+")

# Characters that SQLite and PostgreSQL index alike: ASCII, separators, and letters that are ASCII without their accent.
_SEPARATORS = r"\u00a0¡§©«®°±¶·»¿£\u2002-\u200a\u2010-\u2027\u202f\u2030-\u205e"
_MARKED = "".join(
    chr(code)
    for code in range(0xC0, 0x180)
    if (base := unicodedata.normalize("NFD", chr(code))[0]).isascii() and base != chr(code) and code != 0x130
)
_PLAIN = regex.compile(rf"[\x00-\x7f{_SEPARATORS}{_MARKED}]*")

# One letter for each digit of a character's number. No stemmer changes words without vowels, “s”, “l” and “y”.
_DIGITS = "bcdfghjkmnpqrtvw"


class _Folded(dict[int, str]):
    """Maps each character to its folded form, computed once (`str.translate`)."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        category = unicodedata.category(char)
        if category in {"Cf", "Cc", "Cs"} and not char.isspace():
            folded = ""
        elif category[0] in "LNM":
            # The folding of names keeps a mark that stands alone; in a text it belongs to the letter before it.
            folded = "" if category[0] == "M" and not fold_name(f"ა{char}")[1:] else fold_name(char)
        else:
            folded = " " if category[0] == "Z" or char.isspace() else char
        self[code] = folded
        return folded


_folded = _Folded()


def is_plain(text: str) -> bool:
    """Return True if both databases index this text alike as it is."""
    return text.isascii() or _PLAIN.fullmatch(text) is not None


def fold(text: str) -> str:
    """Remove case, marks and invisible characters from a text, as names are folded (`sources/names.py`).

    >>> fold("Café Łódź"), fold("Inter\\u00adnational"), fold("שָׁלוֹם"), fold("हिन्दी")
    ('cafe lodz', 'international', 'שלום', 'हिन्दी')
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).translate(_folded)


def terms_of(text: str, *, is_query: bool = False) -> Iterator[str]:
    """Yield the folded words of a text. Of scripts without spaces, yield every two neighboring letters.

    The last letter stands alone too, so that a single one can be found; not in a query.

    >>> list(terms_of("Giessen’s 東京都")), list(terms_of("東京都", is_query=True))
    (['giessen', 's', '東京', '京都', '都'], ['東京', '京都'])
    """
    for word in _WORD.findall(fold(text)):
        if word.isascii():
            yield word
            continue
        done = 0
        for run in _UNSPACED.finditer(word):
            yield from (each for each in [word[done : run.start()]] if each)
            done, letters = run.end(), run[0]
            yield from (letters[start : start + 2] for start in range(len(letters) - 1))
            if len(letters) == 1 or not is_query:
                yield letters[-1]
        if done < len(word):
            yield word[done:]


def is_unspaced(word: str) -> bool:
    """Return True if a word is of a script without spaces."""
    return _UNSPACED.match(word) is not None


def indexed(text: str) -> str:
    """Return what the index has for a text: its terms; or "" if both databases read the text itself alike."""
    return "" if is_plain(text) else " ".join(map(_in_ascii, terms_of(text)))


def asked(words: Iterable[str]) -> str:
    """Return the words of a phrase as the index has them."""
    phrase = " ".join(words)
    return phrase if is_plain(phrase) else " ".join(map(_in_ascii, terms_of(phrase, is_query=True)))


def _in_ascii(term: str) -> str:
    """Write a term in ASCII, so that no tokenizer or stemmer changes it.

    >>> _in_ascii("cafe"), _in_ascii("東")
    ('cafe', 'bjkkc')
    """
    if term.isascii():
        return term
    return "".join(_DIGITS[ord(char) >> shift & 15] for char in term for shift in (16, 12, 8, 4, 0))
