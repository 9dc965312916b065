"""The public values of an edition's ledgers, and their JSON in the database.

The headline and each development have a ledger: one line for each accepted report, with what it relays and which
owner joins its source with others. A *stated* line tells none of that: it is of a confidential report, or leads to one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self

from dispatches.signal.published import Entry
from dispatches.signal.rules import Exclusion, Rung, Stance
from sources.independence import CONFIDENTIAL_LABEL, Basis
from sources.text import is_web_address

# The exclusions that may be published for a confidential source: they reveal nothing about it.
REASONS_OF_CONFIDENTIAL = frozenset({Exclusion.RETRACTED, Exclusion.CONTEXT, Exclusion.CONTRADICTS, Exclusion.RESOLVED})


@dataclass(frozen=True, slots=True)
class Party:
    """A named source that a report relays, and that has no report of its own in the ledger that relays.

    For `number` and `owner` see LedgerLine.
    """

    name: str
    number: int
    owner: str = ""

    def as_json(self) -> list[Any]:
        return [self.name, self.number, self.owner]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One accepted report as readers may know it. `why` is the reason that it added no origin; None if it added one.

    - `origin` is the number of the origin it adds or leads to, if readers may know that.
    - `basis` is how it knows; None for a stated line.
    - A relay relays another line of the same ledger (`relays`, numbered from 1) or else a source (`credits`). If it has
      neither, its origin is unknown. Reports in between that are not cited are left out.
    - `owner` is the name of the owner who joins its source with another one in the same ledger.
    - `party` is the number of its source in the same ledger, as two may have one name; 0 for a stated line.
    - `is_interested` means that its source is a party to the claim; `is_proposed`, that the relay is not decided yet.
    """

    source: str
    url: str
    stance: str
    origin: int | None
    why: Exclusion | None
    basis: Basis | None = None
    relays: int | None = None
    credits: Party | None = None
    owner: str = ""
    party: int = 0
    is_interested: bool = False
    is_proposed: bool = False

    @property
    def is_named(self) -> bool:
        """Return True if readers are told the source's name."""
        return self.source != CONFIDENTIAL_LABEL

    @property
    def is_stated(self) -> bool:
        """Return True if readers have to take its share as stated."""
        return self.basis is None

    @property
    def is_retracted(self) -> bool:
        return self.why is Exclusion.RETRACTED

    @property
    def is_resolved(self) -> bool:
        return self.why is Exclusion.RESOLVED

    @property
    def bears_on_claim(self) -> bool:
        """Return True if it supports or contradicts the claim; context does neither."""
        return self.stance != Stance.CONTEXT

    @property
    def explanation(self) -> str:
        return Entry(self.origin, self.why).explanation

    def as_json(self) -> dict[str, Any]:
        """Return its values, without those that most lines lack."""
        value = {
            "source": self.source,
            "url": self.url,
            "stance": self.stance,
            "origin": self.origin,
            "why": self.why,
        }
        more = {
            "basis": self.basis,
            "relays": self.relays,
            "credits": self.credits and self.credits.as_json(),
            "owner": self.owner,
            "party": self.party,
            "is_interested": self.is_interested,
            "is_proposed": self.is_proposed,
        }
        return value | {name: each for name, each in more.items() if each}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        basis, party = value.get("basis"), value.get("credits")
        return cls(
            source=value["source"],
            url=value["url"] if is_web_address(value["url"]) else "",
            stance=value["stance"],
            origin=value["origin"],
            why=Exclusion(value["why"]) if value["why"] else None,
            basis=Basis(basis) if basis else None,
            relays=value.get("relays"),
            credits=Party(*party) if party else None,
            owner=value.get("owner", ""),
            party=value.get("party", 0),
            is_interested=value.get("is_interested", False),
            is_proposed=value.get("is_proposed", False),
        )


def origin_party(lines: Sequence[LedgerLine], line: LedgerLine) -> str:
    """Return the name of the source where the information of a line entered the world, if that is published."""
    passed = {id(line)}
    while line.basis is Basis.RELAY:
        if line.relays is None:
            return line.credits.name if line.credits else ""
        line = lines[line.relays - 1]
        if id(line) in passed:
            return ""
        passed.add(id(line))
    return "" if line.basis in (None, Basis.UNKNOWN) else line.source


def signal_as_json(rung: Rung, origins: int, is_disputed: bool, ledger: Sequence[LedgerLine]) -> dict[str, Any]:
    """Return the part of a development's JSON that its Signal determines."""
    return {
        "rung": rung,
        "origins": origins,
        "is_disputed": is_disputed,
        "ledger": [line.as_json() for line in ledger],
    }


class Rated(Protocol):
    """A claim with its Signal as published: the headline's (an edition) or a development's."""

    @property
    def signal(self) -> Rung: ...
    @property
    def origins(self) -> int: ...
    @property
    def is_disputed(self) -> bool: ...
    @property
    def is_held(self) -> bool: ...
    @property
    def is_withdrawn(self) -> bool: ...
    @property
    def public_ledger(self) -> list[LedgerLine]: ...


@dataclass(frozen=True, slots=True)
class PublicDevelopment:
    """One dated step of the story, with a Signal of its own. `rung` is UNRATED if no report counts for this step."""

    id: int
    at: datetime
    text: str
    rung: Rung = Rung.UNRATED
    is_disputed: bool = False
    origins: int = 0
    ledger: tuple[LedgerLine, ...] = ()

    @property
    def is_rated(self) -> bool:
        return self.rung > Rung.UNRATED

    @property
    def signal(self) -> Rung:
        return self.rung

    @property
    def is_held(self) -> bool:
        """Return False: only the headline's Signal can be held down."""
        return False

    @property
    def is_withdrawn(self) -> bool:
        return False

    @property
    def public_ledger(self) -> list[LedgerLine]:
        return list(self.ledger)

    @property
    def claim_report_count(self) -> int:
        """The number of ledger lines that support or contradict it."""
        return sum(line.bears_on_claim for line in self.ledger)

    @property
    def context_report_count(self) -> int:
        return len(self.ledger) - self.claim_report_count

    def as_json(self) -> dict[str, Any]:
        words = {"id": self.id, "at": self.at.isoformat(), "text": self.text}
        return words | signal_as_json(self.rung, self.origins, self.is_disputed, self.ledger)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return cls(
            id=value["id"],
            at=datetime.fromisoformat(value["at"]),
            text=value["text"],
            rung=Rung(value["rung"]),
            is_disputed=value["is_disputed"],
            origins=value["origins"],
            ledger=tuple(LedgerLine.from_json(line) for line in value["ledger"]),
        )
