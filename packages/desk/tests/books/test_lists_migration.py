"""Rows that were here before the lists get what lists need."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from saldo_desk.books.tables import Invoice, Payment

APP = "saldo_desk"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def migrate(targets: list[tuple[str, str]]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def before() -> Iterator[Any]:
    """The tables as the first migration made them; brought up to date again whatever happens."""
    latest = [key for key in MigrationExecutor(connection).loader.graph.leaf_nodes() if key[0] == APP]
    try:
        yield migrate([(APP, "0001_initial")])
    finally:
        migrate(latest)


@pytest.mark.django_db(transaction=True)
def test_invoices_are_folded_and_payments_get_their_company(before: Any) -> None:
    company = before.get_model(APP, "Company").objects.create(nip="1111111111", name="Firma")
    party = before.get_model(APP, "Counterparty").objects.create(
        company=company, country="PL", tax_id="5260001246", name="Żółta Łąka"
    )
    invoice = before.get_model(APP, "Invoice").objects.create(
        company=company, direction="sales", number="FV/1", issued_on=date(2026, 10, 1), counterparty=party,
        seller_country="PL", seller_name="Firma", buyer_country="PL", buyer_name="Żółta Łąka", currency="PLN",
        net_minor=100, vat_minor=23, gross_minor=123, content_digest="0", revision=1, recorded_at=NOW,
    )  # fmt: skip
    before.get_model(APP, "Payment").objects.create(
        invoice=invoice, position=1, amount_minor=123, due_on=date(2026, 10, 15), form="transfer"
    )
    migrate([key for key in MigrationExecutor(connection).loader.graph.leaf_nodes() if key[0] == APP])
    kept = Invoice.objects.get()
    assert (kept.party_folded, kept.search_text) == ("zolta laka", "fv/1 zolta laka 5260001246")
    assert Payment.objects.get().company_id == company.pk
