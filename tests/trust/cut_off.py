"""A node that is cut off from the database shows what was withdrawn for a bounded time only, while the desk names it.

On PostgreSQL only: SQLite serves one machine.
"""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from random import Random

from django.db import connection
from django.test import override_settings
from django.utils import timezone
from factories import DESK, make_section
from servers import Server, run_nginx, wait_until

from dispatches import desk
from dispatches.desk.withdrawals import confirm
from tests.trust.nodes import SOUND, Relay, new_nodes
from tests.trust.tally import Tally
from tests.trust.withdrawals import Asker, Withdrawn, publish_secret

# For how long a node may serve what it has, in seconds.
STALE = 10
# How long to look whether it shows anything after that.
AFTERWARDS = 3.0


def try_cut_off(cuts: int, seed: int, start: str = SOUND, workers: int = 2) -> Tally:
    """Cut a node off this many times. `tried` counts responses and confirmations."""
    random, tally = Random(seed), Tally()
    if connection.vendor != "postgresql":
        tally.note(True, str)
        tally.counts["cuts (they need PostgreSQL)"] = 0
        return tally
    section = make_section(name="The Ledger", slug="ledger")
    with ExitStack() as stack:
        relay = Relay()
        stack.callback(relay.close)
        nodes = stack.enter_context(new_nodes())
        stack.enter_context(override_settings(WIRE_STALE_SECONDS=STALE))
        node = stack.enter_context(
            nodes.start("elsewhere", start, relay=relay, workers=workers, WIRE_STALE_SECONDS=str(STALE))
        )
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        fronts = {"the node": node.address, "nginx": stack.enter_context(run_nginx(node.address, folder))}
        for _ in range(cuts):
            _cut(random, publish_secret(random, section), relay, node, fronts, tally)
            tally.counts["cuts"] += 1
    return tally


def _cut(random: Random, each: Withdrawn, relay: Relay, node: Server, fronts: dict[str, str], tally: Tally) -> None:
    asker = Asker(fronts, {each.secret: each})
    pages = [(front, address) for front in fronts for address in each.addresses]
    wait_until(lambda: all(asker.ask(front, each.addresses[0]) for front in fronts))
    # At any time between two of its heartbeats.
    time.sleep(random.uniform(0, 5))
    for page in pages:
        asker.ask(*page)
    relay.cut()
    each.tombstone = desk.withdraw(dispatch=each.dispatch, actor=DESK, note="It was wrong.")
    names = {str(pid) for pid in node.workers()}
    cut_at = until = timezone.now()
    while not (said := confirm(each.tombstone)).is_gone:
        named = [missing.until for missing in said.missing if missing.name.rpartition(":")[2] in names]
        until = max([until, *(time for time in named if time)])
        shown = sum(bool(asker.ask(*page)) for page in random.sample(pages, 6))
        tally.counts["shown while it was named"] += shown
        time.sleep(0.1)
    # From now on the desk says that it shows nothing.
    end = time.monotonic() + AFTERWARDS
    tally.note(cut_at < until <= timezone.now(), lambda: f"{names} were named until {until}, cut off at {cut_at}")
    while time.monotonic() < end:
        for page in random.sample(pages, 6):
            shows = asker.ask(*page)
            tally.note(not shows, lambda: f"{page} at {timezone.now()}; the desk said until {until}")  # noqa: B023
        time.sleep(0.05)
    relay.mend()
    wait_until(lambda: node.status() == 200)
    for page in pages:
        shows = asker.ask(*page)
        tally.note(not shows, lambda: f"{page} shows it again after the node is back")  # noqa: B023
    asker.close()
