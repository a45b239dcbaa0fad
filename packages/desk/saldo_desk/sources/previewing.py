"""Reading what came in, a slice at a time: unpack archives, read files, say what recording would do with each."""

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import datetime
from typing import IO, Any, Final

import msgspec
from django.db import transaction

from saldo_core import row_writes
from saldo_core.refusals import Refusal
from saldo_desk.books import invoices
from saldo_desk.sources import archives, files, import_refusals, imports, kept, readers, reading, spool
from saldo_desk.sources.documents import ReadInvoice, Unreadable
from saldo_desk.sources.receiving import FILES_MAX, ROWS_AT_ONCE
from saldo_desk.sources.tables import Import, ImportFile, ImportOutcome, ImportState
from saldo_protocol.money import Money

SLICE_FILES: Final = 200
SLICE_BYTES: Final = 16 * 1024**2
COLUMNS: Final = (
    "outcome", "code", "line", "values", "number", "counterparty", "gross_minor", "currency", "ksef_number",
    "identity", "content_digest", "warnings", "with_warnings",
)  # fmt: skip


def read_slice(*, found: Import, now: datetime) -> None:
    """Unpack one archive, or read up to ``SLICE_FILES`` files of ``SLICE_BYTES``; previewed when none is left.

    A slice is stored in one transaction: after a crash it is read again. The caller holds the import's lock.
    """
    found.refresh_from_db(fields=["state", "stop_requested"])
    if found.state != ImportState.READING:
        return
    if found.stop_requested:
        imports.finish(found=found, state=ImportState.STOPPED, now=now)
        return
    rows = ImportFile.objects.filter(within=found).order_by("position", "pk")
    archive = rows.filter(outcome=ImportOutcome.ARCHIVE).first()
    if archive is not None:
        _unpack(found, archive)
        return
    waiting = rows.filter(outcome=ImportOutcome.WAITING)
    columns = ("position", "name", "path", "ksef_number")
    rows_now = [
        ImportFile(pk=pk, within=found, **dict(zip(columns, values, strict=True)))
        for pk, *values in waiting.values_list("pk", *columns)[:SLICE_FILES]
    ]
    page = within_bytes(tasks_of(found, rows_now))
    if page:
        following = waiting.values_list("path", "name", "ksef_number")[len(page) : len(page) + SLICE_FILES]
        asked = [ImportFile(path=path, name=name, ksef_number=number) for path, name, number in following]
        ahead = tasks_of(found, asked)
        _read_page(found, rows_now[: len(page)], page, within_bytes(ahead))
    if len(rows_now) < SLICE_FILES and len(page) == len(rows_now):
        imports.finish(found=found, state=ImportState.PREVIEWED, now=now)


def tasks_of(found: Import, rows: Sequence[ImportFile]) -> list[reading.Task]:
    """What to read of the rows."""
    places = spool.places(found.uid, [row.path for row in rows])
    return [reading.Task(place, row.name, row.ksef_number) for row, place in zip(rows, places, strict=True)]


def within_bytes(tasks: Sequence[reading.Task]) -> list[reading.Task]:
    """As many of them, one at least, as have no more than ``SLICE_BYTES`` in their files."""
    within: list[reading.Task] = []
    total = 0
    for task in tasks:
        with suppress(OSError):  # reading it says why
            total += os.stat(task.path).st_size
        if within and total > SLICE_BYTES:
            break
        within.append(task)
    return within


def _read_page(
    found: Import, page: Sequence[ImportFile], tasks: Sequence[reading.Task], ahead: Sequence[reading.Task]
) -> None:
    """Say of each file what recording would do with it. The files that follow are read meanwhile."""
    read: list[tuple[ImportFile, ReadInvoice]] = []
    with closing(kept.begin(found.uid, page[0])) as pack:
        for row, answer in zip(page, readers.read(tasks, ahead=ahead), strict=True):
            try:
                issued = reading.issued_of(answer)
            except Unreadable as unreadable:
                refuse(row, _file_refusal(unreadable), ImportOutcome.REFUSED, unreadable.line)
                continue
            pack.add(row, answer)
            _describe(found, row, issued)
            read.append((row, issued))
    _compare(found, read)
    with transaction.atomic():  # thirteen columns by CASE, as bulk_update writes them, take ten times as long
        row_writes.update(ImportFile, fields=COLUMNS, keys=("id",), rows=[_values(row) for row in page])


def _values(row: ImportFile) -> row_writes.Row:
    return (
        str(row.outcome), row.code, row.line, row_writes.as_json(row.values), row.number, row.counterparty,
        row.gross_minor, row.currency, row.ksef_number, row.identity, row.content_digest,
        row_writes.as_json(row.warnings), row.with_warnings, row.pk,
    )  # fmt: skip


def refuse(row: ImportFile, refusal: Refusal, outcome: ImportOutcome, line: int | None = None) -> None:
    """Keep why a file stays outside."""
    row.outcome, row.code, row.line = outcome, refusal.code, line
    row.values = import_refusals.stored(refusal)


