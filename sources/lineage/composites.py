"""Split names that contain two sources: “AP via CBC News”, “CBC News (AP)”, “AFP/Times of Israel”.

The carrier is the source that published the report; the origin is the one it relays.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

from sources.lineage.credits import Directory, is_abbreviation_of, normalize
from sources.names import visible_name

VIA = re.compile(r"(.+?)\s+(via)\s+@?(.+)", re.I)
BRACKETS = re.compile(r"(.+?)\s*[(\[]\s*(?:(via|from|with|by|source:?)\s+)?([^()\[\]]+?)\s*[)\]]", re.I)
SLASH = re.compile(r"\s*[/|∕⁄]\s*")
# Separators that also occur inside single names, so both sides must be known sources.
JOINED = re.compile(r"\s*[,;&•·]\s*|:\s+|\s+(?:and|with|from|by|und|et|y|e)\s+|\s+[-–—]\s+", re.I)
# After these words, “via” means a street or a way: “La via Campesina”, “Teatro di via Larga”.
ARTICLES = frozenset(
    "a al alla con da dalla de del della di du e el en et i il in la las le los nella of per por sulla the una".split()  # noqa: SIM905
)

IsParty = Callable[[str], bool]


class Composite(NamedTuple):
    """The two sources that one name contains."""

    origin: str
    carrier: str


def split_name(name: str, is_party: IsParty = lambda name: False) -> Composite | None:
    """Split a name into its two sources; None if it is one name. `is_party` tells whether a source has that name.

    >>> split_name("AP via CBC News"), split_name("Yahoo News / Reuters")
    (Composite(origin='AP', carrier='CBC News'), Composite(origin='Reuters', carrier='Yahoo News'))
    >>> split_name("Via Rail"), split_name("AP-HP"), split_name("Press/Star"), split_name("Associated Press (AP)")
    (None, None, None, None)
    """
    name = visible_name(name)
    if _agency(name) or "://" in name:
        return None
    for split in (_by_brackets, _by_via, _by_slash, _by_known_names):
        found = split(name, is_party)
        if found and all(re.search(r"\w", part) for part in found) and not _are_one(*found):
            return found
    return None


@lru_cache(maxsize=20_000)
def holds_two(name: str) -> bool:
    """Return True if a name contains two sources, whatever sources are known."""
    return split_name(name) is not None


def _by_brackets(name: str, is_party: IsParty) -> Composite | None:
    found = BRACKETS.fullmatch(name)
    if found is None or is_abbreviation_of(found[3], found[1]):
        return None
    outside, word, inside = _trimmed(found[1]), (found[2] or "").lower(), found[3]
    if agency := _first_agency(inside):
        return Composite(agency, outside)
    if word == "via" or (_agency(outside) and is_party(inside)):
        return Composite(outside, inside)
    return None


def _by_via(name: str, is_party: IsParty) -> Composite | None:
    found = VIA.fullmatch(name)
    if found is None:
        return None
    left, word, right = _trimmed(found[1]), found[2], found[3]
    # Capitalized, it is more likely a part of the name.
    is_word = word == "via" and left.split()[-1:] and left.split()[-1].lower() not in ARTICLES
    if not (is_word or _agency(left) or is_party(left)):
        return None
    while again := VIA.fullmatch(right):
        right = again[3]
    return Composite(_first_agency(left) or left, _trimmed(right))


def _by_slash(name: str, is_party: IsParty) -> Composite | None:
    parts = [part for part in SLASH.split(name) if part]
    origin = next((part for part in parts if _agency(part)), None)
    others = [part for part in parts if part != origin]
    if origin is None or not others:
        return None
    return Composite(origin, next((part for part in reversed(others) if not _agency(part)), others[-1]))


def _by_known_names(name: str, is_party: IsParty) -> Composite | None:
    for joint in JOINED.finditer(name):
        sides = name[: joint.start()], name[joint.end() :]
        for origin, carrier in (sides, sides[::-1]):
            if _agency(origin) and is_party(carrier):
                return Composite(origin, carrier)
    return None


@cache
def _agencies() -> Directory:
    return Directory.of([])


def _agency(name: str) -> str | None:
    """Return the key of an agency, if the name is capitalized as agencies are: “AP”, not “ap”."""
    return _agencies().find(name)


def _first_agency(names: str) -> str | None:
    """Return the first of several names that is an agency's, as for credits in a text."""
    parts = [names, *SLASH.split(names), *JOINED.split(names)]
    return next((part for part in parts if _agency(part)), None)


def _are_one(origin: str, carrier: str) -> bool:
    one, other = _agency(origin), _agency(carrier)
    return one == other if one and other else normalize(origin) == normalize(carrier)


def _trimmed(name: str) -> str:
    return name.strip(" ,;:–—-")
