"""Two companies, their invoices, and Anna at the window."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.test import Client

from saldo_desk.books import companies, invoices
from saldo_desk.books.tables import Company, Invoice, Operator
from saldo_desk.sources import ksef_xml
from tools import samples

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PASSWORD = "zielone-jablko-i-kot"
NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _no_platform(settings: LazySettings, tmp_path: object) -> None:
    settings.PLATFORM_URL = NOBODY_LISTENS
    settings.PROGRAM_HOME = tmp_path


@pytest.fixture
def company(db: None) -> Company:
    return companies.add(nip=samples.COMPANY_NIP, name="Zielona Łąka", address="Prosta 5", email="biuro@example.com")


@pytest.fixture
def anna(db: None) -> Operator:
    return companies.add_operator(login="anna", name="Anna Nowak", password=PASSWORD)


@pytest.fixture
def window(anna: Operator) -> Client:
    """A browser in which Anna is logged in, in Polish."""
    client = Client(headers={"Accept-Language": "pl"})
    client.force_login(anna)
    return client


@pytest.fixture
def invoice(company: Company) -> Invoice:
    return _record(company, "FV/1")


@pytest.fixture
def record(company: Company) -> Callable[[str], Invoice]:
    """Puts an invoice with a number into the company's books."""
    return lambda number: _record(company, number)


def _record(company: Company, number: str) -> Invoice:
    issued = ksef_xml.read(samples.document(number=number), name="sample.xml")
    recorded = invoices.record(company=company, issued=issued, operator=None, now=NOW)
    return Invoice.objects.get(pk=recorded.invoice_pk)
