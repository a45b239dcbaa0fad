"""Putting what was previewed into the books: a page of files at a time, in one transaction."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import DataError, IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, Q, Subquery

from saldo_core import row_writes
from saldo_core.refusals import Refusal
from saldo_desk.books import invoices
from saldo_desk.books.tables import Counterparty, Invoice
from saldo_desk.sources import import_refusals, imports, kept, reading
from saldo_desk.sources.documents import ReadInvoice, Unreadable
from saldo_desk.sources.previewing import refuse, tasks_of, within_bytes
from saldo_desk.sources.tables import Import, ImportFile, ImportOutcome, ImportState

log = logging.getLogger(__name__)

SLICE_FILES: Final = 200
OUTCOME: Final = ("outcome", "code", "line", "values", "invoice", "recorded")


def record_slice(*, found: Import, now: datetime) -> None:
    """Record up to ``SLICE_FILES`` files that are new; the import is done when none is left. Stops between two pages.

    That a file was recorded is stored with its invoice in one transaction, so a crash at any time loses none and
    doubles none. The caller holds the import's lock.
    """
    found.refresh_from_db(fields=["state", "stop_requested", "counterparty_last"])
    if found.state != ImportState.RECORDING:
        return
    if found.counterparty_last is None:
        last = Counterparty.objects.aggregate(last=Max("pk"))["last"] or 0
        Import.objects.filter(pk=found.pk).update(counterparty_last=last)
    if found.stop_requested:
        _end(found, ImportState.STOPPED, now)
        return
    left = ImportFile.objects.filter(within=found, outcome=ImportOutcome.NEW, recorded=False)
    rows = left.order_by("position", "pk").only("position", "name", "path", "ksef_number", "content_digest")
    page = list(rows[:SLICE_FILES])
    tasks = within_bytes(tasks_of(found, page))
    if tasks:
        _record_page(found, page[: len(tasks)], tasks, now)
    if not left.exists() and not _look_again(found):
        _end(found, ImportState.DONE, now)


def _record_page(found: Import, page: Sequence[ImportFile], tasks: Sequence[reading.Task], now: datetime) -> None:
    """All of the page in one transaction; one by one where that fails, so that nothing else waits for what is wrong."""
    shelf = kept.Shelf(found.uid)
    read: list[tuple[ImportFile, ReadInvoice]] = []
    for row, task in zip(page, tasks, strict=True):
        row.code, row.values, row.line = "", {}, None
        try:
            read.append((row, _read_again(row, task, shelf)))
        except Unreadable as unreadable:
            refuse(row, import_refusals.FILES[unreadable.code](unreadable), ImportOutcome.REFUSED, unreadable.line)
    outside = [row for row in page if row.code]
    try:
        _put(found, read, outside, now)
    except (IntegrityError, DataError):
        log.exception("A page of import %s does not go in as a whole", found.uid)
        _put(found, [], outside, now)
        for one in read:
            _put(found, [one], [], now)


def _put(
    found: Import, read: Sequence[tuple[ImportFile, ReadInvoice]], outside: Sequence[ImportFile], now: datetime
) -> None:
    with transaction.atomic():
        became = invoices.record_all(
            company=found.company, issued=[issued for _row, issued in read], operator=found.operator, now=now
        )
        for (row, _issued), what in zip(read, became, strict=True):
            if isinstance(what, invoices.Conflict):
                refuse(row, what, ImportOutcome.CONFLICT)
            elif isinstance(what, Refusal):
                refuse(row, what, ImportOutcome.REFUSED)
            else:
                row.outcome = ImportOutcome(what.outcome)
                if what.outcome == "new":
                    row.invoice_id, row.recorded = what.invoice_pk, True
        rows = [_values(row) for row in (*(row for row, _issued in read), *outside)]
        row_writes.update(ImportFile, fields=OUTCOME, keys=("id",), rows=rows)


def _read_again(row: ImportFile, task: reading.Task, shelf: kept.Shelf) -> ReadInvoice:
    """What the preview read in the file; its bytes are compared, and where it isn't kept, it is parsed again.

    :raises Unreadable: it is gone, or holds something else: read in place, where anybody may write.
    """
    known = shelf.find(row)
    if known is not None and known.digest == reading.digest_of(reading.load(task.path)):
        issued = reading.issued_of(known)
        if issued.content_digest == row.content_digest:
            return issued
    issued = reading.issued_of(reading.read(task))
    if issued.content_digest != row.content_digest:
        raise Unreadable("file_changed")
    return issued


def _values(row: ImportFile) -> row_writes.Row:
    return (
        str(row.outcome), row.code, row.line, row_writes.as_json(row.values), row.invoice_id, row.recorded or False,
        row.pk,
    )  # fmt: skip


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


def _end(found: Import, state: ImportState, now: datetime) -> None:
    """Keep the revision of each invoice as it is now: by that an undo tells whether anything was done to it since."""
    revision = Invoice.objects.filter(pk=OuterRef("invoice")).values("revision")[:1]
    with transaction.atomic():
        ImportFile.objects.filter(within=found, recorded=True).update(revision=Subquery(revision))
        imports.finish(found=found, state=state, now=now)
