"""Which invoices were withdrawn from the Platform, and how one of them travels as an ordinary document again.

A person's word brings it back: what they mark when it is gone is noted in the run (``brings_back``). The withdrawal
ends with the Platform's answer, not before: a run that is stopped on the way leaves it withdrawn.
"""

from collections.abc import Sequence
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
    """What the run brings back gets a revision: the Platform takes nothing back that is older than its tombstone."""
    pending = run.documents.filter(brings_back=True, outcome=RunOutcome.PENDING, batch=None).values("invoice_id")
    old = list_gone(company=run.company).filter(pk__in=pending, revision__lte=F("sent__answered_revision"))
    pks = list(old.values_list("pk", flat=True))
    if pks:
        _move(run.company, pks, now)


def brought_back(*, run: Run, pks: Sequence[int]) -> dict[int, int]:
    """Which of the invoices the run sends as ordinary documents though they are withdrawn, each with the least revision
    for it: the Platform takes nothing back that is older than its tombstone."""
    brought = run.documents.filter(brings_back=True, invoice__in=pks).values("invoice_id")
    rows = list_gone(company=run.company).filter(pk__in=brought)
    return {pk: answered + 1 for pk, answered in rows.values_list("pk", "sent__answered_revision")}


def take_back(*, company: Company, invoice_pks: list[int], operator: Operator | None, now: datetime) -> None:
    """End withdrawals that were not carried out yet. Their revision moves: a tombstone on its way is older then."""
    if invoice_pks:
        with transaction.atomic():
            _move(company, invoice_pks, now)
            end(company=company, invoice_pks=invoice_pks, operator=operator, now=now)


def end(*, company: Company, invoice_pks: list[int], operator: Operator | None, now: datetime) -> None:
    """These invoices are ordinary documents again."""
    with transaction.atomic():
        for at in range(0, len(invoice_pks), PAGE):
            some = invoice_pks[at : at + PAGE]
            Withdrawal.objects.filter(company=company, invoice__in=some).delete()
        HistoryEvent.objects.bulk_create(
            HistoryEvent(
                company=company, at=now, operator=operator, action="withdrawal_ended", invoice_id=pk, values={}
            )
            for pk in invoice_pks
        )


def _move(company: Company, pks: list[int], now: datetime) -> None:
    with transaction.atomic():
        revision = revisions.take(company=company, now=now)
        for at in range(0, len(pks), PAGE):
            Invoice.objects.filter(company=company, pk__in=pks[at : at + PAGE]).update(revision=revision)
