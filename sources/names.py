"""When are two spellings one name? One folding function, for sources, owners, their other names, and agencies.

Folded names are stored: whoever changes this function adds a migration that computes them again.
"""

import re
import unicodedata
from functools import lru_cache

# What is written in several ways, before a normal form takes it apart.
_SIGNS = (
    dict.fromkeys("'`´‘’‚‛′‵ʹʻʼʽˈʾʿ׳ꞌ＇᾽᾿", "'")
    | dict.fromkeys('"“”„‟″‶«»״＂', '"')
    | dict.fromkeys("−˗⁃", "-")
    | {"\u2800": " "}
)
# Letters that have no mark to take off.
_LETTERS = {
    "ı": "i",
    "ȷ": "j",
    "æ": "ae",
    "œ": "oe",
    "ð": "d",
    "þ": "th",
    "ß": "ss",
    "ŋ": "n",
    "ĸ": "k",
    "ə": "e",
    # Elongates an Arabic word, and says nothing.
    "ـ": "",
}
# Beside the characters of the category Cf: fillers, joiners, variation selectors.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@lru_cache(maxsize=10_000)
def fold_name(name: str) -> str:
    """A name without what differs between its spellings: case, marks, invisible characters, kinds of space and dash.

    The letters of every script stay. Two names are one if, and only if, this is equal. Empty only where nothing of
    the name can be seen.

    >>> fold_name("Ünal  Haber") == fold_name("ÜNAL HABER") == fold_name("ünal haber")
    True
    >>> fold_name("Łódź – Straße"), fold_name("Ærø’s\u00a0İyi"), fold_name("ＡＰ\u200f")
    ('lodz - strasse', "aero's iyi", 'ap')
    >>> fold_name("हिन्दी") == fold_name("हन्दी"), fold_name("か") == fold_name("が"), fold_name("🚨")
    (False, False, '🚨')
    """
    if name.isascii() and name.isprintable():
        # Nine in ten of the names that are looked for in a text.
        return " ".join(name.replace("`", "'").lower().split())
    folded = _fold(name)
    # Some letters fold to others that fold again.
    while folded != (again := _fold(folded)):
        folded = again
    return folded or " ".join(_without_invisible(name).casefold().split())


def visible_name(name: str) -> str:
    """A name as it is seen: without invisible characters, in one width, its spaces single."""
    return " ".join(unicodedata.normalize("NFKC", _without_invisible(name)).split())


def _fold(name: str) -> str:
    name = _without_invisible("".join(_SIGNS.get(char, char) for char in name))
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    letters = (_SIGNS.get(char, char) for char in decomposed if not _is_mark(char))
    plain = "".join("-" if unicodedata.category(char) == "Pd" else _plain_letter(char) for char in letters)
    return " ".join(_without_invisible(unicodedata.normalize("NFKC", plain)).split())


def _is_mark(char: str) -> bool:
    """Whether it is a mark on a letter, and not a vowel, a voicing or a tone that makes it another one.

    The latter have combining classes of their own (7 to 9, 84 to 132), or none.
    """
    combining = unicodedata.combining(char)
    return combining == 1 or 10 <= combining <= 36 or combining >= 200


def _plain_letter(char: str) -> str:
    """The letter beneath a stroke, a hook or a tail: Unicode decomposes those no further."""
    if char.isascii() or char in _LETTERS:
        return _LETTERS.get(char, char)
    written = re.fullmatch(r"LATIN SMALL LETTER ([A-Z]) WITH .*", unicodedata.name(char, ""))
    return written[1].lower() if written else char


def _without_invisible(name: str) -> str:
    """Without control characters too, but for those that are spaces."""
    kept = (char for char in name if char.isspace() or unicodedata.category(char) not in {"Cf", "Cc", "Cs"})
    return _INVISIBLE.sub("", "".join(kept))
