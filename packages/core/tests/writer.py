"""A process that writes to a database behind the writer lock: ``python writer.py count|hold PATH [TIMES]``."""

import sys
import threading
from pathlib import Path

import django
from django.conf import settings

from saldo_core.django_settings import sqlite

NOTE = "INSERT INTO note (text) VALUES ('a note')"


def count(times: int) -> None:
    """Read a number, write one more, each time in a transaction; and one lone statement beside it."""
    from django.db import connection, transaction

    for _ in range(times):
        with transaction.atomic(), connection.cursor() as cursor:
            number = cursor.execute("SELECT number FROM counter").fetchone()[0]
            cursor.execute("UPDATE counter SET number = %s", [number + 1])
        with connection.cursor() as cursor:
            cursor.execute(NOTE)


def hold() -> None:
    """Write in a transaction that never ends; says so, then waits to be killed."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NOTE)
        sys.stdout.write("holding\n")
        sys.stdout.flush()
        threading.Event().wait(60)


if __name__ == "__main__":
    settings.configure(DATABASES={"default": sqlite(Path(sys.argv[2]))}, USE_TZ=True)
    django.setup()
    if sys.argv[1] == "count":
        count(int(sys.argv[3]))
    else:
        hold()
