"""Marks and a synchronisation that was asked for: what was sent is unmarked, what was refused stays marked."""

import pytest
from django.utils import timezone

from saldo_desk.books import companies, lists, marks
from saldo_desk.books.tables import Company, Invoice, Line, ListName, Operator
from saldo_desk.exchange import runs
from saldo_protocol import batches
from system_tests.conftest import record

pytestmark = pytest.mark.django_db(transaction=True)


def marked(company: Company, operator: Operator, name: ListName = ListName.INVOICES) -> set[int]:
    return set(marks.marked_invoice_pks(company=company, operator=operator, name=name))


def make_too_large(invoice: Invoice) -> None:
    """More lines than one body carries: refused here, by name."""
    name = "x" * 500
    count = batches.BODY_BYTES_MAX // len(name) + 1
    first = invoice.lines.count() + 1
    Line.objects.bulk_create(Line(invoice=invoice, position=first + at, name=name) for at in range(count))


def test_what_was_sent_is_unmarked_and_what_was_refused_stays_marked(company: Company) -> None:
    anna = companies.add_operator(login="anna", name="Anna", password="zielone-jablko-i-kot")
    sent, refused, left_out = record(company, count=3)
    make_too_large(refused)
    for name, rows in (
        (ListName.INVOICES, lists.invoices_of(company=company)),
        (ListName.PAYMENTS, lists.payments_of(company=company)),
    ):
        marks.mark_all(company=company, operator=anna, name=name, rows=rows)
    run = runs.ask(company=company, invoice_pks=[sent.pk, refused.pk], operator=anna, now=timezone.now())
    claimed = runs.claim(run=run, now=timezone.now())
    assert claimed is not None
    counts = runs.counts_of(runs.carry_out(run=claimed, clock=timezone.now))
    assert (counts.sent, counts.refused) == (1, 1)
    assert marked(company, anna) == marked(company, anna, ListName.PAYMENTS) == {refused.pk, left_out.pk}
