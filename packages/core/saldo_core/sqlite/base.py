"""Django's SQLite backend behind one writer lock, a file beside the database.

SQLite lets one connection write at a time. Whoever finds it taken sleeps and polls inside SQLite's busy
handler, unfairly, and fails when the time runs out; a transaction that read first and writes later fails at
once. So the lock is taken before a transaction begins (``BEGIN IMMEDIATE``) and before a lone statement that
may write. It sits in the backend so that sessions, the admin and migrations take it too; it is a portable
file lock because a Desk also runs on Windows. A connection that holds it may take it again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError
from filelock import FileLock, Timeout

WAIT_S_MAX = 30
POLL_S = 0.002
_NOT_LONE = ("SELECT", "PRAGMA", "EXPLAIN", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")
"""Statements that only read, or that begin and end a transaction, which holds the lock itself."""

PRAGMAS = (
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA busy_timeout=30000;"
    "PRAGMA foreign_keys=ON;"
    "PRAGMA temp_store=MEMORY;"
)


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection; its transactions and lone writes wait for the file lock, at most ``wait_s`` seconds."""

    wait_s: ClassVar[float] = WAIT_S_MAX
    """How long this process waits for the lock; a server, whose threads are few, waits less than a worker."""
    _writer_lock: FileLock | None = None

    def _take_writer_lock(self) -> None:
        name = str(self.settings_dict["NAME"])
        if self.is_in_memory_db() or name.startswith("file:"):
            return
        if self._writer_lock is None:
            self._writer_lock = FileLock(f"{name}.lock", timeout=self.wait_s, poll_interval=POLL_S, mode=0o600)
        try:
            self._writer_lock.acquire()
        except Timeout as error:
            raise OperationalError("database is locked: another process has been writing for too long") from error

    def _release_writer_lock(self) -> None:
        if self._writer_lock is not None and self._writer_lock.is_locked:
            self._writer_lock.release(force=True)

    @contextmanager
    def lone_statement(self, sql: str) -> Iterator[None]:
        """Hold the lock around a statement outside a transaction, unless it only reads."""
        if self.in_atomic_block or not self.autocommit or sql.lstrip()[:9].upper().startswith(_NOT_LONE):
            yield
            return
        self._take_writer_lock()
        try:
            yield
        finally:
            self._release_writer_lock()

    def _start_transaction_under_autocommit(self) -> None:
        self._take_writer_lock()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._release_writer_lock()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._release_writer_lock()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._release_writer_lock()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._release_writer_lock()

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = self.connection.cursor(factory=_LockingCursor)
        cursor.wrapper = self
        return cursor


class _LockingCursor(base.SQLiteCursorWrapper):
    wrapper: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        with self.wrapper.lone_statement(query):
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        with self.wrapper.lone_statement(query):
            return super().executemany(query, param_list)
