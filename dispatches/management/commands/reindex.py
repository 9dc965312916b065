"""Work out anew what the full text and the related dispatches are made from."""

from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from dispatches import desk
from dispatches.public.models import Edition, SearchDocument, SearchWord
from dispatches.public.search import full_text


class Command(BaseCommand):
    help = (
        "Make the search index and the relations between dispatches anew, from what is live. Readers can search "
        "meanwhile; editors wait at first, while words are counted."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        full_text().rebuild()
        desk.index_due()
        desk.clean_index()
        editions = Edition.objects.live().exclude(kind=Edition.Kind.WITHDRAWAL)
        # Twice, since what is alike is told by the words of all.
        for verb, words in ((desk.index_anew, "Indexing"), (desk.relate_anew, "Relating")):
            for edition in tqdm(editions.iterator(200), total=editions.count(), desc=words, disable=None):
                verb(edition=edition)
        self.stdout.write(f"{SearchDocument.objects.count()} dispatches, {SearchWord.objects.count()} words.")
