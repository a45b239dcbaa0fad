"""Which invoices were withdrawn from the Platform, and how one of them travels as an ordinary document again."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from saldo_desk.books import revisions
from saldo_desk.books.tables import Company, HistoryEvent, Invoice, Operator
from saldo_desk.exchange.tables import Run, RunOutcome, Withdrawal

PAGE = 500
GONE = Q(sent__outcome=RunOutcome.REMOVED, sent__answered_revision__gte=F("withdrawal__revision"))
"""The Platform has answered this very withdrawal: the invoice is not there."""
TO_GO = Q(withdrawal__isnull=False, sent__answered_revision__lt=F("revision"))
"""What goes of it next is a tombstone; unless it is gone already, when nothing goes."""


def list_gone(*, company: Company) -> "QuerySet[Invoice]":
    """The withdrawn invoices that the Platform holds no more. They don't travel when they change."""
    return Invoice.objects.filter(GONE, company=company)


def take_up_again(*, run: Run, now: datetime) -> None:
    """Those of the run's marked invoices that are gone from the Platform go as ordinary documents from now on.

    When the run is carried out, not when it is asked for: a preview that nobody agrees to brings nothing back. A
    withdrawal that was not carried out yet stays one: who marks its invoice asks to try again.
    """
    marked = run.documents.filter(marked=True, outcome=RunOutcome.PENDING, batch=None).values("invoice_id")
    gone = list(list_gone(company=run.company).filter(pk__in=marked).values_list("pk", flat=True))
    end(company=run.company, invoice_pks=gone, operator=run.asked_by, now=now)


def as_taken_up(invoices: list[Invoice]) -> list[Invoice]:
    """The invoices as they go once the run is agreed to, for its preview; in memory alone."""
    gone = set(Invoice.objects.filter(GONE, pk__in=[invoice.pk for invoice in invoices]).values_list("pk", flat=True))
    for invoice in invoices:
        if invoice.pk in gone:
            invoice._state.fields_cache["withdrawal"] = None
            invoice.revision += 1  # newer than its tombstone
    return invoices


def end(*, company: Company, invoice_pks: list[int], operator: Operator | None, now: datetime) -> None:
    """End the withdrawals of these invoices. Their revision moves: the Platform takes nothing back that is older than
    its tombstone."""
    if not invoice_pks:
        return
    with transaction.atomic():
        revision = revisions.take(company=company, now=now)
        for at in range(0, len(invoice_pks), PAGE):
            some = invoice_pks[at : at + PAGE]
            Withdrawal.objects.filter(company=company, invoice__in=some).delete()
            Invoice.objects.filter(company=company, pk__in=some).update(revision=revision)
        HistoryEvent.objects.bulk_create(
            HistoryEvent(
                company=company, at=now, operator=operator, action="withdrawal_ended", invoice_id=pk, values={}
            )
            for pk in invoice_pks
        )
