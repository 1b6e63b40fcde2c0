from django.db import migrations, models
from django.db.models.functions import Coalesce, Lower, NullIf


class Migration(migrations.Migration):
    dependencies = [
        ("recognition", "0005_user_side"),
    ]

    operations = [
        # capitals sorted before small letters by it
        migrations.RemoveIndex(
            model_name="clip",
            name="clip_by_name",
        ),
        # sorted by name, whatever the case
        migrations.AddIndex(
            model_name="clip",
            index=models.Index(
                models.F("owner"), Lower("name"), models.F("id"), name="clip_by_lower_name"
            ),
        ),
        # an emotion: what was corrected, else what was recognized
        migrations.AddIndex(
            model_name="clip",
            index=models.Index(
                models.F("owner"),
                Coalesce(NullIf("corrected_emotion", models.Value("")), "emotion"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="clip_by_counted_emotion",
            ),
        ),
        # a state that hardly any clip is in, or none: else all would be looked through
        migrations.AddIndex(
            model_name="clip",
            index=models.Index(
                models.F("owner"),
                models.F("state"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="clip_by_state",
            ),
        ),
        # the same for not sure
        migrations.AddIndex(
            model_name="clip",
            index=models.Index(
                models.F("owner"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("is_sure", False)),
                name="clip_not_sure",
            ),
        ),
        # the same for corrected
        migrations.AddIndex(
            model_name="clip",
            index=models.Index(
                models.F("owner"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("corrected_emotion", ""), _negated=True),
                name="clip_corrected",
            ),
        ),
    ]
