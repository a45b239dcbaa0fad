"""Files to import, made for the tests of imports."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from saldo_desk.books import companies
from saldo_desk.books.tables import Company
from saldo_desk.sources import importing, imports, receiving, spool
from saldo_desk.sources.receiving import Upload
from saldo_desk.sources.tables import Import
from tools import samples
from tools.sample_names import Party

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ANOTHER_BUYER = Party("Zupełnie Inny Sp. z o.o.", "1111111111", "ul. Boczna 1", "00-001 Warszawa")
BROKEN = b"<Faktura"


def clock() -> datetime:
    """Always the same instant."""
    return NOW


def company() -> Company:
    """The company of the samples."""
    return companies.add(nip=samples.COMPANY_NIP, name="Firma")


def document(number: str, **overrides: object) -> bytes:
    """A good invoice."""
    return samples.document(number=number, issued_on=date(2026, 10, 1), **overrides)


def other_document(number: str) -> bytes:
    """Another document under the same number."""
    return document(number, buyer=ANOTHER_BUYER)


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def receive(company: Company, files: Sequence[tuple[str, bytes]]) -> Import:
    """The files as a browser sends them, ready to be read."""
    begun = imports.begin(company=company, operator=None, now=NOW)
    receiving.add_uploads(found=begun, uploads=[Upload(name, [content]) for name, content in files])
    receiving.received(found=begun)
    return again(begun)


def preview(company: Company, files: Sequence[tuple[str, bytes]]) -> Import:
    """The files, read."""
    return work(receive(company, files))


def record(company: Company, files: Sequence[tuple[str, bytes]]) -> Import:
    """The files, in the books."""
    found = preview(company, files)
    imports.ask_recording(found=found)
    return work(found)


def work(found: Import, until: Callable[[], bool] = lambda: False) -> Import:
    """Slice after slice."""
    found = again(found)
    for _slice in importing.carry_out(found=found, clock=clock):
        if until():
            break
    return again(found)


def again(found: Import) -> Import:
    """As it is stored now."""
    return Import.objects.select_related("company", "operator").get(pk=found.pk)


def outcomes(found: Import) -> list[tuple[str, str, str]]:
    """Name, outcome and code of each file."""
    return [(row.name, row.outcome, row.code) for row in imports.list_files(found=found)]


def spooled(uid: UUID, pattern: str = "*") -> list[Path]:
    """What lies in the folder of an import."""
    return sorted((spool.root() / str(uid)).glob(pattern))
