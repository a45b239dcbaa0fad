"""Imports as stored things: begun, received, previewed, recorded, stopped, undone; finding and counting them.

The files are read by ``previewing`` and put into the books by ``recording``, in slices, under a lock of the import.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from filelock import FileLock, Timeout

from saldo_core import private_files
from saldo_desk.books.tables import Company, Operator
from saldo_desk.sources import spool
from saldo_desk.sources.import_refusals import ImportBusy, ImportMovedOn, ImportNotThere
from saldo_desk.sources.import_words import STATES
from saldo_desk.sources.tables import IMPORT_BUSY, Import, ImportFile, ImportOutcome, ImportProblem, ImportState

TRANSITIONS: Final[dict[ImportState, tuple[ImportState, ...]]] = {
    ImportState.RECEIVING: (ImportState.READING, ImportState.DISCARDED),
    ImportState.READING: (ImportState.PREVIEWED, ImportState.STOPPED),
    ImportState.PREVIEWED: (ImportState.RECORDING, ImportState.DISCARDED),
    ImportState.RECORDING: (ImportState.DONE, ImportState.STOPPED),
    ImportState.STOPPED: (ImportState.READING, ImportState.RECORDING, ImportState.DISCARDED, ImportState.UNDONE),
    ImportState.DONE: (ImportState.UNDONE,),
    ImportState.DISCARDED: (),
    ImportState.UNDONE: (),
}
UNREAD: Final = (ImportOutcome.ARCHIVE, ImportOutcome.WAITING)
ABANDONED_AFTER: Final = timedelta(days=1)
KEPT_FOR: Final = timedelta(days=7)
SWEPT_MAX: Final = 20
SLICE_S_MAX: Final = 60
"""For so long a command waits for the worker to end a slice: one may unpack an archive of half a GB."""


class ImportCounts(msgspec.Struct, frozen=True):
    """How far an import is: its files by outcome, those with warnings, those in the books."""

    total: int
    unread: int
    new: int
    already_here: int
    conflict: int
    refused: int
    left_out: int
    warnings: int
    recorded: int

    @property
    def read(self) -> int:
        """Files that have an outcome."""
        return self.total - self.unread


def begin(*, company: Company, operator: Operator | None, now: datetime) -> Import:
    """A new import that receives files."""
    begun = Import.objects.create(company=company, operator=operator, began_at=now)
    spool.folder_of(begun.uid)
    return begun


def get(*, company: Company, uid: UUID) -> Import:
    """The company's import. :raises ImportNotThere:"""
    found = list_imports(company=company).filter(uid=uid).first()
    if found is None:
        raise ImportNotThere(uid=uid)
    return found


def list_imports(*, company: Company) -> "QuerySet[Import]":
    """The company's imports, the latest first."""
    rows = Import.objects.filter(company=company).select_related("company", "operator", "undone_by")
    return rows.order_by("-began_at", "-pk")


def list_files(*, found: Import, only: str = "") -> "QuerySet[ImportFile]":
    """Files of an import in their order; ``only`` is an outcome, or ``warnings``."""
    rows = ImportFile.objects.filter(within=found).select_related("invoice").order_by("position", "pk")
    if only == "warnings":
        return rows.filter(with_warnings=True)
    return rows.filter(outcome=only) if only in ImportOutcome.values else rows


def counts_of(found: Import) -> ImportCounts:
    """The counts of one import."""
    return counts_of_all([found])[found.pk]


def counts_of_all(found: list[Import]) -> dict[int, ImportCounts]:
    """The counts of several imports in two queries, by their keys."""
    rows = ImportFile.objects.filter(within__in=found).order_by()
    by_outcome: dict[int, dict[str, int]] = {row.pk: {} for row in found}
    for pk, outcome, count in rows.values_list("within", "outcome").annotate(count=Count("pk")):
        by_outcome[pk][outcome] = count
    marks = {
        pk: (warned, recorded)
        for pk, warned, recorded in rows.values_list("within").annotate(
            warned=Count("pk", filter=Q(with_warnings=True)), put=Count("pk", filter=Q(recorded=True))
        )
    }
    return {pk: _counts(counted, *marks.get(pk, (0, 0))) for pk, counted in by_outcome.items()}


def ask_recording(*, found: Import) -> None:
    """What was previewed goes into the books. :raises ImportMovedOn:"""
    _move(found, ImportState.PREVIEWED, ImportState.RECORDING, recording_asked=True, stop_requested=False)


