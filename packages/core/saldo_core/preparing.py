"""Bringing the database up to date before a program uses it."""

from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from filelock import FileLock


def is_empty() -> bool:
    """Whether the database was never migrated, or is not there at all."""
    return not MigrationRecorder(connection).has_table()


def bring_up_to_date() -> None:
    """Apply the migrations that are missing. Server and worker start at once: one applies, the other waits.

    A migration that refuses what it finds (``CommandError``) ends the program with its sentence.
    """
    with FileLock(Path(settings.PROGRAM_HOME) / "migrate.lock", mode=0o600):
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except CommandError as refused:
            raise SystemExit(str(refused)) from None
