"""Two seconds after a withdrawal nobody who can be reached shows what was withdrawn, and it never comes back.

Real processes: a node on the desk's machine and one elsewhere, which polls; each behind an nginx and a Varnish with the
shipped configurations. All have the pages in their caches, and are being asked while the desk withdraws.
"""

import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from threading import Event, Thread, local
from urllib.parse import urlsplit

from django.test import override_settings
from django.urls import reverse
from factories import DESK, develop, make_dispatch, make_section
from servers import run_nginx, run_varnish, wait_until

from dispatches import desk
from dispatches.desk.withdrawals import confirm
from dispatches.models import Dispatch
from dispatches.public.models import Edition
from tests.trust.nodes import SOUND, new_nodes
from tests.trust.tally import Tally

# When it must be gone, in seconds.
GONE = 2.0
# Withdrawals in one round.
AT_ONCE = 25
ASKING = 3
SECRET = re.compile(rb"secret-[a-z]{12}")


@dataclass(frozen=True)
class Faults:
    """What is planted: another start of the node elsewhere, other lines in the configurations of the proxies."""

    start: str = SOUND
    nginx: dict[str, str] | None = None
    varnish: dict[str, str] | None = None


@dataclass(eq=False)
class Withdrawn:
    """A dispatch to withdraw: the word that nobody may see afterwards, its addresses, and when it was withdrawn."""

    secret: str
    dispatch: Dispatch
    addresses: list[str]
    tombstone: Edition | None = None
    at: float = float("inf")
    said_gone: float = float("inf")

    def gone_at(self, gone: float) -> float:
        """Return when nobody may show it any more: after these seconds, or when the desk said so."""
        return min(self.at + gone, self.said_gone)


# By secret, of all rounds.
All = dict[str, Withdrawn]


def try_withdrawals(
    withdrawals: int, seed: int, faults: Faults | None = None, workers: int = 2, gone: float = GONE
) -> Tally:
    """Withdraw this many dispatches. `tried` counts responses that came later than they may show them.

    They must be `gone` after so many seconds, and in any case when the desk says so.
    """
    random, tally, withdrawn = Random(seed), Tally(), All()
    section = make_section(name="The Ledger", slug="ledger")
    with _fronts(faults or Faults(), workers) as fronts:
        while len(withdrawn) < withdrawals:
            some = [publish_secret(random, section) for _ in range(min(AT_ONCE, withdrawals - len(withdrawn)))]
            withdrawn |= {each.secret: each for each in some}
            _withdraw(random, Asker(fronts, withdrawn, gone), some, tally)
        # Ask again, now that every cache has had time to bring it back.
        asker = Asker(fronts, withdrawn, gone)
        for front in fronts:
            for each in withdrawn.values():
                for address in each.addresses:
                    asker.ask(front, address)
        asker.judge(tally, "again")
    tally.counts["withdrawals"] = len(withdrawn)
    return tally


@contextmanager
def _fronts(faults: Faults, workers: int) -> Iterator[dict[str, str]]:
    """Yield the addresses of nodes and proxies by name. Varnish is purged, nginx is not."""
    with ExitStack() as stack:
        nodes = stack.enter_context(new_nodes())
        fronts = {
            "the node here": stack.enter_context(nodes.start("here", is_here=True, workers=workers)).address,
            "the node elsewhere": stack.enter_context(nodes.start("elsewhere", faults.start, workers=workers)).address,
        }
        for name, upstream in list(fronts.items()):
            for run, kind, changes in ((run_nginx, "nginx", faults.nginx), (run_varnish, "Varnish", faults.varnish)):
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                fronts[f"{kind} before {name}"] = stack.enter_context(run(upstream, folder, changes))
        purged = [f"{address}/" for name, address in fronts.items() if name.startswith("Varnish")]
        stack.enter_context(override_settings(WIRE_PURGE=purged))
        yield fronts


def publish_secret(random: Random, section: object) -> Withdrawn:
    secret = "secret-" + "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=12))
    found = f"found{secret[7:]}"
    dispatch = make_dispatch(
        section=section, headline=f"The {found}", slug=f"d-{found}", tldr=f"It was {secret}.", body=f"So {secret}."
    )
    develop(dispatch, f"Then {secret}.")
    edition = desk.publish(dispatch=dispatch, actor=DESK)
    desk.update(dispatch=dispatch, actor=DESK, note="More is known.")
    names = ("dispatch", "history", "ninjs", "signal-ledger", "embed")
    own = [reverse(name, args=[edition.dated, edition.slug]) for name in names]
    # Copies that a proxy keeps beside the page.
    own += [f"{own[0]}?copy={number}" for number in range(3)]
    lists = ["/", "/wire/", reverse("wire-feed", args=["atom"]), section.get_absolute_url(), f"/search/?q={found}"]
    return Withdrawn(secret, dispatch, own + lists)


