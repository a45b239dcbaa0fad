"""Getting files into the books: each file by itself, so that one bad file keeps none of the others out.

The worker and the command line carry out the same slices of the same stored imports.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, cast

import msgspec
from django.db import OperationalError

from saldo_core.refusals import Refusal
from saldo_desk.books import invoices
from saldo_desk.books.tables import Company, Operator
from saldo_desk.sources import import_refusals, imports, ksef_xml, previewing, readers, receiving, recording, refusals
from saldo_desk.sources.archives import CannotWrite
from saldo_desk.sources.documents import ReadWarning, Unreadable
from saldo_desk.sources.tables import IMPORT_BUSY, Import, ImportFile, ImportProblem, ImportState

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Outcome = Literal["new", "already_here", "conflict", "refused", "left_out"]
ROWS_AT_ONCE = 500
SLICES_MAX = 100_000


class FileOutcome(msgspec.Struct, frozen=True):
    """What became of one file. ``message`` is in the language that was active; empty for ``new``."""

    file: str
    outcome: Outcome
    code: str = ""
    message: str = ""
    line: int | None = None
    number: str = ""
    warnings: tuple[str, ...] = ()


def import_file(
    *, company: Company, name: str, load: Callable[[], bytes], operator: Operator | None, now: datetime
) -> FileOutcome:
    """Read one file and record its invoice, without an import to undo. Nothing is half-stored."""
    try:
        issued = ksef_xml.read(load(), name=name)
    except Unreadable as unreadable:
        refused = refusals.refusal_of(unreadable)
        return FileOutcome(name, "refused", refused.code, refused.message, unreadable.line)
    try:
        recorded = invoices.record(company=company, issued=issued, operator=operator, now=now)
    except invoices.Conflict as conflict:
        return FileOutcome(name, "conflict", conflict.code, f"{name}: {conflict.message}", number=issued.number)
    except Refusal as refusal:
        return FileOutcome(name, "refused", refusal.code, f"{name}: {refusal.message}", number=issued.number)
    warnings = tuple(refusals.sentence_of(warning) for warning in issued.warnings)
    return FileOutcome(name, recorded.outcome, number=issued.number, warnings=warnings)


def import_paths(
    *, company: Company, paths: Sequence[Path], operator: Operator | None, clock: Clock
) -> Iterator[FileOutcome]:
    """Import what the paths mean, then tell the outcome of each file, one after the other.

    :raises FileRefused: before anything is stored, when a path is wrong or there are too many files.
    """
    found = receiving.from_paths(company=company, paths=paths, operator=operator, now=clock())
    with imports.worked_on(found, wait_s=imports.SLICE_S_MAX):
        for _slice in carry_out(found=found, clock=clock):
            pass
        imports.ask_recording(found=found)
        for _slice in carry_out(found=found, clock=clock):
            pass
    yield from outcomes_of(found=found)


def carry_out(*, found: Import, clock: Clock) -> Iterator[Import]:
    """Slice after slice, until the import needs nobody's work; the import after each. The caller holds its lock."""
    try:
        for _slice in range(SLICES_MAX):
            found.refresh_from_db()
            if found.state not in IMPORT_BUSY:
                return
            take_slice(found=found, now=clock())
            yield found
    finally:
        readers.close()


def carry_out_due(*, clock: Clock) -> bool:
    """One slice of one import, the one that was begun first; then others may have their turn. False: nothing to do."""
    for found in Import.objects.filter(state__in=IMPORT_BUSY).select_related("company", "operator").order_by("pk"):
        try:
            with imports.worked_on(found):
                take_slice(found=found, now=clock())
        except import_refusals.ImportBusy:
            continue
        return True
    readers.close()
    return imports.sweep(now=clock())


def take_slice(*, found: Import, now: datetime) -> None:
    """One slice of what the import's state asks for. What fails as no file's fault stops this import, and no other."""
    try:
        if found.state == ImportState.READING:
            previewing.read_slice(found=found, now=now)
        else:
            recording.record_slice(found=found, now=now)
    except (CannotWrite, OSError):
        log.exception("Import %s stops: no room", found.uid)
        imports.halt(found=found, problem=ImportProblem.NO_ROOM, now=now)
    except readers.ReaderDied:
        log.exception("Import %s stops: a process that read its files ended", found.uid)
        readers.close()
        imports.halt(found=found, problem=ImportProblem.READER_DIED, now=now)
    except OperationalError:
        raise  # the database is busy, or away: the next round tries again
    except Exception:
        log.exception("Import %s stops", found.uid)
        imports.halt(found=found, problem=ImportProblem.INTERNAL, now=now)


def outcomes_of(*, found: Import) -> Iterator[FileOutcome]:
    """The outcome of each file of an import, in their order, read by and by."""
    rows = imports.list_files(found=found).select_related(None)
    columns = ("name", "outcome", "code", "values", "line", "number", "warnings")
    for name, outcome, code, values, line, number, warnings in rows.values_list(*columns).iterator(ROWS_AT_ONCE):
        message = import_refusals.message_of(code=code, values=values, file=name, line=line) if code else ""
        yield FileOutcome(name, cast("Outcome", outcome), code, message, line, number, warnings_of(warnings))


def message_of(row: ImportFile, *, with_file: bool = False) -> str:
    """Why the file is not new, in the language that is active now; empty where there is no reason."""
    if not row.code:
        return ""
    return import_refusals.message_of(
        code=row.code, values=row.values, file=row.name if with_file else "", line=row.line
    )


def warnings_of(warnings: Iterable[object]) -> tuple[str, ...]:
    """Stored warnings as sentences in the language that is active now."""
    return tuple(refusals.sentence_of(msgspec.convert(warning, ReadWarning)) for warning in warnings)
