"""The file lock of a company's run: held by whoever carries it out, let go of by the system when that process dies."""

from pathlib import Path

from django.conf import settings
from filelock import FileLock, Timeout

from saldo_core import private_files
from saldo_desk.books.tables import Company


def of(*, company: Company) -> FileLock:
    """The lock; taking it raises ``filelock.Timeout`` at once where another holds it."""
    folder = private_files.make_folder(Path(settings.PROGRAM_HOME) / "runs")
    return FileLock(folder / f"{company.uid}.lock", timeout=0, mode=0o600)


def is_held(*, company: Company) -> bool:
    """Whether a run of the company is being carried out now."""
    try:
        with of(company=company):
            return False
    except Timeout:
        return True
