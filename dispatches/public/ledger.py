"""What an edition tells of its developments and of its sources, as values: each has its form in the database (JSON)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from dispatches.signal.rules import WHY_MEANS, Rung, Stance, Why
from sources.independence import CONFIDENTIAL_LABEL

# The reasons that readers may be given for a report of a confidential source: they tell nothing of who it is.
REASONS_OF_CONFIDENTIAL = frozenset({Why.RETRACTED, Why.CONTEXT, Why.CONTRADICTS, Why.RESOLVED})


@dataclass(frozen=True, slots=True)
class PublicDevelopment:
    """One dated step of the story. `rung` is UNRATED where no report is cited for this step alone."""

    id: int
    at: datetime
    text: str
    rung: Rung = Rung.UNRATED
    is_disputed: bool = False

    @property
    def is_rated(self) -> bool:
        return self.rung > Rung.UNRATED

    @property
    def signal(self) -> Rung:
        return self.rung

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "text": self.text,
            "rung": self.rung,
            "is_disputed": self.is_disputed,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        at, rung = datetime.fromisoformat(value["at"]), Rung(value["rung"])
        return cls(value["id"], at, value["text"], rung, value["is_disputed"])


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One accepted report as readers may know it: its source, and why it added no origin, or None if it did.

    `origin` is the number of the origin that it goes back to, where readers may know that.
    """

    source: str
    url: str
    stance: str
    origin: int | None
    why: Why | None

    @property
    def is_named(self) -> bool:
        """Whether readers are told who it is."""
        return self.source != CONFIDENTIAL_LABEL

    @property
    def bears_on_claim(self) -> bool:
        """Whether it supports or contradicts the claim. Context does neither."""
        return self.stance != Stance.CONTEXT

    @property
    def explanation(self) -> str:
        if self.why is None:
            return f"Independent origin {self.origin}."
        return WHY_MEANS[self.why] + (f" (Origin {self.origin}.)" if self.origin else "")

    def as_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "url": self.url,
            "stance": self.stance,
            "origin": self.origin,
            "why": self.why,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        why = Why(value["why"]) if value["why"] else None
        return cls(value["source"], value["url"], value["stance"], value["origin"], why)


@dataclass(frozen=True, slots=True)
class LedgerOrigin:
    """One independent origin, and what the rules ask of it: a reliable grade, a first-hand record."""

    number: int
    is_reliable: bool
    is_record: bool

    def as_json(self) -> dict[str, Any]:
        return {"number": self.number, "is_reliable": self.is_reliable, "is_record": self.is_record}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return cls(**value)
