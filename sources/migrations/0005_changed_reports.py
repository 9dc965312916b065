from django.db import migrations, models


class Migration(migrations.Migration):
    # By itself: PostgreSQL makes no index on a table that the same transaction has written to.
    dependencies = [("sources", "0004_newer_words")]

    operations = [
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("newer_words__isnull", False)), fields=["-changed_at"], name="report_changed"
            ),
        ),
    ]
