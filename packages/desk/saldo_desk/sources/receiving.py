"""Files on their way in: from a browser, in parts, into private files; or from paths of the command line, in place."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import Max

from saldo_core import row_writes
from saldo_desk.books.tables import Company, Operator
from saldo_desk.sources import files, imports, spool
from saldo_desk.sources.documents import Unreadable
from saldo_desk.sources.import_refusals import (
    ImportMovedOn,
    NothingToImport,
    PartOutOfOrder,
    TooManyInImport,
)
from saldo_desk.sources.import_words import STATES
from saldo_desk.sources.ksef_schema import FILE_BYTES_MAX
from saldo_desk.sources.refusals import refusal_of
from saldo_desk.sources.tables import Import, ImportFile, ImportOutcome, ImportState

FILES_MAX: Final = 20_000
ARCHIVE_SUFFIX: Final = ".zip"
ARCHIVE_BYTES_MAX: Final = 512 * 1024**2
ROWS_AT_ONCE: Final = 1000


class Upload(msgspec.Struct, frozen=True):
    """A whole file, or a piece of a large one that begins at ``offset``. ``name`` may hold its folder."""

    name: str
    chunks: Iterable[bytes]
    offset: int = 0


def add_uploads(*, found: Import, uploads: Sequence[Upload], unsent: Sequence[str] = ()) -> int:
    """Keep files that came in one request. How many the import has now.

    :param unsent: names that the browser did not send since they are too large or no invoices.
    :raises ImportMovedOn: when it doesn't receive any more.
    :raises TooManyInImport: over ``FILES_MAX``; nothing of the request is kept.
    :raises PartOutOfOrder: a piece that does not follow the one before.
    """
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(pk=found.pk)
        if locked.state != ImportState.RECEIVING:
            raise ImportMovedOn(state=STATES[ImportState(locked.state)])
        last = ImportFile.objects.filter(within=found).aggregate(last=Max("position"))["last"] or 0
        if last + len(uploads) + len(unsent) > FILES_MAX:
            raise TooManyInImport(limit=FILES_MAX)
        rows = []
        for upload in uploads:
            if upload.offset:
                _append(found, last, upload)
                continue
            last += 1
            rows.append(_kept(found, last, upload))
        for name in unsent:
            last += 1
            rows.append(_unsent(found, last, name))
        ImportFile.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    return last


def received(*, found: Import) -> None:
    """All files are here: reading begins.

    :raises NothingToImport: none came.
    :raises ImportMovedOn: reading began already.
    """
    if not ImportFile.objects.filter(within=found).exists():
        raise NothingToImport()
    if not Import.objects.filter(pk=found.pk, state=ImportState.RECEIVING).update(state=ImportState.READING):
        found.refresh_from_db(fields=["state"])
        raise ImportMovedOn(state=STATES[ImportState(found.state)])


def from_paths(*, company: Company, paths: Sequence[Path], operator: Operator | None, now: datetime) -> Import:
    """An import of files where they lie: files, folders at any depth, zip archives. They are not copied.

    :raises FileRefused: before anything is stored, when a path is wrong or there are more than ``FILES_MAX`` files.
    """
    try:
        found_paths = list(files.find(paths, files_max=FILES_MAX))
    except Unreadable as unreadable:
        raise refusal_of(unreadable) from None
    folders = [path for path in paths if path.is_dir()]
    with transaction.atomic():
        begun = imports.begin(company=company, operator=operator, now=now)
        rows = (
            (
                begun.pk,
                position,
                spool.shown(_below(path, folders)),
                spool.stored(path.absolute()),
                str(_first_outcome(path.name)),
            )
            for position, path in enumerate(found_paths, start=1)
        )
        fields = ("within", "position", "name", "path", "outcome")
        row_writes.insert(ImportFile, fields=fields, rows=rows)
        Import.objects.filter(pk=begun.pk).update(state=ImportState.READING)
    begun.refresh_from_db()
    return begun


def is_archive(name: str) -> bool:
    """Whether a file is opened as an archive; by its name alone."""
    return name.lower().endswith(ARCHIVE_SUFFIX)


def _first_outcome(name: str) -> ImportOutcome:
    return ImportOutcome.ARCHIVE if is_archive(name) else ImportOutcome.WAITING


def _kept(found: Import, position: int, upload: Upload) -> ImportFile:
    """Write the file, cut where it is too large; it is refused then, or its next piece is."""
    row = ImportFile(
        within=found, position=position, name=spool.shown(upload.name), outcome=_first_outcome(upload.name)
    )
    row.path = f"{position}{ARCHIVE_SUFFIX if row.outcome == ImportOutcome.ARCHIVE else files.SUFFIX}"
    path = spool.folder_of(found.uid) / row.path
    if not _write(path, upload, _bytes_max(upload.name)):
        path.unlink(missing_ok=True)
        return _too_large(row, _bytes_max(upload.name))
    return row


def _append(found: Import, position: int, upload: Upload) -> None:
    row = ImportFile.objects.filter(within=found, position=position, name=spool.shown(upload.name)).first()
    if row is None:
        raise PartOutOfOrder(file=spool.shown(upload.name))
    if row.outcome == ImportOutcome.REFUSED:
        return
    path = spool.where(found.uid, row.path)
    if not path.exists() or path.stat().st_size < upload.offset:
        raise PartOutOfOrder(file=row.name)
    if not _write(path, upload, _bytes_max(upload.name)):
        path.unlink(missing_ok=True)
        _too_large(row, _bytes_max(upload.name)).save()


def _write(path: Path, upload: Upload, bytes_max: int) -> bool:
    """Whether all of it was within the bound. A piece that comes again overwrites itself."""
    with spool.create(path, keep=upload.offset > 0) as file:
        file.seek(upload.offset)
        file.truncate()
        length = upload.offset
        for chunk in upload.chunks:
            length += len(chunk)
            if length > bytes_max:
                return False
            file.write(chunk)
    return True


def _bytes_max(name: str) -> int:
    return ARCHIVE_BYTES_MAX if is_archive(name) else FILE_BYTES_MAX


def _too_large(row: ImportFile, bytes_max: int) -> ImportFile:
    row.path = ""
    row.outcome = ImportOutcome.REFUSED
    row.code = "archive_too_large" if is_archive(row.name) else "file_too_large"
    row.values = {"limit_mb": str(bytes_max // 1024**2)}
    return row


def _unsent(found: Import, position: int, name: str) -> ImportFile:
    row = ImportFile(within=found, position=position, name=spool.shown(name))
    if name.lower().endswith((files.SUFFIX, ARCHIVE_SUFFIX)):
        return _too_large(row, _bytes_max(name))
    row.outcome, row.code = ImportOutcome.LEFT_OUT, "not_xml"
    return row


def _below(path: Path, folders: Sequence[Path]) -> str:
    for folder in folders:
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name
