"""Getting files into the books: each file by itself, so that one bad file keeps none of the others out."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from saldo_core.refusals import Refusal
from saldo_desk.books import invoices
from saldo_desk.books.tables import Company, Operator
from saldo_desk.sources import files, ksef_xml, refusals
from saldo_desk.sources.documents import Unreadable

FILES_MAX = 10_000


class FileOutcome(msgspec.Struct, frozen=True):
    """What became of one file. ``message`` is in the language that was active; empty for ``new``."""

    file: str
    outcome: Literal["new", "already_here", "conflict", "refused"]
    code: str = ""
    message: str = ""
    line: int | None = None
    number: str = ""
    warnings: tuple[str, ...] = ()


def import_file(
    *, company: Company, name: str, load: Callable[[], bytes], operator: Operator | None, now: datetime
) -> FileOutcome:
    """Read one file and record its invoice. A refusal becomes the outcome; nothing is half-stored."""
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
    *, company: Company, paths: Iterable[Path], operator: Operator | None, clock: Callable[[], datetime]
) -> Iterable[FileOutcome]:
    """The outcome of each file that the paths mean, one after the other.

    :raises FileRefused: before the first file, when a path is wrong or there are more than ``FILES_MAX`` files.
    """
    try:
        found = files.find(paths, files_max=FILES_MAX)
    except Unreadable as unreadable:
        raise refusals.refusal_of(unreadable) from None
    for path in found:
        yield import_file(
            company=company,
            name=path.name,
            load=lambda path=path: files.load(path),  # type: ignore[misc]
            operator=operator,
            now=clock(),
        )
