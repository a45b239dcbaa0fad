"""Many processes write to one SQLite file; none is turned away, and nobody waits for a reader."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from filelock import FileLock

from saldo_core.sqlite import base

WRITER = Path(__file__).with_name("writer.py")
TIMES = 60
Connect = Callable[[], Any]


@pytest.fixture
def connection(connect: Connect) -> Any:
    """A connection to a database with a counter at 0 and no notes."""
    made = connect()
    with made.cursor() as cursor:
        cursor.execute("CREATE TABLE counter (number integer NOT NULL)")
        cursor.execute("CREATE TABLE note (text text NOT NULL)")
        cursor.execute("INSERT INTO counter (number) VALUES (0)")
    return made


def number_of_notes(connection: Any) -> int:
    with connection.cursor() as cursor:
        return int(cursor.execute("SELECT count(*) FROM note").fetchone()[0])


def write_note(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO note (text) VALUES ('ours')")


def is_free(database: Path) -> bool:
    """Whether somebody else could take the lock at once."""
    lock = FileLock(f"{database}.lock", timeout=0)
    try:
        lock.acquire()
    except TimeoutError:
        return False
    lock.release()
    return True


@contextmanager
def holder(database: Path) -> Iterator[subprocess.Popen[str]]:
    """A process inside a transaction that has written; killed at the end."""
    process = subprocess.Popen([sys.executable, WRITER, "hold", database], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "holding\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_two_processes_write_at_once_and_every_write_counts(connection: Any, database: Path) -> None:
    command = [sys.executable, str(WRITER), "count", str(database), str(TIMES)]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [writer.communicate()[1] for writer in writers]
    with connection.cursor() as cursor:
        counted = cursor.execute("SELECT number FROM counter").fetchone()[0]
    assert (errors, counted, number_of_notes(connection)) == (["", ""], 2 * TIMES, 2 * TIMES)


def test_a_read_does_not_wait_for_a_writer(connection: Any, database: Path) -> None:
    with holder(database):
        assert number_of_notes(connection) == 0


def test_a_read_does_not_take_the_lock(connection: Any, database: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM counter")
        assert is_free(database)


def test_a_transaction_holds_the_lock_until_its_end(connection: Any, database: Path) -> None:
    with _alias(connection), transaction.atomic(using="ours"):
        with transaction.atomic(using="ours"):
            write_note(connection)
        assert not is_free(database)
    assert (is_free(database), number_of_notes(connection)) == (True, 1)


def test_the_lock_is_released_after_a_rollback(connection: Any, database: Path) -> None:
    with pytest.raises(ZeroDivisionError), _alias(connection):
        _write_and_fail(connection)
    assert (is_free(database), number_of_notes(connection)) == (True, 0)


def test_the_lock_is_released_after_a_lone_statement(connection: Any, database: Path) -> None:
    write_note(connection)
    assert is_free(database)


def test_the_lock_is_released_when_its_holder_is_killed(connection: Any, database: Path) -> None:
    with holder(database) as process:
        assert not is_free(database)
        process.kill()
        process.wait()
        write_note(connection)
    assert number_of_notes(connection) == 1


def test_a_writer_that_waits_too_long_is_told_so(
    connection: Any, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base.DatabaseWrapper, "wait_s", 0.05)
    connection._writer_lock = None  # made with the bound of its time
    with holder(database), pytest.raises(OperationalError, match="database is locked"):
        write_note(connection)


@transaction.atomic(using="ours")
def _write_and_fail(connection: Any) -> float:
    write_note(connection)
    return 1 / 0


@contextmanager
def _alias(connection: Any) -> Iterator[None]:
    """The connection under a name of its own, so that ``atomic`` finds it."""
    connections["ours"] = connection
    try:
        yield
    finally:
        del connections["ours"]
