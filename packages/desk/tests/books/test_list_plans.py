"""What the database does for the pages that are opened most: it goes along an index and sorts nothing."""

from datetime import UTC, date, datetime

import pytest

from saldo_desk.books import companies, lists
from saldo_desk.books.tables import Company
from saldo_desk.exchange.sync_states import with_sync_state
from tools import many_invoices

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]

NOW, TODAY = datetime(2026, 11, 24, 12, tzinfo=UTC), date(2026, 11, 24)
ROWS = 2000


@pytest.fixture
def company() -> Company:
    added = companies.add(nip="1111111111", name="Firma")
    many_invoices.fill(company=added, count=ROWS, now=NOW)
    return added


def plan(company: Company, shape: lists.Shape, values: dict[str, list[str]]) -> str:
    criteria = lists.read(shape=shape, values=values)
    rows = (
        with_sync_state(lists.invoices_of(company=company))
        if shape is lists.INVOICES
        else lists.payments_of(company=company)
    )
    rows = lists.narrow(shape=shape, rows=rows, criteria=criteria, today=TODAY)
    ordered = lists.in_order(shape=shape, rows=rows, criteria=criteria)
    return str(ordered.values_list("pk", flat=True)[:50].explain())


@pytest.mark.parametrize(
    ("values", "index"),
    [
        ({}, "invoice_by_issue"),
        ({"sort": ["issued"]}, "invoice_by_issue"),
        ({"sort": ["due"]}, "invoice_by_due"),
        ({"sort": ["-due"]}, "invoice_by_due"),
        ({"sort": ["number"]}, "invoice_by_number"),
        ({"sort": ["party"]}, "invoice_by_party"),
        ({"sort": ["-gross"]}, "invoice_by_gross"),
        ({"q": ["firma 77"]}, "invoice_for_filters"),
        ({"state": ["overdue"]}, "invoice_for_filters"),
        ({"direction": ["purchase"]}, "invoice_for_filters"),
        ({"currency": ["eur"], "mpp": ["no"], "kind": ["invoice"]}, "invoice_for_filters"),
    ],
)
def test_a_hot_page_of_invoices_goes_along_an_index_that_holds_all_it_looks_at(
    values: dict[str, list[str]], index: str, company: Company
) -> None:
    told = plan(company, lists.INVOICES, values)
    assert f"USING COVERING INDEX {index}" in told
    assert "TEMP B-TREE" not in told and "SCAN" not in told


@pytest.mark.parametrize("values", [{}, {"sort": ["-due"]}, {"state": ["overdue"]}])
def test_a_hot_page_of_the_schedule_goes_along_its_index(values: dict[str, list[str]], company: Company) -> None:
    told = plan(company, lists.PAYMENTS, values)
    assert "INDEX payment_by_due" in told
    assert "TEMP B-TREE" not in told


def test_the_last_page_is_read_from_the_end(company: Company) -> None:
    criteria = lists.read(shape=lists.INVOICES, values={})
    rows = with_sync_state(lists.invoices_of(company=company))
    turned = lists.in_order(shape=lists.INVOICES, rows=rows, criteria=criteria, turned=True)
    assert "TEMP B-TREE" not in str(turned.values_list("pk", flat=True)[:50].explain())
    last = lists.pks_between(shape=lists.INVOICES, rows=rows, criteria=criteria, start=ROWS - 50, stop=ROWS, count=ROWS)
    whole = lists.in_order(shape=lists.INVOICES, rows=rows, criteria=criteria)
    assert last == list(whole.values_list("pk", flat=True))[-50:]
