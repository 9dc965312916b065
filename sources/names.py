"""Fold names, so that all spellings of one name compare equal: sources, owners, aliases, agencies.

Folded names are stored. A change to this function needs a migration that recomputes them.
"""

import re
import unicodedata
from functools import lru_cache

# Spellings to unify before Unicode normalization.
_SIGNS = (
    dict.fromkeys("'`´‘’‚‛′‵ʹʻʼʽˈʾʿ׳ꞌ＇᾽᾿", "'")
    | dict.fromkeys('"“”„‟″‶«»״＂', '"')
    | dict.fromkeys("−˗⁃", "-")
    | {"\u2800": " "}
)
# Letters without a decomposition.
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
    # The tatweel stretches an Arabic word and has no meaning.
    "ـ": "",
}
# Invisible characters outside category Cf: fillers, joiners, variation selectors.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@lru_cache(maxsize=10_000)
def fold_name(name: str) -> str:
    """Fold a name: remove differences in case, marks, invisible characters, spaces and dashes.

    Letters of all scripts are kept. Two names are the same exactly if their folded forms are equal. Empty only if
    nothing of the name is visible.

    >>> fold_name("Ünal  Haber") == fold_name("ÜNAL HABER") == fold_name("ünal haber")
    True
    >>> fold_name("Łódź – Straße"), fold_name("Ærø’s\u00a0İyi"), fold_name("ＡＰ\u200f")
    ('lodz - strasse', "aero's iyi", 'ap')
    >>> fold_name("हिन्दी") == fold_name("हन्दी"), fold_name("か") == fold_name("が"), fold_name("🚨")
    (False, False, '🚨')
    """
    if name.isascii() and name.isprintable():
        # A shortcut for nine in ten of the names looked up in a text.
        return " ".join(name.replace("`", "'").lower().split())
    folded = _fold(name)
    # Some letters fold to others that fold again.
    while folded != (again := _fold(folded)):
        folded = again
    return folded or " ".join(_without_invisible(name).casefold().split())


def visible_name(name: str) -> str:
    """Return a name as it looks: no invisible characters, one width, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", _without_invisible(name)).split())


def _fold(name: str) -> str:
    name = _without_invisible("".join(_SIGNS.get(char, char) for char in name))
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    letters = (_SIGNS.get(char, char) for char in decomposed if not _is_mark(char))
    plain = "".join("-" if unicodedata.category(char) == "Pd" else _plain_letter(char) for char in letters)
    return " ".join(_without_invisible(unicodedata.normalize("NFKC", plain)).split())


def _is_mark(char: str) -> bool:
    """Return True for a mark on a letter; False for a vowel sign, voicing or tone that makes it another letter.

    The latter have combining classes of their own (7 to 9, 84 to 132), or none.
    """
    combining = unicodedata.combining(char)
    return combining == 1 or 10 <= combining <= 36 or combining >= 200


def _plain_letter(char: str) -> str:
    """Return the base letter under a stroke, hook or tail, which Unicode does not decompose."""
    if char.isascii() or char in _LETTERS:
        return _LETTERS.get(char, char)
    written = re.fullmatch(r"LATIN SMALL LETTER ([A-Z]) WITH .*", unicodedata.name(char, ""))
    return written[1].lower() if written else char


def _without_invisible(name: str) -> str:
    """Remove invisible and control characters, but keep spaces."""
    kept = (char for char in name if char.isspace() or unicodedata.category(char) not in {"Cf", "Cc", "Cs"})
    return _INVISIBLE.sub("", "".join(kept))
