from django.db import migrations, models


class Migration(migrations.Migration):
    # By itself: PostgreSQL changes no table whose rows the same transaction has changed.
    dependencies = [("sources", "0006_folded_names")]

    operations = [
        migrations.AddConstraint(
            model_name="owner",
            constraint=models.UniqueConstraint(
                fields=("folded_name",),
                name="one_owner_per_name",
                violation_error_message="There is an owner of this name already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.UniqueConstraint(
                fields=("folded_name",),
                name="one_source_per_name",
                violation_error_message="There is a source of this name already.",
            ),
        ),
    ]
