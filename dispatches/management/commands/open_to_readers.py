"""`manage.py open_to_readers`: show readers a restored site although its list of removals is lost."""

from typing import Any

from django.core.management.base import BaseCommand

from dispatches import desk
from dispatches.public.models import SiteState


class Command(BaseCommand):
    help = (
        "Open a restored site to readers without the list of removals. What was withdrawn or expunged after the backup "
        "is public again unless it was removed at the desk meanwhile."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not SiteState.objects.filter(is_closed=True).exists():
            self.stdout.write("The site is open to readers. Nothing to do.")
            return
        desk.open_to_readers(actor=desk.RESTORER)
        self.stdout.write("The site is open to readers.")
