"""Marks and a synchronisation that was asked for: what was sent is unmarked, what was refused stays marked."""

import pytest
from django.utils import timezone

from saldo_core.ids import new_uid
from saldo_desk.books import companies, lists, marks
from saldo_desk.books.tables import Company, Invoice, ListName, Operator
from saldo_desk.exchange import runs, withdrawing
from saldo_desk.exchange.tables import SentDocument
from system_tests.conftest import record

pytestmark = pytest.mark.django_db(transaction=True)


def marked(company: Company, operator: Operator, name: ListName = ListName.INVOICES) -> set[int]:
    return set(marks.marked_invoice_pks(company=company, operator=operator, name=name))


def synchronise(company: Company, operator: Operator, *some: Invoice) -> runs.Counts:
    run = runs.ask(company=company, invoice_pks=[row.pk for row in some], operator=operator, now=timezone.now())
    claimed = runs.claim(run=run, now=timezone.now())
    assert claimed is not None
    return runs.counts_of(runs.carry_out(run=claimed, clock=timezone.now))


def make_it_another_document(invoice: Invoice) -> None:
    """As in a Desk that was installed anew: the Platform knows the invoice under another id, and refuses this one."""
    SentDocument.objects.filter(invoice=invoice).delete()
    Invoice.objects.filter(pk=invoice.pk).update(uid=new_uid())


def test_what_was_sent_is_unmarked_and_what_was_refused_stays_marked(company: Company) -> None:
    anna = companies.add_operator(login="anna", name="Anna", password="zielone-jablko-i-kot")
    sent, refused, left_out = record(company, count=3)
    synchronise(company, anna, refused)
    make_it_another_document(refused)
    for name, rows in (
        (ListName.INVOICES, lists.invoices_of(company=company)),
        (ListName.PAYMENTS, lists.payments_of(company=company)),
    ):
        marks.mark_all(company=company, operator=anna, name=name, rows=rows)
    counts = synchronise(company, anna, sent, refused)
    assert (counts.sent, counts.refused) == (1, 1)
    assert marked(company, anna) == marked(company, anna, ListName.PAYMENTS) == {refused.pk, left_out.pk}


def test_what_was_withdrawn_is_unmarked_so_that_the_next_run_does_not_bring_it_back(company: Company) -> None:
    anna = companies.add_operator(login="anna", name="Anna", password="zielone-jablko-i-kot")
    gone, other = record(company, count=2)
    synchronise(company, anna, gone, other)
    rows = lists.invoices_of(company=company)
    marks.mark_all(company=company, operator=anna, name=ListName.INVOICES, rows=rows.filter(pk=gone.pk))
    run = withdrawing.withdraw(
        company=company, invoice_pks=[gone.pk], reason="pomyłka", confirmed_count=1, operator=anna, now=timezone.now()
    )
    claimed = runs.claim(run=run, now=timezone.now())
    assert claimed is not None
    assert runs.carry_out(run=claimed, clock=timezone.now).state == "done"
    assert marked(company, anna) == set()
