"""`manage.py check_signals`: recompute every Signal and compare it with the published one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from dispatches.desk.rerating import compute
from dispatches.models import Dispatch
from dispatches.signal.rules import Rung


class Command(BaseCommand):
    help = "Recompute the Signal of every dispatch; list where the published one differs, and fail if any does."

    def handle(self, *args: Any, **options: Any) -> None:
        dispatches = Dispatch.objects.order_by("pk").values_list("pk", flat=True)
        ids = tqdm(dispatches.iterator(), total=dispatches.count(), unit=" dispatches", disable=None)
        checked = 0
        differing = 0
        for each in compute(ids):
            checked += 1
            if each.differs:
                differing += 1
                edition = each.editions[0]
                self.stdout.write(
                    f"{edition.get_absolute_url()} (edition {edition.number}): "
                    f"published {edition.signal.word} from {edition.origins}, "
                    f"computed {Rung(each.signal.rung).word} from {each.signal.origins}"
                )
        if differing:
            raise CommandError(f"{differing} of {checked} differ. Run `manage.py rerate` to publish the computed ones.")
        self.stdout.write(f"{checked} checked: every published or scheduled Signal matches its sources.")
