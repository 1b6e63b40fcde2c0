from django.core.management import call_command
from django.db import migrations


def create_cache_table(apps, schema_editor):
    """The database cache's table, so that `migrate` alone prepares a database."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("recognition", "0001_clips_and_predictions")]

    operations = [migrations.RunPython(create_cache_table, migrations.RunPython.noop)]
