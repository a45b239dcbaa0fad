"""In a child process whose ``PYTHONPATH`` names this folder, the clock is ahead by the seconds that a file says, and an
SQLite database may have only so many pages as another file says."""

import os
from datetime import datetime, timedelta
from pathlib import Path

PAGES = 1 << 30


def shift() -> None:
    """Let Django's clock, the only one that rules are given, ask the file each time."""
    from django.utils import timezone

    place, real = Path(os.environ["CLOCK_AHEAD_FILE"]), timezone.now

    def now() -> datetime:
        """The time, ahead by what the file says."""
        try:
            return real() + timedelta(seconds=float(place.read_text() or 0))
        except FileNotFoundError:
            return real()

    timezone.now = now


def bound() -> None:
    """Let each transaction ask the file first; while there is none, there is room."""
    from saldo_core.sqlite.base import DatabaseWrapper

    place, real = Path(os.environ["PAGES_MAX_FILE"]), DatabaseWrapper._take_writer_lock

    def take(self: DatabaseWrapper) -> None:
        """Wait for the lock, and set the bound; one below the present size means the present size."""
        real(self)
        pages = place.read_text() if place.exists() else PAGES
        self.connection.execute(f"PRAGMA max_page_count={pages}").close()

    DatabaseWrapper._take_writer_lock = take  # type: ignore[method-assign]


if os.environ.get("PAGES_MAX_FILE"):
    bound()
if os.environ.get("CLOCK_AHEAD_FILE"):
    shift()
