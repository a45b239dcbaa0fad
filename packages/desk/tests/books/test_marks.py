"""Marks of an operator in a company."""

from datetime import UTC, datetime

import pytest

from saldo_core.ids import new_uid
from saldo_desk.books import companies, invoices, lists, marks
from saldo_desk.books.tables import Company, Invoice, ListName, Operator, Payment
from saldo_desk.sources import ksef_xml
from tools import samples

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
INVOICES, PAYMENTS = ListName.INVOICES, ListName.PAYMENTS


@pytest.fixture
def company() -> Company:
    return companies.add(nip=samples.COMPANY_NIP, name="Firma")


@pytest.fixture
def anna() -> Operator:
    return companies.add_operator(login="anna", name="Anna", password="zielone-jablko-i-kot")


@pytest.fixture
def bob() -> Operator:
    return companies.add_operator(login="bob", name="Bob", password="zielone-jablko-i-kot")


@pytest.fixture
def rows(company: Company) -> list[Invoice]:
    for number, currency in (("A/1", "PLN"), ("A/2", "PLN"), ("B/3", "EUR")):
        issued = ksef_xml.read(samples.document(number=number, currency=currency), name="a.xml")
        invoices.record(company=company, issued=issued, operator=None, now=NOW)
    return list(Invoice.objects.order_by("pk"))


def marked(company: Company, operator: Operator, name: ListName = INVOICES) -> list[int]:
    return sorted(marks.marked_invoice_pks(company=company, operator=operator, name=name))


def mark(company: Company, operator: Operator, *some: Invoice) -> None:
    marks.change(company=company, operator=operator, name=INVOICES, mark=[row.uid for row in some], unmark=[])


def test_marking_twice_marks_once_and_unmarking_takes_only_what_it_names(
    company: Company, anna: Operator, rows: list[Invoice]
) -> None:
    mark(company, anna, *rows)
    mark(company, anna, rows[0])
    assert marked(company, anna) == [row.pk for row in rows]
    marks.change(company=company, operator=anna, name=INVOICES, mark=[], unmark=[rows[1].uid, new_uid()])
    assert marked(company, anna) == [rows[0].pk, rows[2].pk]


def test_marks_are_of_one_operator_one_company_and_one_list(
    company: Company, anna: Operator, bob: Operator, rows: list[Invoice]
) -> None:
    other = companies.add(nip="9999999999", name="Obca")
    mark(company, anna, rows[0])
    mark(other, anna, rows[1])  # not an invoice of the other company
    assert marked(company, anna) == [rows[0].pk]
    assert [marked(other, anna), marked(company, bob), marked(company, anna, PAYMENTS)] == [[], [], []]


def test_all_that_match_are_marked_and_nothing_else(company: Company, anna: Operator, rows: list[Invoice]) -> None:
    other = companies.add(nip=rows[0].buyer_tax_id, name="Nabywca")
    issued = ksef_xml.read(samples.document(number="A/9"), name="a.xml")
    invoices.record(company=other, issued=issued, operator=None, now=NOW)
    criteria = lists.read(shape=lists.INVOICES, values={"number": ["a/"]})
    every = lists.narrow(shape=lists.INVOICES, rows=Invoice.objects.all(), criteria=criteria, today=NOW.date())
    for _twice in range(2):
        marks.mark_all(company=company, operator=anna, name=INVOICES, rows=every)
    assert marked(company, anna) == [rows[0].pk, rows[1].pk]
    assert marked(other, anna) == []


def test_totals_are_told_for_each_currency(company: Company, anna: Operator, rows: list[Invoice]) -> None:
    assert marks.totals(company=company, operator=anna, name=INVOICES) == []
    mark(company, anna, *rows)
    gross = rows[0].gross_minor
    assert marks.totals(company=company, operator=anna, name=INVOICES) == [
        marks.Total("EUR", 1, rows[2].gross_minor, rows[2].open_minor),
        marks.Total("PLN", 2, 2 * gross, rows[0].open_minor + rows[1].open_minor),
    ]
    marks.mark_all(company=company, operator=anna, name=PAYMENTS, rows=lists.payments_of(company=company))
    totals = marks.totals(company=company, operator=anna, name=PAYMENTS)
    assert [(total.currency, total.count, total.open_minor) for total in totals] == [
        ("EUR", 1, rows[2].open_minor),
        ("PLN", 2, rows[0].open_minor + rows[1].open_minor),
    ]


def test_marked_payments_mean_each_of_their_invoices_once(
    company: Company, anna: Operator, rows: list[Invoice]
) -> None:
    second = Payment.objects.create(
        company=company, invoice=rows[0], position=2, amount_minor=100, due_on=NOW.date(), form="transfer"
    )
    uids = [second.uid, rows[0].payments.get(position=1).uid]
    marks.change(company=company, operator=anna, name=PAYMENTS, mark=uids, unmark=[])
    assert marked(company, anna, PAYMENTS) == [rows[0].pk]


def test_clearing_takes_the_marks_of_one_list(company: Company, anna: Operator, rows: list[Invoice]) -> None:
    mark(company, anna, *rows)
    marks.mark_all(company=company, operator=anna, name=PAYMENTS, rows=lists.payments_of(company=company))
    marks.clear(company=company, operator=anna, name=INVOICES)
    assert (marked(company, anna), len(marked(company, anna, PAYMENTS))) == ([], 3)


def test_what_was_sent_is_unmarked_in_both_lists(company: Company, anna: Operator, rows: list[Invoice]) -> None:
    mark(company, anna, *rows)
    marks.mark_all(company=company, operator=anna, name=PAYMENTS, rows=lists.payments_of(company=company))
    sent = Invoice.objects.filter(number__startswith="A/").values("pk")
    marks.unmark(company=company, operator=anna, invoices=sent)
    assert marked(company, anna) == marked(company, anna, PAYMENTS) == [rows[2].pk]


def test_a_request_names_only_so_many_rows(company: Company, anna: Operator) -> None:
    uids = [new_uid() for _at in range(marks.ROWS_MAX + 1)]
    with pytest.raises(marks.TooManyRows):
        marks.change(company=company, operator=anna, name=INVOICES, mark=uids, unmark=[])