def _withdraw(random: Random, asker: "Asker", some: list[Withdrawn], tally: Tally) -> None:
    """Withdraw some dispatches, while others ask for their pages, and after that ask for all of them."""
    fronts = asker.fronts
    pages = [(front, address) for front in fronts for each in some for address in each.addresses]
    pages = list(dict.fromkeys(pages))
    wait_until(lambda: all(asker.ask(front, some[-1].addresses[0]) for front in fronts))
    tally.counts["warm copies"] += sum(bool(asker.ask(*page)) for page in pages)
    # The others are first asked for again when they must be gone.
    busy = random.sample(pages, len(pages) // 2)
    # Some so often that a proxy asks for them again as soon as its copy has expired.
    busy += 50 * [(front, each.addresses[0]) for front in fronts for each in random.sample(some, min(len(some), 5))]
    with asker.asking(random, busy):
        for each in some:
            time.sleep(random.uniform(0, 0.1))
            each.tombstone = desk.withdraw(dispatch=each.dispatch, actor=DESK, note="It was wrong.")
            each.at = time.monotonic()
        for each in some:
            while not confirm(each.tombstone).is_gone and time.monotonic() < each.at + 10 * GONE:
                time.sleep(0.05)
            each.said_gone = time.monotonic()
            tally.counts["confirmed after ms"] += int((each.said_gone - each.at) * 1_000)
        time.sleep(max(0, some[-1].at + GONE - time.monotonic()))
        for page in pages:
            asker.ask(*page)
    asker.judge(tally, "first")


@dataclass(frozen=True)
class Seen:
    """What a response showed, and when it was asked for and complete."""

    front: str
    address: str
    start: float
    end: float
    secrets: list[str]


class Asker:
    """Asks nodes and proxies for pages, and notes which secrets they showed."""

    def __init__(self, fronts: dict[str, str], withdrawn: All, gone: float = GONE) -> None:
        self.fronts, self._withdrawn, self._gone, self._local = fronts, withdrawn, gone, local()
        self.seen: list[Seen] = []

    def ask(self, front: str, address: str) -> list[str]:
        """Return the secrets that a page shows."""
        start = time.monotonic()
        content = self._get(front, address)
        secrets = [each.decode() for each in set(SECRET.findall(content))]
        self.seen.append(Seen(front, address, start, time.monotonic(), secrets))
        return secrets

    def _get(self, front: str, address: str) -> bytes:
        kept = self._local.__dict__.setdefault("connections", {})
        for _ in range(2):
            if front not in kept:
                kept[front] = HTTPConnection(urlsplit(self.fronts[front]).netloc, timeout=10)
            try:
                kept[front].request("GET", address, headers={"Host": "localhost"})
                return kept[front].getresponse().read()
            except (OSError, HTTPException):
                # An idle connection was closed.
                kept.pop(front).close()
        return b""

    def close(self) -> None:
        for connection in self._local.__dict__.pop("connections", {}).values():
            connection.close()

    @contextmanager
    def asking(self, random: Random, pages: list[tuple[str, str]]) -> Iterator[None]:
        """Ask for these pages in some threads meanwhile."""
        done = Event()

        def run(own: Random) -> None:
            with closing(self):
                while not done.is_set():
                    self.ask(*own.choice(pages))
                    done.wait(0.005)

        threads = [Thread(target=run, args=[Random(random.random())]) for _ in range(ASKING)]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            done.set()
            for each in threads:
                each.join()

    def judge(self, tally: Tally, when: str) -> None:
        """Note each response that was asked for when something must be gone."""
        self.close()
        latest: Counter[str] = Counter()
        for seen in self.seen:
            shown = [self._withdrawn[secret] for secret in seen.secrets]
            late = [each for each in shown if seen.start > each.gone_at(self._gone)]
            # Of pages that were asked for in time, only those count in which something was withdrawn.
            if late or any(each.gone_at(self._gone) < seen.start for each in self._withdrawn.values()):
                tally.note(not late, lambda: _describe(when, seen, late))  # noqa: B023
            tally.counts[f"late, {seen.front}"] += bool(late)
            for each in shown:
                if seen.start < each.at < seen.end:
                    tally.counts["renders in flight"] += 1
                if seen.start > each.at:
                    latest[seen.front] = max(latest[seen.front], int((seen.start - each.at) * 1_000))
        for front, milliseconds in latest.items():
            name = f"last seen after ms, {front}"
            tally.counts[name] = max(tally.counts[name], milliseconds)
        self.seen.clear()


def _describe(when: str, seen: Seen, late: list[Withdrawn]) -> str:
    after = max(seen.start - each.at for each in late)
    is_said = any(seen.start > each.said_gone for each in late)
    return f"{when}: {seen.front} shows {seen.address} {after:.2f} s after{', when it was said to be gone' * is_said}"
