"""`manage.py reindex`: rebuild the readers' search index, the desk's, and the relations between dispatches."""

from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from dispatches import desk
from dispatches.public.models import Edition, SearchDocument, SearchWord
from dispatches.public.search import full_text


class Command(BaseCommand):
    help = (
        "Rebuild the readers' search index, the desk's, and the relations between dispatches. Readers can search "
        "meanwhile; editors wait at the start, while words are counted and the desk's index is rebuilt."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with desk.summarized("reindex", command="reindex"):
            self._rebuild()

    def _rebuild(self) -> None:
        full_text().rebuild()
        desk.rebuild_documents(actor=desk.MAINTENANCE)
        desk.index_due_editions(actor=desk.MAINTENANCE)
        desk.prune_index(actor=desk.MAINTENANCE)
        editions = Edition.objects.live().exclude(kind=Edition.Kind.WITHDRAWAL)
        # In two passes, because relations depend on the words of all dispatches.
        for verb, label in ((desk.reindex, "Indexing"), (desk.rebuild_relations, "Relating")):
            for edition in tqdm(editions.iterator(200), total=editions.count(), desc=label, disable=None):
                verb(edition=edition, actor=desk.MAINTENANCE)
        self.stdout.write(f"{SearchDocument.objects.count()} dispatches, {SearchWord.objects.count()} words.")
