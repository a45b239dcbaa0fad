"""What an earlier version stored comes through, or is told by name."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from packages.platform.tests.conftest import NOW
from saldo_core import preparing
from saldo_core.ids import new_uid
from saldo_platform.exchange.tables import Invoice

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = [("saldo_platform", "0002_accounts")]


@pytest.fixture
def tables() -> Iterator[Any]:
    """The tables before an invoice's identity lost its type; brought up to date again after the test."""
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    old = executor.loader.project_state(BEFORE).apps
    yield old
    old.get_model("saldo_platform", "Invoice").objects.all().delete()
    call_command("migrate", verbosity=0, interactive=False)


def store(tables: Any, **values: Any) -> Any:
    company, _made = tables.get_model("saldo_platform", "Company").objects.get_or_create(
        nip="9999999999", defaults={"uid": new_uid(), "name": "Firma", "joined_at": NOW}
    )
    integration, _made = tables.get_model("saldo_platform", "Integration").objects.get_or_create(
        company=company,
        name="Optima biuro",
        defaults={"uid": new_uid(), "state": "confirmed", "asked_by": "a@example.com", "made_at": NOW},
    )
    given = {
        "company": company, "uid": new_uid(), "integration": integration, "external_id": "FS-1", "revision": 1,
        "digest": "0" * 32, "direction": "sales", "type": "invoice", "state": "approved", "number": "FV/1",
        "issued_on": NOW.date(), "seller_country": "PL", "seller_tax_id": company.nip, "counterparty_name": "N",
        "counterparty_tax_id": "1111111111", "currency": "PLN", "net_minor": 1, "vat_minor": 0, "gross_minor": 1,
        "settled_minor": 0, "open_minor": 1, "payment_state": "open", "split_payment": False, "ksef_number": "",
        "content": b"{}", "batch_uid": new_uid(), "received_at": NOW, "changed_at": NOW, **values,
    }  # fmt: skip
    return tables.get_model("saldo_platform", "Invoice").objects.create(**given)


def test_two_invoices_that_differ_by_type_alone_are_named_with_what_to_do_and_nothing_changes(tables: Any) -> None:
    first = store(tables)
    second = store(tables, external_id="FK-7", type="correction")
    store(tables, external_id="FS-2", number="FV/2", type="correction")
    with pytest.raises(CommandError) as refused:
        call_command("migrate", verbosity=0, interactive=False)
    said = str(refused.value)
    for text in (
        f"NIP 9999999999 (company_id {first.company_id}), number FV/1 of 2026-11-24",
        f"invoice, approved, sent by Optima biuro as FS-1, uid {first.uid.hex}",
        f"correction, approved, sent by Optima biuro as FK-7, uid {second.uid.hex}",
        "docs/operations.md",
    ):
        assert text in said, text
    assert "FV/2" not in said
    assert tables.get_model("saldo_platform", "Invoice").objects.count() == 3
    with pytest.raises(SystemExit) as ended:
        preparing.bring_up_to_date()
    assert str(ended.value) == said


def test_once_one_is_removed_as_the_page_says_the_other_comes_through(tables: Any) -> None:
    store(tables)
    second = store(tables, external_id="FK-7", type="correction")
    with connection.cursor() as cursor:
        for table, column in (("saldo_platform_payment", "invoice_uid"), ("saldo_platform_invoice", "uid")):
            where = f"company_id = {second.company_id} AND {column} = '{second.uid.hex}'"
            cursor.execute(f"DELETE FROM {table} WHERE {where}")
    preparing.bring_up_to_date()
    kept = Invoice.objects.get()
    assert (kept.external_id, kept.type, kept.removed_at) == ("FS-1", "invoice", None)
