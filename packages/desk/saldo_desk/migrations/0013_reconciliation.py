"""What is compared with the Platform: ids and digests of what was sent, and the differences that were found."""

import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

PAGE = 5000


def name_what_was_sent(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The ids under which documents were sent; their digests are made when they are compared first."""
    sent = apps.get_model("saldo_desk", "SentDocument")
    rows = sent.objects.values_list("pk", "invoice__uid").order_by("pk").iterator(chunk_size=PAGE)
    with editor.connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {editor.quote_name(sent._meta.db_table)} SET external_id = %s WHERE id = %s",  # noqa: S608
            [(str(uuid.UUID(str(uid))), pk) for pk, uid in rows],
        )
    if editor.connection.vendor == "postgresql":  # which else sorts by the language of the database
        editor.execute('ALTER TABLE saldo_desk_sentdocument ALTER COLUMN external_id TYPE varchar(64) COLLATE "C"')


class Migration(migrations.Migration):
    dependencies = [
        ("saldo_desk", "0012_schedule_and_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Difference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("external_id", models.CharField(max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[("missing", "Missing"), ("extra", "Extra"), ("different", "Different")], max_length=9
                    ),
                ),
                ("number", models.CharField(max_length=256)),
                ("issued_on", models.DateField(null=True)),
                ("sent_revision", models.BigIntegerField(null=True)),
                ("held_revision", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="link",
            name="answered_through",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="run",
            name="compared",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="rundocument",
            name="digest",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="sentdocument",
            name="digest",
            field=models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            model_name="sentdocument",
            name="external_id",
            field=models.CharField(default="", max_length=64),
        ),
        migrations.AlterField(
            model_name="run",
            name="stage",
            field=models.CharField(
                choices=[("preview", "Preview"), ("send", "Send"), ("look", "Look"), ("verify", "Verify")],
                default="send",
                max_length=7,
            ),
        ),
        migrations.RunPython(name_what_was_sent, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="sentdocument",
            index=models.Index(
                condition=models.Q(("sent_revision__isnull", False)),
                fields=["company", "external_id", "digest", "sent_revision"],
                name="sent_in_order",
            ),
        ),
        migrations.AddField(
            model_name="difference",
            name="invoice",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to="saldo_desk.invoice"),
        ),
        migrations.AddField(
            model_name="difference",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="differences", to="saldo_desk.run"
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.UniqueConstraint(fields=("run", "external_id"), name="difference_once_per_run"),
        ),
    ]
