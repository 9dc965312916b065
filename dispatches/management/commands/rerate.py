"""Rate everything anew, after the rules have changed or a database was mended by hand."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from dispatches import desk
from dispatches.models import Dispatch
from sources.batches import in_batches

BATCH = 500


class Command(BaseCommand):
    help = (
        "Rate every dispatch anew and issue an edition wherever readers see another Signal than follows. It can be "
        "stopped at any time: what is done is done, and --after goes on from there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--after", type=int, default=0, metavar="ID", help="go on after this dispatch, as a stopped run said"
        )

    def handle(self, *args: Any, after: int, **options: Any) -> None:
        dispatches = Dispatch.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
        issued = 0
        # The rules count what is proposed, and the names of sources propose relays.
        desk.propose_by_names()
        try:
            with tqdm(total=dispatches.count(), unit=" dispatches", disable=None) as progress:
                for batch in in_batches(dispatches.iterator(), BATCH):
                    issued += desk.rerate(dispatch_ids=batch)
                    after = batch[-1]
                    progress.update(len(batch))
        except KeyboardInterrupt:
            self.stderr.write(f"\nStopped; {issued} editions issued. Go on with: manage.py rerate --after {after}")
            raise SystemExit(1) from None
        self.stdout.write(f"Done: {issued} editions issued.")
