"""Reading files in as many processes as there are cores; the few of a small import in this one.

Processes of our own behind pipes, not ``ProcessPoolExecutor``: they end by themselves with whoever asks, however it
ended; they don't load the program that was started, Django and all; and one that dies is told by itself.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from typing import Final

import msgspec

from saldo_desk.sources import reader_process, reading

READERS_MAX: Final = 8
CHUNK_FILES: Final = 20
ALONE_FILES_MAX: Final = 100
"""So many files are read before other processes have begun."""
ENDS_S_MAX: Final = 10

Chunk = tuple[reading.Task, ...]
_readings = msgspec.msgpack.Decoder(list[reading.Reading]).decode


class ReaderDied(Exception):
    """A process that read files ended before it answered: killed, out of memory, or by a mistake of ours."""


def read(tasks: Sequence[reading.Task], *, ahead: Sequence[reading.Task] = ()) -> Iterator[reading.Reading]:
    """What was read in each file, in their order.

    :param ahead: what will be asked for next: it is read while the caller works on these.
    :raises ReaderDied:
    """
    global _pool
    if _pool is None:
        if cores() < 2 or len(tasks) + len(ahead) <= ALONE_FILES_MAX:
            return map(reading.read, tasks)
        _pool = _Readers(min(cores(), READERS_MAX))
    return _pool.read(tasks, ahead)


def close() -> None:
    """End the processes, if there are any."""
    global _pool
    pool, _pool = _pool, None
    if pool is not None:
        pool.close()


def pids() -> list[int]:
    """The processes that read now."""
    return _pool.pids() if _pool is not None else []


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Reader:
    """One process. :raises ReaderDied: it can't begin."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-m", reader_process.__name__]
        try:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            raise ReaderDied(str(error)) from error

    def ask(self, chunk: Chunk) -> list[reading.Reading]:
        """What it read. :raises ReaderDied:"""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            reader_process.send(self.process.stdin, chunk)
            return _readings(reader_process.receive(self.process.stdout))
        except (EOFError, OSError, ValueError) as error:
            self.process.kill()
            raise ReaderDied(f"exit status {self.process.wait(timeout=ENDS_S_MAX)}") from error


class _Readers:
    """Several of them, each asked by a thread of its own."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="reader")
        self._own = threading.local()
        self._running: list[_Reader] = []
        self._ahead: dict[Chunk, Future[list[reading.Reading]]] = {}

    def read(self, tasks: Sequence[reading.Task], ahead: Sequence[reading.Task]) -> Iterator[reading.Reading]:
        known = self._ahead
        asked = [known.get(chunk) or self._threads.submit(self._ask, chunk) for chunk in _chunks(tasks)]
        self._ahead = {chunk: self._threads.submit(self._ask, chunk) for chunk in _chunks(ahead)}
        return chain.from_iterable(future.result() for future in asked)

    def pids(self) -> list[int]:
        return [reader.process.pid for reader in self._running]

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for reader in self._running:
            reader.process.kill()
        self._threads.shutdown()
        for reader in self._running:
            reader.process.wait(timeout=ENDS_S_MAX)
            for end in (reader.process.stdin, reader.process.stdout):
                with suppress(OSError):  # what was on its way to one that is gone
                    if end is not None:
                        end.close()

    def _ask(self, chunk: Chunk) -> list[reading.Reading]:
        reader = getattr(self._own, "reader", None)
        if reader is None:
            reader = self._own.reader = _Reader()
            self._running.append(reader)
        return reader.ask(chunk)


def _chunks(tasks: Sequence[reading.Task]) -> Iterator[Chunk]:
    for start in range(0, len(tasks), CHUNK_FILES):
        yield tuple(tasks[start : start + CHUNK_FILES])


_pool: _Readers | None = None
