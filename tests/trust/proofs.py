"""The proofs by name, each a function of a seed, with the numbers that are promised."""

import os
from collections.abc import Callable

from tests.trust.hostile import try_hostile
from tests.trust.leaks import find_leaks
from tests.trust.roles import try_roles
from tests.trust.schedules import compare_schedules
from tests.trust.tally import Tally
from tests.trust.worlds import compare_worlds


def _number(name: str, usual: int) -> int:
    """Return a number from the environment, for a shorter run."""
    return int(os.environ.get(name) or usual)


PROOFS: dict[str, Callable[[int], Tally]] = {
    "worlds": lambda seed: compare_worlds(_number("PAIRS", 2_100), seed),
    "leaks": find_leaks,
    "hostile": lambda seed: try_hostile(_number("INPUTS", 10_000), seed),
    "roles": try_roles,
    "schedules": lambda seed: compare_schedules(_number("SCHEDULES", 2_000), seed),
}
