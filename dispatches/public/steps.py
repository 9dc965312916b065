"""How the Signal of a dispatch changed over time, read from its published editions."""

from dataclasses import dataclass
from datetime import datetime

from dispatches.public.models import Edition
from dispatches.public.wording import signal_reason
from dispatches.signal.rules import Rung


@dataclass(frozen=True, slots=True)
class SignalStep:
    """A time at which readers saw the Signal change, and why."""

    at: datetime
    rung: Rung
    is_disputed: bool
    origins: int
    cause: str


def signal_steps(edition: Edition) -> list["SignalStep"]:
    """Return each Signal change so far, oldest first, starting with the first edition."""
    steps: list[SignalStep] = []
    for each in edition.history:
        if not steps or (each.rung, each.is_disputed) != (steps[-1].rung, steps[-1].is_disputed):
            steps.append(SignalStep(each.live_at, each.signal, each.is_disputed, each.origins, signal_reason(each)))
    return steps


def signal_since(edition: Edition) -> datetime:
    """Return the time since which an edition's Signal is what it is."""
    steps = [step for step in signal_steps(edition) if step.at <= edition.live_at]
    stands = steps and (steps[-1].rung, steps[-1].is_disputed) == (edition.rung, edition.is_disputed)
    return steps[-1].at if stands else edition.live_at
