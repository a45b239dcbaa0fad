"""Taking invoices back beside others that name them, or that they name."""

from datetime import UTC, date, datetime

import pytest

from saldo_desk.books import companies, invoices, undoing
from saldo_desk.books.tables import Company
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
