"""Putting what was previewed into the books: each file in a transaction of its own, a slice at a time."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, Subquery

from saldo_core.refusals import Refusal
from saldo_desk.books import invoices
from saldo_desk.books.tables import Counterparty, Invoice
from saldo_desk.sources import import_refusals, imports
from saldo_desk.sources.documents import Unreadable
from saldo_desk.sources.previewing import read_issued, refuse
from saldo_desk.sources.tables import Import, ImportFile, ImportOutcome, ImportState

SLICE_FILES: Final = 20
OUTCOME: Final = ["outcome", "code", "line", "values", "invoice", "recorded"]


def record_slice(*, found: Import, now: datetime) -> None:
    """Record up to ``SLICE_FILES`` files that are new; the import is done when none is left. Stops between two files.

    That a file was recorded is stored with its invoice in one transaction, so a crash between any two files loses
    none and doubles none. The caller holds the import's lock.
    """
    found.refresh_from_db(fields=["state", "stop_requested", "counterparty_last"])
    if found.state != ImportState.RECORDING:
        return
    if found.counterparty_last is None:
        last = Counterparty.objects.aggregate(last=Max("pk"))["last"] or 0
        Import.objects.filter(pk=found.pk).update(counterparty_last=last)
    left = ImportFile.objects.filter(within=found, outcome=ImportOutcome.NEW, recorded=False)
    rows = list(left.order_by("position", "pk")[:SLICE_FILES])
    for row in rows:
        if Import.objects.filter(pk=found.pk, stop_requested=True).exists():
            _end(found, ImportState.STOPPED, now)
            return
        _record(found, row, now)
    if len(rows) < SLICE_FILES and not _look_again(found):
        _end(found, ImportState.DONE, now)


def _look_again(found: Import) -> bool:
    """Files that stayed outside for a document that is no longer in the books: it was taken back since the preview, or
    was another file of this import that didn't go in after all. They are recorded after all. True when there are any.
    """
    named = Invoice.objects.filter(company=found.company, number=OuterRef("number"))
    same = named.filter(content_digest=OuterRef("content_digest"))
    outside = ImportFile.objects.filter(within=found, recorded=False).exclude(number="")
    stale = outside.filter(
        Q(outcome=ImportOutcome.ALREADY_HERE) & ~Exists(same) | Q(outcome=ImportOutcome.CONFLICT) & ~Exists(named)
    )
    return bool(stale.update(outcome=ImportOutcome.NEW, code="", line=None, values={}))


def _record(found: Import, row: ImportFile, now: datetime) -> None:
    try:
        issued = read_issued(found, row)
        if issued.content_digest != row.content_digest:  # read in place, where anybody may write
            raise Unreadable("file_changed")
        with transaction.atomic():
            recorded = invoices.record(company=found.company, issued=issued, operator=found.operator, now=now)
            row.outcome = ImportOutcome(recorded.outcome)
            if recorded.outcome == "new":
                row.invoice_id, row.recorded = recorded.invoice_pk, True
            row.save(update_fields=OUTCOME)
        return
    except Unreadable as unreadable:
        refuse(row, import_refusals.FILES[unreadable.code](unreadable), ImportOutcome.REFUSED, unreadable.line)
    except invoices.Conflict as conflict:
        refuse(row, conflict, ImportOutcome.CONFLICT)
    except Refusal as refusal:
        refuse(row, refusal, ImportOutcome.REFUSED)
    row.save(update_fields=OUTCOME)


def _end(found: Import, state: ImportState, now: datetime) -> None:
    """Keep the revision of each invoice as it is now: by that an undo tells whether anything was done to it since."""
    revision = Invoice.objects.filter(pk=OuterRef("invoice")).values("revision")[:1]
    with transaction.atomic():
        ImportFile.objects.filter(within=found, recorded=True).update(revision=Subquery(revision))
        imports.finish(found=found, state=state, now=now)
