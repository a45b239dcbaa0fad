"""Which documents a run is for: those that were marked, and of those sent before whatever changed. Set by set."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db.models import F

from saldo_core import row_writes
from saldo_desk.books.tables import Invoice
from saldo_desk.exchange import delta, withdrawn
from saldo_desk.exchange.tables import Link, Run, RunDocument, RunOutcome

PAGE: Final = 500
LOOKED_AT: Final = 5000
NOT_HELD: Final = (RunOutcome.REFUSED, RunOutcome.STALE)
NOT_THERE: Final = (*NOT_HELD, RunOutcome.REMOVED)
FAILED: Final = (*NOT_HELD, RunOutcome.PENDING)
AGAIN: Final[dict[str, Any]] = {
    "outcome": RunOutcome.PENDING,
    "batch": None,
    "revision": None,
    "result": "",
    "code": "",
    "message": "",
}


def mark_all(run: Run) -> None:
    """Put all invoices of the company that are not withdrawn into a run that holds none yet; the database does it,
    however many they are."""
    source = Invoice.objects.filter(company=run.company, withdrawal=None)
    row_writes.insert_all(RunDocument, source=source, source_field="invoice", run=run.pk, marked=True)


def mark(run: Run, invoice_pks: Sequence[int], *, restores: bool = False) -> None:
    """Put marked invoices into the run; one that was refused in it before is tried again.

    One that is gone from the Platform is brought back; but one that this very run has withdrawn only if it
    ``restores``: asking again for a run that waits must not do that.
    """
    again = NOT_THERE if restores else NOT_HELD
    gone = withdrawn.list_gone(company=run.company)
    for pks in _pages(invoice_pks):
        here = run.documents.filter(invoice__in=pks)
        here.filter(outcome__in=again).update(**AGAIN)
        here.exclude(outcome=RunOutcome.REMOVED).update(marked=True)
        RunDocument.objects.bulk_create(
            [RunDocument(run=run, invoice_id=pk, marked=True) for pk in pks], ignore_conflicts=True
        )
        to_go = run.documents.filter(invoice__in=pks, outcome=RunOutcome.PENDING, batch=None)
        to_go.update(brings_back=False)
        to_go.filter(invoice__in=gone.filter(pk__in=pks).values("pk")).update(brings_back=True)


def add_changed(run: Run) -> None:
    """Documents that were answered before and have moved since join the run, or go again in it; but for withdrawn ones
    that are gone. They are looked for among the revisions that are not known to be answered, along an index: as many
    steps as there are changes, whatever the books hold."""
    through = Link.objects.filter(company=run.company).values_list("answered_through", flat=True).first() or 0
    moved = Invoice.objects.filter(
        company=run.company, revision__gt=through, sent__answered_revision__lt=F("revision")
    ).exclude(pk__in=withdrawn.list_gone(company=run.company).values("pk"))
    run.documents.exclude(outcome=RunOutcome.PENDING).filter(invoice__in=moved).update(**AGAIN)
    joining = moved.exclude(pk__in=run.documents.values("invoice_id")).order_by("pk").values_list("pk", flat=True)
    RunDocument.objects.bulk_create(
        (RunDocument(run=run, invoice_id=pk, marked=False) for pk in joining.iterator(chunk_size=PAGE)),
        batch_size=PAGE,
        ignore_conflicts=True,
    )


def keep_answered_through(run: Run, revision: int) -> None:
    """All that had moved up to the revision, when the run was begun, has an answer."""
    Link.objects.filter(company=run.company, answered_through__lt=revision).update(answered_through=revision)


def settle_unneeded(run: Run) -> None:
    """Marked documents that the Platform is known to hold as they are don't travel; one update for each page."""
    waiting = run.documents.filter(outcome=RunOutcome.PENDING, batch=None)
    rows = waiting.values_list(
        "pk", "marked", "invoice__revision", "invoice__sent__answered_revision", "invoice__sent__outcome"
    ).order_by("pk")
    last = 0
    while page := list(rows.filter(pk__gt=last)[:LOOKED_AT]):
        unneeded = [
            pk
            for pk, marked, revision, answered_revision, outcome in page
            if not delta.has_to_go(
                delta.Known(revision=revision, answered_revision=answered_revision, refused=outcome in NOT_THERE),
                marked=marked,
            )
        ]
        for pks in _pages(unneeded):
            RunDocument.objects.filter(pk__in=pks).update(outcome=RunOutcome.UNCHANGED)
        last = page[-1][0]


def _pages(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    return (pks[at : at + PAGE] for at in range(0, len(pks), PAGE))
