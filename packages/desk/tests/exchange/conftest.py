"""A connected company with invoices that the Platform is known to hold."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.conf import LazySettings

from saldo_desk.books import companies, invoices
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange import connection, key_files
from saldo_desk.exchange.tables import Link, RunOutcome, SentDocument
from saldo_desk.sources import ksef_xml
from saldo_protocol import keys
from tools import samples

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOBODY_LISTENS = "http://127.0.0.1:9"
INTEGRATION = UUID("018f0000-0000-7000-8000-000000000001")


@pytest.fixture
def company(db: None, settings: LazySettings, tmp_path: object) -> Company:
    settings.PROGRAM_HOME = tmp_path
    added = companies.add(nip=samples.COMPANY_NIP, name="Zielona Łąka")
    key = keys.make()
    key_files.write_key(company=added, key=key)
    connection.keep_link(company=added, platform_url=NOBODY_LISTENS, key=key)
    Link.objects.update(integration_uid=INTEGRATION)
    return added


@pytest.fixture
def record(company: Company) -> Callable[[str], Invoice]:
    """Puts an invoice with a number into the books."""

    def put(number: str) -> Invoice:
        issued = ksef_xml.read(samples.document(number=number), name="sample.xml")
        recorded = invoices.record(company=company, issued=issued, operator=None, now=NOW)
        return Invoice.objects.get(pk=recorded.invoice_pk)

    return put


@pytest.fixture
def send(company: Company, record: Callable[[str], Invoice]) -> Callable[[int], list[Invoice]]:
    """Invoices that the Platform has."""

    def put(count: int) -> list[Invoice]:
        made = [record(f"FV/{number}") for number in range(count)]
        SentDocument.objects.bulk_create(
            SentDocument(
                invoice=invoice,
                company=company,
                platform_url=NOBODY_LISTENS,
                sent_revision=invoice.revision,
                answered_revision=invoice.revision,
                answered_at=NOW,
                outcome=RunOutcome.SENT,
            )
            for invoice in made
        )
        return made

    return put
