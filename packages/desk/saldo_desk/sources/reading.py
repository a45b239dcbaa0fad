"""One file to what was read in it, as bytes that go between processes and into the spool. No table, no user text."""

import hashlib
import os
from functools import lru_cache
from pathlib import Path

import msgspec

from saldo_desk.books import issued as issued_module
from saldo_desk.sources import files, ksef_xml
from saldo_desk.sources.documents import ReadInvoice, Unreadable

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ReadInvoice).decode


class Task(msgspec.Struct, frozen=True, array_like=True):
    """A file to read: where it is, its name, and its KSeF number where an archive tells it."""

    path: bytes
    name: str
    ksef_number: str = ""


class Reading(msgspec.Struct, frozen=True, array_like=True):
    """What was read: ``invoice`` is an encoded ``ReadInvoice``, or ``code`` and what follows say why there is none.

    ``digest`` is the SHA-256 of the file's bytes.
    """

    digest: bytes = b""
    invoice: bytes = b""
    code: str = ""
    line: int | None = None
    arguments: dict[str, str] = {}


def read(task: Task) -> Reading:
    """Read a file. What keeps it from being read is told by the answer."""
    try:
        content = load(task.path)
        issued = ksef_xml.read(content, name=task.name, ksef_number=task.ksef_number)
    except Unreadable as unreadable:
        return Reading(code=unreadable.code, line=unreadable.line, arguments=unreadable.arguments)
    return Reading(digest=digest_of(content), invoice=_encode(issued))


def load(path: bytes) -> bytes:
    """The bytes of a file of an import. :raises Unreadable: ``file_lost`` where there is none any more."""
    try:
        return files.load(Path(os.fsdecode(path)))
    except Unreadable as unreadable:
        if unreadable.code == "path_not_found":
            raise Unreadable("file_lost") from None
        raise


def issued_of(reading: Reading) -> ReadInvoice:
    """The invoice that was read. :raises Unreadable: why there is none."""
    if reading.code:
        raise Unreadable(reading.code, line=reading.line, **reading.arguments)
    return _decode(reading.invoice)


def digest_of(content: bytes) -> bytes:
    """SHA-256: whether a file is still the one that was read."""
    return hashlib.sha256(content).digest()


@lru_cache(maxsize=1)
def version() -> bytes:
    """Changes with every change of the reader, so that what an older one read is not taken for what this one reads."""
    whole = hashlib.sha256()
    for path in (Path(issued_module.__file__), *sorted(Path(__file__).parent.glob("*.py"))):
        whole.update(path.read_bytes())
    return whole.digest()
