from django.db import migrations


def index_at_once(apps, schema_editor):
    """Let PostgreSQL's index have each document as it comes; it put them on a list that every search read through."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER INDEX dispatches_searchdocument_vector SET (fastupdate = off)")
        schema_editor.execute("SELECT gin_clean_pending_list('dispatches_searchdocument_vector')")


class Migration(migrations.Migration):
    dependencies = [("dispatches", "0008_record")]

    operations = [migrations.RunPython(index_at_once, migrations.RunPython.noop)]
