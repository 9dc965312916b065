from django.db import migrations

from dispatches.roles import make_roles


class Migration(migrations.Migration):
    dependencies = [
        ("dispatches", "0002_the_desk"),
        ("sources", "0002_the_desk"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(lambda apps, editor: make_roles(apps), migrations.RunPython.noop)]
