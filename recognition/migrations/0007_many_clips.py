from django.db import migrations, models
from django.db.models.functions import Lower


def corrected_index(
    name: str, *order: models.Func | models.F | models.OrderBy
) -> migrations.AddIndex:
    return migrations.AddIndex(
        model_name="clip",
        index=models.Index(
            models.F("owner"),
            *order,
            models.F("corrected_emotion"),
            models.F("emotion"),
            condition=models.Q(("corrected_emotion", ""), _negated=True),
            name=f"clip_corrected_by_{name}",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("recognition", "0006_history_indexes"),
    ]

    operations = [
        # of the newest prediction, as emotion and confidence are: the dashboard joins nothing
        migrations.AddField(
            model_name="clip",
            name="model_version",
            field=models.ForeignKey(
                "recognition.ModelVersion",
                on_delete=models.PROTECT,
                null=True,
                blank=True,
                db_index=False,
                related_name="+",
            ),
        ),
        migrations.RunSQL(
            """
            UPDATE recognition_clip SET model_version_id = newest.model_version_id FROM (
                SELECT DISTINCT ON (clip_id) clip_id, model_version_id
                FROM recognition_prediction ORDER BY clip_id, id DESC
            ) AS newest WHERE recognition_clip.id = newest.clip_id
            """,
            migrations.RunSQL.noop,
        ),
        # corrected clips in every order, and what was said of them compared in the index itself:
        # to look at 50,000 of them took 0.2 s
        migrations.RemoveIndex(
            model_name="clip",
            name="clip_corrected",
        ),
        corrected_index(
            "time",
            models.OrderBy(models.F("created_at"), descending=True),
            models.OrderBy(models.F("id"), descending=True),
        ),
        corrected_index(
            "confidence",
            models.OrderBy(models.F("confidence"), descending=True, nulls_last=True),
            models.OrderBy(models.F("id"), descending=True),
        ),
        corrected_index(
            "duration",
            models.OrderBy(models.F("duration_s"), descending=True, nulls_last=True),
            models.OrderBy(models.F("id"), descending=True),
        ),
        corrected_index("name", Lower("name"), models.F("id")),
        # the clips of a tag without a look at the rows between; Django made one of the tag alone
        migrations.RunSQL(
            "CREATE INDEX clip_tags_by_tag ON recognition_clip_tags (tag_id, clip_id)",
            "DROP INDEX clip_tags_by_tag",
        ),
        # all that the dashboard counts, without a look at the clips themselves
        migrations.AddIndex(
            model_name="clip",
            index=models.Index(
                fields=["owner", "created_at"],
                include=[
                    *("emotion", "corrected_emotion", "confidence", "is_sure", "duration_s"),
                    *("state", "model_version"),
                ],
                condition=models.Q(("deleted_at__isnull", True)),
                name="clip_figures",
            ),
        ),
    ]
