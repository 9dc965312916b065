"""The geometry of the charts. Templates draw them, each with its text beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatches.public.ledger import LedgerLine
from dispatches.public.record import RecordLine
from dispatches.public.steps import SignalStep
from dispatches.public.wording import Rung


@dataclass(frozen=True, slots=True)
class Dot:
    """A dot at (x, y), with an optional title, filled or hollow."""

    x: float
    y: float
    label: str = ""
    is_filled: bool = True


@dataclass(frozen=True, slots=True)
class Flow:
    """Reports (left) flowing into origins (middle) and origins into the rung (right), in view-box units."""

    width: int
    height: int
    reports: Sequence[Dot]
    origins: Sequence[Dot]
    rung: Dot
    streams: Sequence[str]


ROW = 28
REPORT_X, ORIGIN_X, RUNG_X, FLOW_WIDTH = 165, 235, 280, 360


def draw_flow(lines: Sequence[LedgerLine], origins: int, rung: Rung) -> Flow:
    """Lay out a ledger: a dot for each report, hollow if it added no origin, and its line to an origin, if known.

    Context is left out: it is not evidence for the claim.
    """
    lines = [line for line in lines if line.bears_on_claim]
    height = ROW * max(len(lines), origins, 1)

    def spread(index: int, count: int) -> float:
        return round(height * (index + 0.5) / count)

    reports = [
        Dot(REPORT_X, spread(n, len(lines)), label=line.source, is_filled=line.why is None)
        for n, line in enumerate(lines)
    ]
    middle = {n + 1: Dot(ORIGIN_X, spread(n, origins), label=str(n + 1)) for n in range(origins)}
    end = Dot(RUNG_X, height // 2, label=rung.word)
    streams = [
        _curve(dot, middle[line.origin])
        for dot, line in zip(reports, lines, strict=True)
        if line.origin is not None and line.origin in middle
    ]
    streams += [_curve(origin, end) for origin in middle.values()]
    return Flow(FLOW_WIDTH, height, reports, list(middle.values()), end, streams)


def _curve(start: Dot, end: Dot) -> str:
    half = (start.x + end.x) / 2
    return f"M{start.x:g} {start.y:g}C{half:g} {start.y:g} {half:g} {end.y:g} {end.x:g} {end.y:g}"


@dataclass(frozen=True, slots=True)
class Steps:
    """The Signal over time: a step line, a dot at each change, and a level for each rung."""

    width: int
    height: int
    line: str
    dots: Sequence[Dot]
    levels: Sequence[Dot]


STEPS_WIDTH, STEPS_HEIGHT, STEPS_LEFT, LEVEL = 320, 110, 76, 28


def draw_steps(steps: Sequence[SignalStep]) -> Steps:
    """Lay out the steps: time runs to the right, in proportion, and rungs are levels."""
    first, last = steps[0].at, steps[-1].at
    span = (last - first).total_seconds() or 1
    room = STEPS_WIDTH - STEPS_LEFT - 40

    def y(rung: Rung) -> float:
        return STEPS_HEIGHT - 12 - LEVEL * rung

    dots = [
        Dot(
            STEPS_LEFT + 8 + room * (step.at - first).total_seconds() / span,
            y(step.rung),
            is_filled=not step.is_disputed,
        )
        for step in steps
    ]
    line = f"M{dots[0].x:.1f} {dots[0].y:g}" + "".join(f"H{dot.x:.1f}V{dot.y:g}" for dot in dots[1:])
    levels = [Dot(STEPS_LEFT, y(rung), label=rung.word) for rung in Rung]
    return Steps(STEPS_WIDTH, STEPS_HEIGHT, f"{line}H{STEPS_WIDTH}", dots, levels)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the dispatches first rated the same something happened to, and in percent."""

    what: str
    number: int
    percent: int
    name: str


def draw_record(record: Sequence[RecordLine]) -> list[tuple[RecordLine, list[Share]]]:
    """Return what became of the dispatches of each first rating."""
    return [(line, [_share(line, what, name) for what, name in OUTCOMES]) for line in record]


OUTCOMES = [
    ("Later raised", "rose"),
    ("Later lowered", "fell"),
    ("Disputed", "disputed"),
    ("Corrected", "corrected"),
    ("Withdrawn", "withdrawn"),
]


def _share(line: RecordLine, what: str, name: str) -> Share:
    number = getattr(line, name)
    return Share(what, number, round(100 * number / (line.issued or 1)), name)
