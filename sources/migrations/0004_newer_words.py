"""What an item is known by, and what its source says now beside the words of an accepted report."""

from django.db import migrations, models
from django.db.models import F


def mark_changed(apps, schema_editor):
    """A source's new words used to replace accepted ones: those reports stay marked until an editor decides."""
    Report = apps.get_model("sources", "Report")
    for report in Report.objects.filter(review="accepted", changed_at__gt=F("reviewed_at")):
        words = {name: getattr(report, name) for name in ("title", "text", "byline", "url", "item_key")}
        report.newer_words = words | {"instead_of": report.arrived_key}
        report.save(update_fields=["newer_words"])


class Migration(migrations.Migration):
    dependencies = [("sources", "0003_intake")]

    operations = [
        migrations.RemoveIndex(model_name="report", name="report_changed"),
        migrations.AddField(
            model_name="report",
            name="item_key",
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name="report",
            name="newer_words",
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("item_key", ""), _negated=True), fields=["item_key"], name="report_by_item"
            ),
        ),
        migrations.RunPython(mark_changed, migrations.RunPython.noop),
    ]
