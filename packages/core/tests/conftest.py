"""The least of Django that the mechanisms need; no program of ours is loaded."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.db import ConnectionHandler

if not settings.configured:
    settings.configure(
        SECRET_KEY="only for tests",
        INSTALLED_APPS=["saldo_core"],
        DATABASES={},
        LANGUAGE_CODE="pl",
        USE_I18N=True,
        USE_THOUSAND_SEPARATOR=True,
        USE_TZ=True,
        TIME_ZONE="Europe/Warsaw",
        PASSWORD_HASHERS=["saldo_core.passwords.OwaspArgon2Hasher"],
    )
    django.setup()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A path for a database that isn't there yet."""
    return tmp_path / "test.sqlite3"


@pytest.fixture
def connect(database: Path, django_db_blocker: Any) -> Iterator[Callable[[], Any]]:
    """Opens connections of this thread to the database; they are closed after the test."""
    from saldo_core.django_settings import sqlite

    opened = []

    def open_one() -> Any:
        connection = ConnectionHandler({"default": sqlite(database)})["default"]
        opened.append((threading.get_ident(), connection))
        return connection

    with django_db_blocker.unblock():
        yield open_one
        for thread, connection in opened:
            if thread == threading.get_ident():
                connection.close()
