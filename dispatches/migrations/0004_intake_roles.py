from django.db import migrations

from dispatches.roles import make_roles


class Migration(migrations.Migration):
    dependencies = [
        ("dispatches", "0003_roles"),
        ("sources", "0003_intake"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(lambda apps, editor: make_roles(apps), migrations.RunPython.noop)]
