import re
import unicodedata

from django.db import migrations, models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone


def words_of(text):
    """The words of a text as they were counted before this migration."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return {word for word in re.findall(r"[^\W_]+", plain) if 2 <= len(word) <= 40}


def keep_what_is_live(apps, schema_editor):
    """Take the words of dispatches that readers can't read yet out of the index, its counts, and the relations."""
    Edition = apps.get_model("dispatches", "Edition")
    SearchDocument = apps.get_model("dispatches", "SearchDocument")
    SearchWord = apps.get_model("dispatches", "SearchWord")
    Relation = apps.get_model("dispatches", "Relation")
    IndexState = apps.get_model("dispatches", "IndexState")
    now = timezone.now()
    live = Edition.objects.filter(Q(superseded_at=None) | Q(superseded_at__gt=now), live_at__lte=now).order_by()
    readable = live.exclude(kind="withdrawal")

    def is_readable(name):
        return Exists(readable.filter(dispatch=OuterRef(name)))

    for document in SearchDocument.objects.exclude(is_readable("dispatch")):
        text = "\n".join((document.headline, document.tldr, document.developments, document.body))
        words = sorted(words_of(text))
        for start in range(0, len(words), 5_000):
            counted = SearchWord.objects.filter(word__in=words[start : start + 5_000], documents__gt=0)
            counted.update(documents=F("documents") - 1)
        document.delete()
    SearchWord.objects.filter(documents=0).delete()
    Relation.objects.exclude(is_readable("dispatch")).delete()
    to_others = Relation.objects.exclude(is_readable("other"))
    to_others.filter(is_reference=False).delete()
    to_others.update(likeness=0.0)
    IndexState.objects.create(pk=1, live_until=now, documents=SearchDocument.objects.count())


class Migration(migrations.Migration):
    dependencies = [("dispatches", "0009_search_at_once")]

    operations = [
        migrations.CreateModel(
            name="IndexState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("live_until", models.DateTimeField(help_text="Every edition that had gone live by then has its words in the index. Whatever went live later is looked for beside it.")),
                ("documents", models.PositiveIntegerField(default=0, help_text="How many documents there are.")),
            ],
            options={"constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="one_index_state")]},
        ),
        migrations.RunPython(keep_what_is_live, migrations.RunPython.noop),
    ]
