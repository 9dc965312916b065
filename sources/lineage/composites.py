"""Split names that contain two sources: “AP via CBC News”, “CBC News (AP)”, “CNN, citing Reuters”.

The carrier is the source that published the report; the origin is the one it relays. A name that credits several
agencies, such as “Yahoo News (AP, AFP)” or “staff and agencies”, credits none of them: its origin is unknown.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

from sources.lineage.agencies import Directory, is_unnamed, normalize
from sources.lineage.markers import is_abbreviation_of
from sources.names import visible_name

# Words before the carrier: “AP via CBC News”, “AFP, carried by Dawn”.
VIA = re.compile(
    r"(.+?)[\s,;(]+((?:as )?(?:(?:re)?published|carried|hosted|syndicated|shared) (?:by|in|on)|via)\s+@?([^)]+?)\)?",
    re.I,
)
# Words before the origin: “CNN, citing Reuters”.
CITING = re.compile(
    r"(.+?)[\s,;:(]+(?:(?:in turn |also )?(?:citing|quoting|cites|quotes|relaying|crediting)|according to|"
    r"(?:as )?(?:first )?reported by|attributed to|sourced (?:from|to)|courtesy of|h/t|hat tip(?: to)?|"
    r"unter Berufung auf|citant|citando(?: a)?|d['’]après|según|secondo)\s+(.+?)\)?",
    re.I,
)
BRACKETS = re.compile(r"(.+?)\s*[(\[]\s*(?:(via|from|with|by|source:?)\s+)?([^()\[\]]+?)\s*[)\]]", re.I)
SLASH = re.compile(r"\s*[/|∕⁄]\s*")
# After an agency and before a known source or a capital: “AP on MSN”.
ON = re.compile(r"(.+?)\s+(on|in|at|through|for)\s+(.+)")
# Separators that also occur inside single names, so both sides must be known sources.
JOINED = re.compile(r"\s*[,;&•·+]\s*|:\s+|\s+(?:and|with|from|by|und|et|y|e)\s+|\s+[-–—]\s+|(?<=\w)–(?=\w)", re.I)
# Between agencies: “AFP-Jiji”, “AP and Reuters”.
BETWEEN = re.compile(rf"{SLASH.pattern}|{JOINED.pattern}|(?<=\w)-(?=\w)", re.I)
# After these words, “via” means a street or a way: “La via Campesina”, “Teatro di via Larga”.
ARTICLES = frozenset(
    "a al alla con da dalla de del della di du e el en et i il in la las le los nella of per por sulla the una".split()  # noqa: SIM905
)

IsParty = Callable[[str], bool]


class Composite(NamedTuple):
    """The two sources that one name contains. `origin` is None if it credits several, or does not name them."""

    origin: str | None
    carrier: str


def split_name(name: str, is_party: IsParty = lambda name: False) -> Composite | None:
    """Split a name into its two sources; None if it is one name. `is_party` tells whether a source has that name.

    >>> split_name("AP via CBC News"), split_name("Yahoo News / Reuters")
    (Composite(origin='AP', carrier='CBC News'), Composite(origin='Reuters', carrier='Yahoo News'))
    >>> split_name("Yahoo News (AP, AFP)"), split_name("AP/AFP")
    (Composite(origin=None, carrier='Yahoo News'), Composite(origin=None, carrier='AP/AFP'))
    >>> split_name("Via Rail"), split_name("AP-HP"), split_name("Press/Star"), split_name("Associated Press (AP)")
    (None, None, None, None)
    """
    name = visible_name(name).strip(" \"“”„«»'")
    if _agency(name) or "://" in name:
        return None
    if _are_agencies(name):
        return Composite(None, name)
    for split in (_by_brackets, _by_citing, _by_via, _by_slash, _by_place, _by_known_names):
        found = split(name, is_party)
        if found and all(re.search(r"\w", part) for part in found if part is not None) and not _are_one(*found):
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
    if agencies := _agencies_in(inside):
        return Composite(_only(agencies), outside)
    if word == "via" or (_agency(outside) and is_party(inside)):
        return Composite(_origin(outside), inside)
    return None


def _by_via(name: str, is_party: IsParty) -> Composite | None:
    found = VIA.fullmatch(name)
    if found is None:
        return None
    left, word, right = _trimmed(found[1]), found[2], found[3]
    # Capitalized, it is more likely a part of the name.
    is_word = word.islower() and left.split()[-1:] and left.split()[-1].lower() not in ARTICLES
    if not (is_word or _agencies_in(left) or is_party(left)):
        return None
    while again := VIA.fullmatch(right):
        right = again[3]
    return Composite(_origin(left), _trimmed(right))


def _by_citing(name: str, is_party: IsParty) -> Composite | None:
    found = CITING.fullmatch(name)
    if found is None:
        return None
    left, right = _trimmed(found[1]), _trimmed(found[2])
    while again := CITING.fullmatch(right):
        right = _trimmed(again[2])
    # “AP via CBC News” in place of either is two more names.
    inside, before = split_name(right, is_party), VIA.fullmatch(left)
    origin = inside.origin if inside else _origin(right)
    return Composite(origin, _trimmed(before[3]) if before else left)


def _by_slash(name: str, is_party: IsParty) -> Composite | None:
    parts = [part for part in SLASH.split(name) if part]
    agencies = [each for part in parts for each in _agencies_in(part)]
    others = [part for part in parts if not _agencies_in(part)]
    # Of two agencies, an outlet beside them carries both.
    return Composite(_only(agencies), others[-1]) if agencies and others else None


def _by_place(name: str, is_party: IsParty) -> Composite | None:
    found = ON.fullmatch(name)
    if found is None or not _agency(found[1]):
        return None
    is_site = found[2] == "on" and found[3][:1].isupper()
    return Composite(found[1], found[3]) if is_site or is_party(found[3]) else None


def _by_known_names(name: str, is_party: IsParty) -> Composite | None:
    for joint in JOINED.finditer(name):
        sides = name[: joint.start()], name[joint.end() :]
        for origin, carrier in (sides, sides[::-1]):
            if _are_agencies(origin) or is_unnamed(origin):
                if is_party(carrier) or is_unnamed(origin):
                    return Composite(None, carrier)
            elif _agency(origin) and is_party(carrier):
                return Composite(origin, carrier)
    return None


@cache
def _agencies() -> Directory:
    return Directory.of([])


def _agency(name: str) -> str | None:
    """Return the key of an agency, if the name is capitalized as agencies are: “AP”, not “ap”."""
    return _agencies().find(name)


def _agencies_in(names: str) -> list[str]:
    """Return the agencies in a list of names, each once; an empty name for unnamed ones (“and agencies”)."""
    if _agency(names):
        return [names]
    parts = [part for part in SLASH.split(names) if part]
    parts = [each for part in parts for each in ([part] if _agency(part) else JOINED.split(part))]
    found = {_agency(part) or "": part for part in parts if _agency(part)}
    if any(is_unnamed(part) for part in (names, *parts)):
        found[""] = ""
    return list(found.values())


def _are_agencies(names: str) -> bool:
    """Return True if all of several names are agencies, or no agency is named: “AP/AFP”, “Agencies”."""
    if is_unnamed(names):
        return True
    keys = {_agency(part) or ("" if is_unnamed(part) else None) for part in BETWEEN.split(names)}
    return len(keys) > 1 and None not in keys


def _only(agencies: list[str]) -> str | None:
    return agencies[0] or None if len(agencies) == 1 else None


def _origin(names: str) -> str | None:
    """Return the one source that these names credit: the only agency, or the name itself."""
    agencies = _agencies_in(names)
    return _only(agencies) if agencies else names


def _are_one(origin: str | None, carrier: str) -> bool:
    if origin is None:
        return False
    one, other = _agency(origin), _agency(carrier)
    return one == other if one and other else normalize(origin) == normalize(carrier)


def _trimmed(name: str) -> str:
    return name.strip(" ,;:–—-")
