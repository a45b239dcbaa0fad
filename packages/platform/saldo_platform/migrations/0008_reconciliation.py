"""An index along which documents are compared, in the order of bytes whatever language the database sorts by."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def in_order_of_bytes(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite compares bytes anyway; PostgreSQL by the language of the database, unless told."""
    if editor.connection.vendor == "postgresql":
        editor.execute('ALTER TABLE saldo_platform_invoice ALTER COLUMN external_id TYPE varchar(64) COLLATE "C"')


class Migration(migrations.Migration):
    dependencies = [("saldo_platform", "0007_changes")]

    operations = [
        migrations.RunPython(in_order_of_bytes, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("removed_at", None)),
                fields=["company", "integration", "external_id", "digest", "removed_at"],
                name="invoice_in_order",
            ),
        ),
    ]
