"""What a run of the schedule is for, and what is kept of it: a row in the log only when something travelled."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F

from saldo_desk.books.tables import Company, HistoryEvent, Invoice, InvoiceState
from saldo_desk.exchange.tables import Run, RunDocument, RunOutcome, Schedule

PAGE: Final = 500
NOTHING, SENT = "nothing", "sent"
SKIPPED: Final = "schedule_skipped"
"""The history event of times that were left out; one for each row of them."""


def choose(run: Run) -> None:
    """Approved invoices that were never sent join, where the schedule says so; what changed joins as in every run.

    Not what was refused, which would be refused each time: it goes once it has changed. Not what was withdrawn: that is
    a person's word.
    """
    schedule = Schedule.objects.filter(company=run.company).first()
    if schedule is None or schedule.approved_from is None:
        return
    new = Invoice.objects.filter(
        company=run.company,
        state=InvoiceState.APPROVED,
        direction__in=schedule.directions,
        issued_on__gte=schedule.approved_from,
        sent=None,
        withdrawal=None,
    ).exclude(pk__in=run.documents.values("invoice_id"))
    RunDocument.objects.bulk_create(
        (
            RunDocument(run=run, invoice_id=pk, marked=True)
            for pk in new.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=PAGE)
        ),
        batch_size=PAGE,
        ignore_conflicts=True,
    )


def forget_if_nothing(run: Run, *, now: datetime) -> bool:
    """Delete a run of the schedule of which nothing travelled and nothing is left to do; True when it is gone. When the
    schedule looked last is kept."""
    if not run.by_schedule:
        return False
    with transaction.atomic():
        if run.documents.exclude(outcome=RunOutcome.UNCHANGED, batch=None).exists():
            note(company=run.company, found=SENT, now=now)
            return False
        run.documents.all().delete()
        Run.objects.filter(pk=run.pk, by_schedule=True).delete()
        note(company=run.company, found=NOTHING, now=now)
    return True


def note(*, company: Company, found: str, now: datetime) -> None:
    """The schedule has looked."""
    Schedule.objects.filter(company=company).update(looked_at=now, found=found, skipped=0)


def skip(*, company: Company, reason: str, now: datetime) -> None:
    """A time of the schedule is left out, and why. The history tells the first of a row, the schedule how many."""
    with transaction.atomic():
        of_it = Schedule.objects.filter(company=company)
        if of_it.filter(skipped=0).exists():
            HistoryEvent.objects.create(company=company, at=now, action=SKIPPED, values={"reason": reason})
        of_it.update(looked_at=now, found=reason, skipped=F("skipped") + 1)
