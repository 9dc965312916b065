"""`manage.py rerate`: re-rate every dispatch, after the rules or the data were changed by hand."""

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
        "Re-rate every dispatch and issue an edition wherever the Signal changes. It can be stopped at any time, and "
        "continued with --after."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--after", type=int, default=0, metavar="ID", help="continue after this dispatch, as a stopped run said"
        )

    def handle(self, *args: Any, after: int, **options: Any) -> None:
        dispatches = Dispatch.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
        issued = 0
        # First, because open proposals count in the rating.
        desk.propose_relays_by_source_name(actor=desk.MAINTENANCE)
        try:
            with tqdm(total=dispatches.count(), unit=" dispatches", disable=None) as progress:
                for batch in in_batches(dispatches.iterator(), BATCH):
                    issued += desk.rerate(dispatch_ids=batch, actor=desk.MAINTENANCE)
                    after = batch[-1]
                    progress.update(len(batch))
        except KeyboardInterrupt:
            self.stderr.write(f"\nStopped. Editions issued: {issued}. Continue with: manage.py rerate --after {after}")
            raise SystemExit(1) from None
        self.stdout.write(f"Done. Editions issued: {issued}.")