def _unpack(found: Import, archive: ImportFile) -> None:
    """Its files take its place; a damaged or empty archive keeps a row of its own that says so."""
    folder = spool.folder_of(found.uid)

    def target(at: int) -> IO[bytes]:
        return spool.create(folder / f"{archive.position}-{at}{files.SUFFIX}")

    kept = ImportFile.objects.filter(within=found).count()
    rows: list[ImportFile] = []
    refused: Unreadable | None = None
    try:
        for entry in archives.expand(spool.where(found.uid, archive.path), target=target):
            if kept + len(rows) > FILES_MAX:
                raise Unreadable("too_many_files", limit=str(FILES_MAX))
            if not entry.name:
                refused = Unreadable(entry.code, line=None, **entry.values)
                continue
            rows.append(_entry(found, archive, entry))
    except Unreadable as unreadable:
        refused, rows = unreadable, []
    except FileNotFoundError:
        refused = Unreadable("file_lost")
    except OSError:
        refused = Unreadable("path_unreadable")
    if refused is None and not any(row.path or row.outcome == ImportOutcome.REFUSED for row in rows):
        refused = Unreadable("archive_without_invoices")
    with transaction.atomic():
        ImportFile.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
        if refused is None:
            archive.delete()
        else:
            refuse(archive, _file_refusal(refused), ImportOutcome.REFUSED)
            archive.save()
    copy = spool.where(found.uid, archive.path)
    if copy.parent == folder:  # ours, not where the command line found it
        copy.unlink(missing_ok=True)


def _entry(found: Import, archive: ImportFile, entry: archives.Entry) -> ImportFile:
    taken = entry.outcome == "taken"
    return ImportFile(
        within=found,
        position=archive.position,
        name=spool.shown(f"{archive.name}/{entry.name}"),
        path=f"{archive.position}-{entry.file}{files.SUFFIX}" if taken else "",
        outcome=ImportOutcome.WAITING if taken else entry.outcome,
        code=entry.code,
        values=entry.values,
        ksef_number=entry.ksef_number[:36],
    )


def _file_refusal(unreadable: Unreadable) -> Refusal:
    return import_refusals.FILES[unreadable.code](unreadable)


def _compare(found: Import, read: Sequence[tuple[ImportFile, ReadInvoice]]) -> None:
    """What recording would do with each, in their order: by the books, then by the files before it in this import."""
    looks = invoices.look_all(company=found.company, issued=[issued for _row, issued in read])
    earlier = _earlier(found, [row for row, _issued in read])
    for (row, issued), look in zip(read, looks, strict=True):
        if isinstance(look, invoices.Conflict):
            refuse(row, look, ImportOutcome.CONFLICT)
        elif isinstance(look, Refusal):
            refuse(row, look, ImportOutcome.REFUSED)
        else:
            row.outcome = ImportOutcome(look)
        if row.outcome == ImportOutcome.NEW:
            _compare_with_earlier(row, issued, earlier.setdefault(row.identity, row))


def _earlier(found: Import, rows: Sequence[ImportFile]) -> dict[str, ImportFile]:
    """The new files of this import that were read before these, by what makes an invoice the same one."""
    same = ImportFile.objects.filter(within=found, identity__in={row.identity for row in rows})
    new = same.filter(outcome=ImportOutcome.NEW).exclude(pk__in=[row.pk for row in rows]).order_by("-position", "-pk")
    return {row.identity: row for row in new}


def _compare_with_earlier(row: ImportFile, issued: ReadInvoice, earlier: ImportFile) -> None:
    """New to the books, but a file before it in this import may be the same invoice, or another of its name."""
    if earlier is row:
        return
    if earlier.content_digest == row.content_digest:
        row.outcome = ImportOutcome.ALREADY_HERE
    else:
        conflict = import_refusals.ConflictInImport(
            number=issued.number,
            issued_on=issued.issued_on.isoformat(),
            seller=issued.seller.name,
            gross=Money(earlier.gross_minor or 0, earlier.currency),
            other=earlier.name,
        )
        refuse(row, conflict, ImportOutcome.CONFLICT)


def _describe(found: Import, row: ImportFile, issued: ReadInvoice) -> None:
    sells = issued.seller.country == "PL" and issued.seller.tax_id == found.company.nip
    row.number = issued.number
    row.counterparty = (issued.buyer if sells else issued.seller).name[:512]
    row.gross_minor, row.currency = issued.gross_minor, issued.currency
    row.ksef_number = (issued.ksef_number or "")[:36]
    row.identity = _identity(invoices.identity_of(issued))
    row.content_digest = issued.content_digest
    row.warnings = [msgspec.to_builtins(warning) for warning in issued.warnings]
    row.with_warnings = bool(issued.warnings)


def _identity(columns: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(columns, sort_keys=True, default=str).encode()).hexdigest()
