"""Which names can be credited: the agencies of credits.toml, and the sources of the desk."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from sources.names import fold_name


class Agency(NamedTuple):
    """An agency: its names, the full one first, and its other forms; see credits.toml."""

    names: tuple[str, ...]
    marks: tuple[str, ...]
    is_also_a_name: bool
    signature: re.Pattern[str] | None
    # The grade that a Chief may confirm; empty if there is none to suggest.
    grade: str = ""

    @property
    def key(self) -> str:
        return normalize(self.names[0])

    @property
    def plain_names(self) -> frozenset[str]:
        return _plain_names(self.names)


@cache
def read_table() -> dict[str, Any]:
    """Return the phrases and agencies of credits.toml."""
    return tomllib.loads((Path(__file__).parent / "credits.toml").read_text("utf-8"))


@cache
def agencies() -> tuple[Agency, ...]:
    """Return the agencies of credits.toml."""
    return tuple(
        Agency(
            tuple(each["names"]),
            tuple(each.get("marks", ())),
            each.get("is_also_a_name", False),
            re.compile(each["signature"], re.I) if "signature" in each else None,
            each.get("grade", ""),
        )
        for each in read_table()["agency"]
    )


@cache
def agency_names() -> frozenset[str]:
    """Return the normalized names of all agencies."""
    return frozenset(normalize(name) for agency in agencies() for name in agency.names)


@cache
def _unnamed_agencies() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of(read_table()['unnamed'])})", re.I)


def is_unnamed(name: str) -> bool:
    """Return True if this stands for agencies without naming them.

    >>> is_unnamed("Agencies"), is_unnamed("news agencies"), is_unnamed("AFP")
    (True, True, False)
    """
    return _unnamed_agencies().fullmatch(name.strip(" .")) is not None


def normalize(name: str) -> str:
    """Normalize a name for comparison: no case, accents, punctuation or leading article.

    >>> normalize("The Associated Press"), normalize("A.P."), normalize("ČTK")
    ('associated press', 'ap', 'ctk')
    """
    plain = " ".join(re.findall(r"[\w&+]+", re.sub(r"[.']", "", fold_name(name))))
    return re.sub(r"^the (?=\w)", "", plain)


@cache
def _plain_names(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(normalize(name) for name in names)


@dataclass(frozen=True)
class Directory:
    """The names that a report can credit, each with the key of its party and its spelling."""

    keys: Mapping[str, str]
    agencies: frozenset[str]
    marks: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # Keys of those that do not publish: officials, records, persons.
    others: frozenset[str] = frozenset()

    @classmethod
    def of(cls, parties: Iterable[tuple[str, Iterable[str]]], others: Iterable[str] = ()) -> "Directory":
        """Build a directory from pairs of a key and names. A party that has an agency's name is that agency.

        `others` are the keys of those parties that do not publish.
        """
        keys: dict[str, str] = {}
        spellings: dict[str, set[str]] = {}
        for agency in agencies():
            for name in agency.names:
                keys[normalize(name)] = agency.key
                spellings.setdefault(normalize(name), set()).add(name)
        for key, names in parties:
            for name in names:
                keys.setdefault(normalize(name), key)
                spellings.setdefault(normalize(name), set()).add(name)
        keys.pop("", None)
        kept = {name: frozenset(forms) for name, forms in spellings.items()}
        marks = {mark: agency.key for agency in agencies() for mark in agency.marks}
        return cls(keys, frozenset(agency.key for agency in agencies()), marks, kept, frozenset(others))

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """The first words of all names, normalized: where none of them stands, no name begins."""
        return frozenset(name.split()[0] for name in self.keys)

    def find(self, name: str) -> str | None:
        """Return the party of a name as spelled in a text. “time” is a word; “Time” may be the magazine."""
        plain = normalize(name)
        if plain not in self.keys:
            return None
        written = name.strip()
        begins = written.removeprefix("the ").removeprefix("The ")[:1]
        is_written_small = any(form[:1].islower() for form in self.spellings[plain])
        # Abbreviations must be capitalized: “uni” is not an agency.
        shouted = all(form.isupper() for form in self.spellings[plain] if len(normalize(form)) == len(plain))
        if len(plain) <= 4 and shouted and not re.sub(r"^the |\.", "", written, flags=re.I).isupper():
            return None
        return self.keys[plain] if is_written_small or not begins.islower() else None

    def is_agency(self, key: str) -> bool:
        return key in self.agencies


def any_of(words: list[str]) -> str:
    """Return a pattern for one of these phrases, the longest first."""
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest_first) or r"(?!)"
