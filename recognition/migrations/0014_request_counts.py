"""How often each asked the API lately. No model: one statement counts and decides."""

from django.db import migrations

# UNLOGGED: nobody waits for the disk, and after a crash everybody begins anew.
CREATE = """
CREATE UNLOGGED TABLE recognition_requestcount (
    key text PRIMARY KEY,
    moments timestamptz[] NOT NULL,
    counted_at timestamptz NOT NULL
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("recognition", "0013_keys_of_batches"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE recognition_requestcount"),
    ]
