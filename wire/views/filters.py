"""What a reader may narrow a list to, as it stands in the address: ?section=the-ledger&signal=strong"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import urlencode

from django.db.models import Q

from dispatches.public.models import Edition, Section
from dispatches.public.querysets import EditionQuerySet
from dispatches.public.wording import Rung
from wire.errors import NothingHere

# In the order in which they are offered: the word in the address, the words on the page, and what is shown.
SIGNALS: dict[str, tuple[str, Q]] = {
    "confirmed": ("Confirmed", Q(rung__gte=Rung.CONFIRMED)),
    "strong": ("Strong and above", Q(rung__gte=Rung.STRONG)),
    "developing": ("Developing", Q(rung=Rung.DEVELOPING)),
    "disputed": ("Disputed", Q(is_disputed=True)),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """The section and the Signal that a list is narrowed to; None and "" are all of them.

    The list of a section has its section in its path, and so not after the question mark.
    """

    section: Section | None = None
    signal: str = ""
    is_of_section: bool = False

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Self:
        """Read it from an address. Raises NothingHere for a section or a Signal that there is not."""
        section = None
        if slug := parameters.get("section", "")[:60]:
            # PostgreSQL takes no NUL.
            section = Section.objects.filter(slug=slug.replace("\0", "\N{REPLACEMENT CHARACTER}")).first()
            if section is None:
                raise NothingHere("There is no such section.")
        return cls(section, _read_signal(parameters))

    @classmethod
    def read_within(cls, section: Section, parameters: Mapping[str, str]) -> Self:
        """Read the filter of a section's own list. Raises NothingHere for a Signal that there is not."""
        return cls(section, _read_signal(parameters), is_of_section=True)

    def live(self, moment: datetime, section: int = 0) -> EditionQuerySet:
        """The dispatches that are shown at a moment; asked with `values`, so that one query serves all of a `kind`."""
        return self.narrow(Edition.objects.for_wire(moment), section)

    def narrow(self, editions: EditionQuerySet, section: int = 0) -> EditionQuerySet:
        """What of some editions is shown; `section` is its id, if it is another than the reader's."""
        if self.section:
            editions = editions.filter(section=section or self.section.pk)
        return editions.filter(SIGNALS[self.signal][1]) if self.signal else editions

    def values(self, moment: datetime) -> tuple[datetime, *tuple[int, ...]]:
        return (moment, self.section.pk) if self.section else (moment,)

    @property
    def kind(self) -> Hashable:
        return (self.section is not None, self.signal)

    @property
    def words(self) -> str:
        """What is shown, in words: “Strong and above, in The Ledger”; nothing if it is everything."""
        return ", in ".join(
            filter(None, (SIGNALS[self.signal][0] if self.signal else "", self.section.name if self.section else ""))
        )

    def in_address(self, **further: object) -> str:
        """The filter and further parameters as the end of the list's address, always in one order: "?…" or nothing."""
        return _query(section="" if self.is_of_section else self._slug, signal=self.signal, **further)

    def on_the_wire(self, **further: object) -> str:
        """The same for the address of something that serves all lists."""
        return _query(section=self._slug, signal=self.signal, **further)

    @property
    def _slug(self) -> str:
        return self.section.slug if self.section else ""


def _read_signal(parameters: Mapping[str, str]) -> str:
    signal = parameters.get("signal", "")
    if signal and signal not in SIGNALS:
        raise NothingHere("There is no such Signal.")
    return signal


def _query(**parameters: object) -> str:
    kept = {name: value for name, value in parameters.items() if value}
    return f"?{urlencode(kept)}" if kept else ""


def offered_signals() -> list[tuple[str, str]]:
    """The choices of a list's form: what stands in the address, and on the page."""
    return [(word, label) for word, (label, _) in SIGNALS.items()]
