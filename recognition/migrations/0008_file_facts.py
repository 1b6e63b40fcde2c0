from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recognition", "0007_many_clips"),
    ]

    operations = [
        migrations.AddField(
            model_name="clip",
            name="sample_rate",
            field=models.PositiveIntegerField(null=True, blank=True, help_text="In Hz."),
        ),
        migrations.AddField(
            model_name="clip",
            name="n_channels",
            field=models.PositiveIntegerField(null=True, blank=True),
        ),
        migrations.AddField(
            model_name="clip",
            name="codec",
            field=models.CharField(max_length=20, blank=True, default="", db_default=""),
        ),
    ]
