"""The filters of a list, as in its address: ?section=the-ledger&signal=strong"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import urlencode

from django.db.models import Q

from dispatches.public.models import Edition, Section
from dispatches.public.querysets import EditionQuerySet
from dispatches.public.wording import Rung
from wire.errors import NotFound

# In display order: value in the address, label on the page, and the matching editions.
SIGNALS: dict[str, tuple[str, Q]] = {
    "confirmed": ("Confirmed", Q(rung__gte=Rung.CONFIRMED)),
    "strong": ("Strong or higher", Q(rung__gte=Rung.STRONG)),
    "developing": ("Developing", Q(rung=Rung.DEVELOPING)),
    "disputed": ("Disputed", Q(is_disputed=True)),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """The section and Signal that a list is limited to; None and "" mean all.

    A section's own list has its section in the path instead of the query string.
    """

    section: Section | None = None
    signal: str = ""
    is_of_section: bool = False

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Self:
        """Parse the filter of an address. Raises NotFound for an unknown section or Signal."""
        section = None
        if slug := parameters.get("section", "")[:60]:
            # PostgreSQL rejects NUL characters.
            section = Section.objects.filter(slug=slug.replace("\0", "\N{REPLACEMENT CHARACTER}")).first()
            if section is None:
                raise NotFound("There is no such section.")
        return cls(section, _read_signal(parameters))

    @classmethod
    def read_within(cls, section: Section, parameters: Mapping[str, str]) -> Self:
        """Parse the filter of a section's list. Raises NotFound for an unknown Signal."""
        return cls(section, _read_signal(parameters), is_of_section=True)

    def live(self, now: datetime, section: int = 0) -> EditionQuerySet:
        """Return the matching live editions. In a prepared query, one query serves all filters of a `kind`."""
        return self.narrow(Edition.objects.for_wire(now), section)

    def narrow(self, editions: EditionQuerySet, section: int = 0) -> EditionQuerySet:
        """Filter editions; `section` is the id of a section to use instead of its own."""
        if self.section:
            editions = editions.filter(section=section or self.section.pk)
        return editions.filter(SIGNALS[self.signal][1]) if self.signal else editions

    def values(self, now: datetime) -> tuple[datetime, *tuple[int, ...]]:
        return (now, self.section.pk) if self.section else (now,)

    @property
    def kind(self) -> Hashable:
        return (self.section is not None, self.signal)

    @property
    def words(self) -> str:
        """Return a label: “Strong or higher, in The Ledger”. Empty if nothing is filtered."""
        return ", in ".join(
            filter(None, (SIGNALS[self.signal][0] if self.signal else "", self.section.name if self.section else ""))
        )

    @property
    def dispatches(self) -> str:
        """Return what a list with this filter contains: “Confirmed dispatches in The Ledger”."""
        signal = f"{SIGNALS[self.signal][0]} " if self.signal else ""
        # In the middle of a sentence, only ratings are capitalized.
        signal = (
            signal.lower() if self.signal == "disputed" else signal.replace("Strong or higher", "Strong or Confirmed")
        )
        return f"{signal}dispatches{f' in {self.section.name}' if self.section else ''}"

    def in_address(self, **further: object) -> str:
        """Return the filter, with further parameters, as a query string in a fixed order; empty for none."""
        return _query(section="" if self.is_of_section else self._slug, signal=self.signal, **further)

    def on_the_wire(self, **further: object) -> str:
        """Return the same, for addresses that serve all lists."""
        return _query(section=self._slug, signal=self.signal, **further)

    @property
    def _slug(self) -> str:
        return self.section.slug if self.section else ""


def _read_signal(parameters: Mapping[str, str]) -> str:
    signal = parameters.get("signal", "")
    if signal and signal not in SIGNALS:
        raise NotFound("Unknown Signal filter.")
    return signal


def _query(**parameters: object) -> str:
    kept = {name: value for name, value in parameters.items() if value}
    return f"?{urlencode(kept)}" if kept else ""


def offered_signals() -> list[tuple[str, str]]:
    """Return the choices of the Signal filter: value and label."""
    return [(word, label) for word, (label, _) in SIGNALS.items()]
