"""Compare what was measured with its goals."""

import statistics
import sys
from dataclasses import dataclass


@dataclass
class Goal:
    """A figure, its description, its goal, and whether it was met."""

    name: str
    value: str
    goal: str
    is_met: bool | None


class Report:
    """All figures, each printed when it is known."""

    def __init__(self) -> None:
        self.goals: list[Goal] = []

    def add(self, name: str, value: str, goal: str = "", is_met: bool | None = None) -> None:
        self.goals.append(Goal(name, value, goal, is_met))
        print(f"  {name}: {value}  {goal}{'  NOT MET' if is_met is False else ''}", file=sys.stderr, flush=True)

    def at_least(self, name: str, value: float, bound: float) -> None:
        self.add(name, f"{value:.2f}", f"≥ {bound:g}", value >= bound)

    def at_most(self, name: str, value: float, bound: float, unit: str) -> None:
        self.add(name, f"{value:.2f} {unit}", f"≤ {bound:g} {unit}", value <= bound)

    def compared(self, name: str, values: list[float], with_: list[float], at_most: float) -> None:
        """Compare milliseconds from alternating windows."""
        ratio = statistics.median(one / other for one, other in zip(values, with_, strict=True))
        self.add(name, f"{ratio:.2f} ({statistics.median(values):.1f} ms)", f"≤ {at_most:g}", ratio <= at_most)

    def as_markdown(self) -> str:
        lines = ["| | | goal | |", "| --- | --- | --- | --- |"]
        for each in self.goals:
            mark = {True: "met", False: "**not met**", None: ""}[each.is_met]
            lines.append(f"| {each.name} | {each.value} | {each.goal} | {mark} |")
        return "\n".join(lines)
