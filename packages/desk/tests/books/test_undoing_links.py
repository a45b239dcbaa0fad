"""Taking invoices back beside others that name them, or that they name."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from saldo_desk.books import companies, invoices, undoing
from saldo_desk.books.tables import Company, InvoiceLink
from saldo_desk.books.undoing import Obstacle, Stamped
from saldo_desk.sources import ksef_xml
from tools import samples
from tools.sample_xml import Named

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CORRECTED = (Named("FV/1", date(2026, 10, 1)),)


@pytest.fixture
def company(db: None) -> Company:
    return companies.add(nip=samples.COMPANY_NIP, name="Firma")


def record(company: Company, **content: object) -> int:
    issued = ksef_xml.read(samples.document(**content), name="a.xml")
    return invoices.record(company=company, issued=issued, operator=None, now=NOW).invoice_pk


def in_the_way(company: Company, *pks: int) -> tuple[Obstacle, ...]:
    return undoing.in_the_way(company=company, stamped=[Stamped(pk, None) for pk in pks], limit=10)


def test_an_invoice_that_a_later_correction_names_is_built_on_and_the_correction_is_not(company: Company) -> None:
    first = record(company, number="FV/1", issued_on=date(2026, 10, 1))
    correction = record(company, number="FK/1", issued_on=date(2026, 10, 9), kind="KOR", corrects=CORRECTED)
    assert in_the_way(company, first) == (Obstacle("FV/1", "linked"),)
    assert in_the_way(company, correction) == ()
    assert in_the_way(company, first, correction) == ()


def take_back(company: Company, *pks: int) -> None:
    assert in_the_way(company, *pks) == ()
    undoing.remove(company=company, invoice_pks=pks, counterparties_after=0, operator=None, now=NOW, values={})


def test_a_correction_that_was_here_first_does_not_keep_what_it_corrects_and_waits_again(company: Company) -> None:
    record(company, number="FK/1", issued_on=date(2026, 10, 9), kind="KOR", corrects=CORRECTED)
    corrected = record(company, number="FV/1", issued_on=date(2026, 10, 1))
    assert InvoiceLink.objects.get().target_id == corrected
    take_back(company, corrected)
    assert InvoiceLink.objects.get().target_id is None


def test_a_link_that_an_import_made_unclear_leads_back_when_the_import_is_undone(company: Company) -> None:
    paid = {"kind": "ZAL", "advance": Decimal("123.00")}
    advance = record(company, number="FZ/1", issued_on=date(2025, 9, 1), **paid)
    record(company, number="FR/1", issued_on=date(2026, 10, 9), kind="ROZ", settles=(Named("FZ/1"),))
    another = record(company, number="FZ/1", issued_on=date(2026, 9, 1), **paid)
    assert InvoiceLink.objects.get().target_id is None
    take_back(company, another)
    assert InvoiceLink.objects.get().target_id == advance
