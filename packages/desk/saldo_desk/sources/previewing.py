"""Reading what came in, a slice at a time: unpack archives, read files, say what recording would do with each."""

import hashlib
import json
from datetime import datetime
from typing import IO, Any, Final

import msgspec
from django.db import transaction

from saldo_core.refusals import Refusal
from saldo_desk.books import invoices
from saldo_desk.sources import archives, files, import_refusals, imports, ksef_xml, spool
from saldo_desk.sources.documents import ReadInvoice, Unreadable
from saldo_desk.sources.receiving import FILES_MAX, ROWS_AT_ONCE
from saldo_desk.sources.tables import Import, ImportFile, ImportOutcome, ImportState
from saldo_protocol.money import Money

SLICE_FILES: Final = 50
COLUMNS: Final = (
    "outcome", "code", "line", "values", "number", "counterparty", "gross_minor", "currency", "ksef_number",
    "identity", "content_digest", "warnings", "with_warnings",
)  # fmt: skip


def read_slice(*, found: Import, now: datetime) -> None:
    """Unpack one archive, or read up to ``SLICE_FILES`` files; the preview is there when none is left.

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
    waiting = list(rows.filter(outcome=ImportOutcome.WAITING)[:SLICE_FILES])
    seen: dict[str, ImportFile] = {}
    for row in waiting:
        _read(found, row, seen)
    with transaction.atomic():
        for row in waiting:  # thirteen columns by CASE, as bulk_update writes them, take ten times as long
            row.save(update_fields=COLUMNS)
    if len(waiting) < SLICE_FILES:
        imports.finish(found=found, state=ImportState.PREVIEWED, now=now)


def read_issued(found: Import, row: ImportFile) -> ReadInvoice:
    """The invoice in a file of an import. :raises Unreadable:"""
    path = spool.where(found.uid, row.path)
    try:
        content = files.load(path)
    except Unreadable as unreadable:
        if unreadable.code == "path_not_found":
            raise Unreadable("file_lost") from None
        raise
    return ksef_xml.read(content, name=row.name, ksef_number=row.ksef_number)


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


def _read(found: Import, row: ImportFile, seen: dict[str, ImportFile]) -> None:
    try:
        issued = read_issued(found, row)
    except Unreadable as unreadable:
        refuse(row, _file_refusal(unreadable), ImportOutcome.REFUSED, unreadable.line)
        return
    _describe(found, row, issued)
    try:
        row.outcome = ImportOutcome(invoices.look(company=found.company, issued=issued))
    except invoices.Conflict as conflict:
        refuse(row, conflict, ImportOutcome.CONFLICT)
        return
    except Refusal as refusal:
        refuse(row, refusal, ImportOutcome.REFUSED)
        return
    if row.outcome == ImportOutcome.NEW:
        _compare_with_earlier(found, row, issued, seen)


def _compare_with_earlier(found: Import, row: ImportFile, issued: ReadInvoice, seen: dict[str, ImportFile]) -> None:
    """New to the books, but a file before it in this import may be the same invoice, or another of its name."""
    earlier = seen.get(row.identity)
    if earlier is None:
        same = ImportFile.objects.filter(within=found, identity=row.identity, outcome=ImportOutcome.NEW)
        earlier = same.exclude(pk=row.pk).order_by("position", "pk").first()
    if earlier is None:
        seen[row.identity] = row
    elif earlier.content_digest == row.content_digest:
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
