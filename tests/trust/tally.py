"""What a proof has tried, and how much of it held."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

# The failures that are described; the others are counted.
DESCRIBED = 20


@dataclass
class Tally:
    """`tried` and `held` count the same thing; `counts` are further figures worth printing, by name."""

    tried: int = 0
    held: int = 0
    failures: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, holds: bool, describe: Callable[[], str]) -> bool:
        """Count one attempt, and describe it if it did not hold."""
        self.tried += 1
        self.held += bool(holds)
        if not holds:
            self.describe(describe())
        return holds

    def describe(self, failure: str) -> None:
        """Keep the description of a failure, if few have failed so far."""
        if len(self.failures) < DESCRIBED:
            self.failures.append(failure)

    @property
    def has_held(self) -> bool:
        """Return True if something was tried, and all of it held."""
        return 0 < self.tried == self.held
