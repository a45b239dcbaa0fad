import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("saldo_desk", "0004_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="Forecast",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.BigIntegerField()),
                ("outcome", models.CharField(max_length=12)),
                ("code", models.CharField(blank=True, max_length=60)),
                ("message", models.CharField(blank=True, max_length=1000)),
                ("changes", models.JSONField(default=list)),
                ("changes_left_out", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="PreviewSkipped",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="run",
            name="one_active_run_per_company",
        ),
        migrations.AddField(
            model_name="outboxbatch",
            name="received_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="only_marked",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="run",
            name="stage",
            field=models.CharField(
                choices=[("preview", "Preview"), ("send", "Send"), ("look", "Look")], default="send", max_length=7
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="started_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="run",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("waiting", "Waiting"),
                    ("running", "Running"),
                    ("previewed", "Previewed"),
                    ("done", "Done"),
                    ("stopped", "Stopped"),
                ],
                default="queued",
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("queued", "waiting", "running", "previewed"))),
                fields=("company",),
                name="one_active_run_per_company",
            ),
        ),
        migrations.AddField(
            model_name="forecast",
            name="document",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="forecast", to="saldo_desk.rundocument"
            ),
        ),
        migrations.AddField(
            model_name="previewskipped",
            name="company",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="saldo_desk.company"),
        ),
        migrations.AddField(
            model_name="previewskipped",
            name="operator",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name="previewskipped",
            constraint=models.UniqueConstraint(
                fields=("company", "operator"), name="preview_skipped_once_per_operator"
            ),
        ),
    ]