def resume(*, found: Import) -> None:
    """A stopped import goes on where it was. :raises ImportMovedOn:"""
    state = ImportState.RECORDING if found.recording_asked else ImportState.READING
    _move(found, ImportState.STOPPED, state, stop_requested=False, finished_at=None, problem="")


def stop(*, found: Import) -> None:
    """Stop between two files. What is in the books stays there. :raises ImportMovedOn: when nothing is under way."""
    busy = Import.objects.filter(pk=found.pk, state__in=(ImportState.READING, ImportState.RECORDING))
    if not busy.update(stop_requested=True):
        raise _moved_on(found)


def discard(*, found: Import, now: datetime) -> None:
    """Give the import up and remove its files. :raises ImportMovedOn: something of it is in the books already."""
    with transaction.atomic():
        rows = Import.objects.select_for_update().filter(pk=found.pk).exclude(recording_asked=True)
        states = (ImportState.RECEIVING, ImportState.PREVIEWED, ImportState.STOPPED)
        if not rows.filter(state__in=states).update(state=ImportState.DISCARDED, finished_at=now):
            raise _moved_on(found)
    spool.remove(found.uid)


def finish(*, found: Import, state: ImportState, now: datetime) -> None:
    """The end of a phase, by whoever works on it; a finished import's own copies of files go."""
    before = ImportState(found.state)
    assert state in TRANSITIONS[before], f"{before} → {state}"
    at = None if state == ImportState.PREVIEWED else now
    Import.objects.filter(pk=found.pk).update(state=state, finished_at=at, stop_requested=False)
    if state == ImportState.DONE:
        spool.remove(found.uid)


def halt(*, found: Import, problem: ImportProblem, now: datetime) -> None:
    """It can't go on by itself: it is stopped, says why, and goes on when a person says so; others have their turn."""
    busy = Import.objects.filter(pk=found.pk, state__in=IMPORT_BUSY)
    busy.update(state=ImportState.STOPPED, finished_at=now, stop_requested=False, problem=problem)
    found.refresh_from_db()


def sweep(*, now: datetime) -> bool:
    """Give up imports that nobody finished, and remove files that were kept long enough. True when it did any."""
    old = Q(state=ImportState.RECEIVING, began_at__lt=now - ABANDONED_AFTER) | Q(
        state__in=(ImportState.PREVIEWED, ImportState.STOPPED), recording_asked=False, began_at__lt=now - KEPT_FOR
    )
    given_up = list(Import.objects.filter(old).order_by("pk")[:SWEPT_MAX])
    for row in given_up:
        discard(found=row, now=now)
    stopped = Import.objects.filter(state=ImportState.STOPPED, recording_asked=True, began_at__lt=now - KEPT_FOR)
    for row in stopped.order_by("-began_at")[:SWEPT_MAX]:
        spool.remove(row.uid)  # what went in stays and can be undone
    return bool(given_up)


@contextmanager
def worked_on(found: Import, *, wait_s: float = 0) -> Iterator[None]:
    """The lock under which one process at a time reads or records an import.

    :param wait_s: for how many seconds to wait for it: the worker holds it for a slice of any import that it finds.
    :raises ImportBusy: another has it.
    """
    folder = private_files.make_folder(spool.root() / "locks")
    lock = FileLock(folder / f"{found.uid}.lock", timeout=wait_s, mode=spool.PRIVATE)
    try:
        lock.acquire()
    except Timeout:
        raise ImportBusy() from None
    try:
        yield
    finally:
        lock.release()


def _move(found: Import, before: ImportState, after: ImportState, **columns: object) -> None:
    assert after in TRANSITIONS[before], f"{before} → {after}"
    if not Import.objects.filter(pk=found.pk, state=before).update(state=after, **columns):
        raise _moved_on(found)


def _moved_on(found: Import) -> ImportMovedOn:
    found.refresh_from_db(fields=["state"])
    return ImportMovedOn(state=STATES[ImportState(found.state)])


def _counts(counted: dict[str, int], warned: int, recorded: int) -> ImportCounts:
    return ImportCounts(
        total=sum(counted.values()),
        unread=sum(counted.get(outcome, 0) for outcome in UNREAD),
        new=counted.get(ImportOutcome.NEW, 0),
        already_here=counted.get(ImportOutcome.ALREADY_HERE, 0),
        conflict=counted.get(ImportOutcome.CONFLICT, 0),
        refused=counted.get(ImportOutcome.REFUSED, 0),
        left_out=counted.get(ImportOutcome.LEFT_OUT, 0),
        warnings=warned,
        recorded=recorded,
    )
