from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recognition", "0003_explanations")]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="about",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="What it is made of and learned from, with licenses.",
            ),
        ),
    ]
