from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("saldo_desk", "0013_reconciliation"),
    ]

    operations = [
        migrations.AlterField(
            model_name="import",
            name="problem",
            field=models.CharField(
                blank=True,
                choices=[("no_room", "No Room"), ("internal_error", "Internal"), ("reader_died", "Reader Died")],
                default="",
                max_length=20,
            ),
        ),
    ]
