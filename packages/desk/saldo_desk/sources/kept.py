"""What the preview read, kept in the spool until it is recorded, so that each file is parsed once.

It saves work and nothing else: what is missing, damaged, or was written by another version of the reader is read
again from its file. A pack holds the files of one slice, one after the other, and is named by the first of them, so
that the pack of a file is found by its place.
"""

import struct
from bisect import bisect_right
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from saldo_desk.sources import spool
from saldo_desk.sources.reading import Reading, version
from saldo_desk.sources.tables import ImportFile

SUFFIX = ".read"
FRAME = struct.Struct("<QI32s")
"""Before each invoice: the key of its file's row, its length, the digest of the file's bytes."""


class Pack:
    """A pack that is being written. Where there is no room for it, it ends early."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO | None = None
        with suppress(OSError):
            self._file = spool.create(path)
        self._write(version())

    def add(self, row: ImportFile, reading: Reading) -> None:
        """Keep what was read in the file of a row."""
        self._write(FRAME.pack(row.pk, len(reading.invoice), reading.digest) + reading.invoice)

    def close(self) -> None:
        """All of it is written, or what there was room for."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def _write(self, content: bytes) -> None:
        if self._file is not None:
            try:
                self._file.write(content)
            except OSError:
                self.close()


def begin(uid: UUID, first: ImportFile) -> Pack:
    """The pack of the slice that begins with the row; one that was begun before a crash is written anew."""
    return Pack(spool.folder_of(uid) / _name(first))


class Shelf:
    """The packs of an import, to look into; one at a time is open."""

    def __init__(self, uid: UUID) -> None:
        self._names = sorted(path.name for path in spool.folder_of(uid).glob(f"*{SUFFIX}"))
        self._folder = spool.folder_of(uid)
        self._open = ""
        self._content: dict[int, tuple[int, int, bytes]] = {}

    def find(self, row: ImportFile) -> Reading | None:
        """What was read in the file of a row, where it is kept."""
        at = bisect_right(self._names, _name(row))
        if at == 0:
            return None
        path = self._folder / self._names[at - 1]
        try:
            if path.name != self._open:
                self._content, self._open = _contents(path), path.name
            if row.pk not in self._content:
                return None
            place, length, digest = self._content[row.pk]
            with path.open("rb") as file:
                file.seek(place)
                return Reading(digest=digest, invoice=file.read(length))
        except OSError:
            return None


def _contents(path: Path) -> dict[int, tuple[int, int, bytes]]:
    """Where each invoice of a pack begins, its length, and the digest of its file."""
    found: dict[int, tuple[int, int, bytes]] = {}
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(len(version())) != version():
            return {}
        while len(frame := file.read(FRAME.size)) == FRAME.size:
            pk, length, digest = FRAME.unpack(frame)
            place = file.tell()
            if place + length > size:
                break
            found[pk] = (place, length, digest)
            file.seek(length, 1)
    return found


def _name(row: ImportFile) -> str:
    return f"{row.position:010}-{row.pk:020}{SUFFIX}"
