from django.db import migrations


class Migration(migrations.Migration):
    """Made the roles, which are made after every `migrate` now (dispatches/roles.py)."""

    dependencies = [
        ("dispatches", "0002_the_desk"),
        ("sources", "0002_the_desk"),
    ]
    operations = []
