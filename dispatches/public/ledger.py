"""The public values of an edition's developments and sources, and their JSON in the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from dispatches.signal.rules import EXCLUSION_LABELS, Exclusion, Rung, Stance
from sources.independence import CONFIDENTIAL_LABEL
from sources.text import is_web_address

# The exclusions that may be published for a confidential source: they reveal nothing about it.
REASONS_OF_CONFIDENTIAL = frozenset({Exclusion.RETRACTED, Exclusion.CONTEXT, Exclusion.CONTRADICTS, Exclusion.RESOLVED})


@dataclass(frozen=True, slots=True)
class PublicDevelopment:
    """One dated step of the story. `rung` is UNRATED if no report is cited for this step."""

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
    """One accepted report as readers may know it. `why` is the reason that it added no origin; None if it added one.

    `origin` is the number of the origin it leads to, if readers may know that.
    """

    source: str
    url: str
    stance: str
    origin: int | None
    why: Exclusion | None

    @property
    def is_named(self) -> bool:
        """Return True if readers are told the source's name."""
        return self.source != CONFIDENTIAL_LABEL

    @property
    def bears_on_claim(self) -> bool:
        """Return True if it supports or contradicts the claim; context does neither."""
        return self.stance != Stance.CONTEXT

    @property
    def explanation(self) -> str:
        if self.why is None:
            return f"Independent origin {self.origin}."
        return EXCLUSION_LABELS[self.why] + (f" (Origin {self.origin}.)" if self.origin else "")

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
        why = Exclusion(value["why"]) if value["why"] else None
        url = value["url"] if is_web_address(value["url"]) else ""
        return cls(value["source"], url, value["stance"], value["origin"], why)
