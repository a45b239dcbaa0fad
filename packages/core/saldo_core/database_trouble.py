"""What an error of the database means, where it is no bug: locked for too long, or no room."""

from django.db import OperationalError

from saldo_core.refusals import DiskFull, Refusal, WriterBusy

BUSY_RETRY_S = 5
FULL_RETRY_S = 60
LOCKED = {"55P03", "40P01"}
"""PostgreSQL's lock_not_available and deadlock_detected: its texts are in the server's language."""
FULL = {"53100", "58030"}
"""Its disk_full and io_error."""
FULL_TEXTS = ("is full", "disk I/O error")
"""SQLite's: the second where a bound on the size of files is met."""


def refusal_of(error: Exception) -> Refusal | None:
    """What the database's error means for whoever asked, where it passes by itself or with room; else None."""
    if not isinstance(error, OperationalError):
        return None
    state = getattr(error.__cause__, "sqlstate", None)
    if "locked" in str(error) or state in LOCKED:
        return WriterBusy(retry_after_s=BUSY_RETRY_S)
    if state in FULL or any(text in str(error) for text in FULL_TEXTS):
        return DiskFull(retry_after_s=FULL_RETRY_S)
    return None
