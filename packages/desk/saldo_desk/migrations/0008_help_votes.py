import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("saldo_desk", "0007_log_in_attempts"),
    ]

    operations = [
        migrations.CreateModel(
            name="HelpVote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("article", models.CharField(max_length=60)),
                ("language", models.CharField(max_length=2)),
                ("helpful", models.BooleanField()),
                ("text", models.CharField(blank=True, max_length=1000)),
                ("at", models.DateTimeField()),
                (
                    "voter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("article", "voter"), name="help_vote_once_per_person")],
            },
        ),
    ]
