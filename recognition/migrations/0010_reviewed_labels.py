from django.db import migrations, models
from django.db.models.functions import Coalesce, Lower, NullIf

COUNTED_EMOTION = Coalesce(
    NullIf("reviewed_emotion", models.Value("")),
    NullIf("corrected_emotion", models.Value("")),
    "emotion",
)
NEWEST = (
    models.OrderBy(models.F("created_at"), descending=True),
    models.OrderBy(models.F("id"), descending=True),
)


def said_index(name: str, *order: models.Func | models.F | models.OrderBy) -> migrations.AddIndex:
    return migrations.AddIndex(
        model_name="clip",
        index=models.Index(
            models.F("owner"),
            *order,
            COUNTED_EMOTION,
            models.F("emotion"),
            models.F("corrected_emotion"),
            models.F("reviewed_emotion"),
            condition=models.Q(("corrected_emotion", ""), ("reviewed_emotion", ""), _negated=True),
            name=f"clip_said_by_{name}",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("recognition", "0009_reviews_and_trainings"),
    ]

    operations = [
        # what reviewers settled goes before what the owner corrected
        migrations.RemoveIndex(
            model_name="clip",
            name="clip_by_counted_emotion",
        ),
        migrations.AddIndex(
            model_name="clip",
            index=models.Index(
                models.F("owner"),
                COUNTED_EMOTION,
                *NEWEST,
                name="clip_by_counted_emotion",
            ),
        ),
        # corrected and reviewed clips in every order, all that was said of them in the index
        *(
            migrations.RemoveIndex(model_name="clip", name=f"clip_corrected_by_{name}")
            for name in ("time", "confidence", "duration", "name")
        ),
        said_index("time", *NEWEST),
        said_index(
            "confidence",
            models.OrderBy(models.F("confidence"), descending=True, nulls_last=True),
            models.OrderBy(models.F("id"), descending=True),
        ),
        said_index(
            "duration",
            models.OrderBy(models.F("duration_s"), descending=True, nulls_last=True),
            models.OrderBy(models.F("id"), descending=True),
        ),
        said_index("name", Lower("name"), models.F("id")),
        # the dashboard counts reviewed labels, too
        migrations.RemoveIndex(
            model_name="clip",
            name="clip_figures",
        ),
        migrations.AddIndex(
            model_name="clip",
            index=models.Index(
                fields=["owner", "created_at"],
                include=[
                    *("emotion", "corrected_emotion", "reviewed_emotion"),
                    *("confidence", "is_sure", "duration_s", "state", "model_version"),
                ],
                condition=models.Q(("deleted_at__isnull", True)),
                name="clip_figures",
            ),
        ),
    ]
