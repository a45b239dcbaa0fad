"""Books that an earlier version made are whole in this one."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from saldo_desk.books.tables import Invoice

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = [("saldo_desk", "0001_initial")]


def test_an_invoice_of_the_first_version_is_here_with_all_that_belongs_to_it() -> None:
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate(FIRST)
    try:
        tables = executor.loader.project_state(FIRST).apps
        company = tables.get_model("saldo_desk", "Company").objects.create(nip="9991001004", name="Firma")
        other = tables.get_model("saldo_desk", "Counterparty").objects.create(
            company=company, country="PL", tax_id="9993022016", name="Nabywca"
        )
        invoice = tables.get_model("saldo_desk", "Invoice").objects.create(
            company=company, direction="sales", number="FV/1", issued_on=date(2026, 10, 1), counterparty=other,
            seller_country="PL", seller_tax_id=company.nip, seller_name="Firma", buyer_country="PL",
            buyer_tax_id=other.tax_id, buyer_name=other.name, currency="PLN", net_minor=10000, vat_minor=2300,
            gross_minor=12300, open_minor=12300, payment_state="open", bank_account="PL1", content_digest="0" * 64,
            revision=1, recorded_at=datetime(2026, 10, 2, tzinfo=UTC),
        )  # fmt: skip
        tables.get_model("saldo_desk", "Line").objects.create(invoice=invoice, position=1, name="Donica")
        tables.get_model("saldo_desk", "Payment").objects.create(
            invoice=invoice, position=1, amount_minor=12300, due_on=date(2026, 10, 15), form="transfer"
        )
    finally:
        MigrationExecutor(connection).migrate(latest)
    kept = Invoice.objects.get()
    assert (kept.number, kept.type, kept.open_minor, kept.bank_account) == ("FV/1", "invoice", 12300, "PL1")
    assert (kept.factor_name, kept.term_in_words, kept.links_from.count()) == ("", "", 0)
    assert [line.before for line in kept.lines.all()] == [False]
    assert kept.payments.get().open_minor == 12300
