"""The proofs by name, each a function of a seed, with the numbers that are promised."""

import os
from collections.abc import Callable

from tests.trust.connections import try_connections
from tests.trust.cut_off import try_cut_off
from tests.trust.hostile import try_hostile_in_browser
from tests.trust.leaks import find_leaks
from tests.trust.ledgers import tamper_with_ledgers
from tests.trust.roles import try_roles
from tests.trust.schedules import compare_schedules
from tests.trust.tally import Tally
from tests.trust.withdrawals import try_withdrawals
from tests.trust.worlds import compare_worlds


def _number(name: str, usual: int) -> int:
    """Return a number from the environment, for a shorter run."""
    return int(os.environ.get(name) or usual)


# The last three start real servers, which read what they have committed.
PROOFS: dict[str, Callable[[int], Tally]] = {
    "worlds": lambda seed: compare_worlds(_number("PAIRS", 2_100), seed),
    "leaks": find_leaks,
    "ledgers": lambda seed: tamper_with_ledgers(_number("LEDGERS", 20_000), seed),
    "hostile": lambda seed: try_hostile_in_browser(_number("INPUTS", 10_000), seed),
    "roles": try_roles,
    "schedules": lambda seed: compare_schedules(_number("SCHEDULES", 2_000), seed),
    "withdrawals": lambda seed: try_withdrawals(_number("WITHDRAWALS", 500), seed),
    "cut-off": lambda seed: try_cut_off(_number("CUTS", 20), seed),
    "connections": lambda seed: try_connections(_number("ROUNDS", 5), 4.0, _number("IDLE", 1_100), seed),
}
