"""Zip archives unpacked without trust: names, sizes and streams are checked, nothing is written by its own name.

Knows no table and no Django. What is taken out goes to numbered files that the caller names.
"""

import base64
import hashlib
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import IO, Literal

import msgspec

from saldo_desk.sources import zip_salvage
from saldo_desk.sources.documents import Unreadable
from saldo_desk.sources.ksef_schema import FILE_BYTES_MAX

ENTRIES_MAX = 20_000
BYTES_MAX = 1024**3
RATIO_MAX = 200
RATIO_FROM_BYTES = 1024**2
METADATA_BYTES_MAX = 64 * 1024**2
CHUNK_BYTES = 64 * 1024
METADATA = "_metadata.json"
ENCRYPTED = 0x1
NAME_IS_UTF8 = 0x800
ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz")
DEVICES = re.compile(r"^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?$", re.IGNORECASE)
DRIVE = re.compile(r"^[A-Za-z]:")
HEADER_BYTES = 30
DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, ValueError, RuntimeError,
)  # fmt: skip


class CannotWrite(Exception):
    """What was taken out can't be kept: the disk is full, or broken. Nothing is wrong with the archive."""


class Entry(msgspec.Struct, frozen=True):
    """One name in an archive: a file that was taken out, or why it was not. ``file`` counts those taken out from 0."""

    name: str
    outcome: Literal["taken", "left_out", "refused"]
    file: int = -1
    code: str = ""
    values: dict[str, str] = {}
    ksef_number: str = ""


class _Metadata(msgspec.Struct, rename="camel"):
    """What an export package of KSeF says of one invoice: its number, and the SHA-256 of its file in base64."""

    ksef_number: str = ""
    invoice_hash: str = ""


class _Package(msgspec.Struct):
    invoices: list[_Metadata] = []


def expand(archive: Path, *, target: Callable[[int], IO[bytes]]) -> Iterator[Entry]:
    """What is in the archive, its ``*.xml`` written to ``target(0)``, ``target(1)`` …

    The last entry may be named "": then the archive itself is damaged, and what stood before the damage was told.

    :raises Unreadable: before anything was taken out: ``archive_too_many``, ``archive_too_large``,
        ``archive_ratio``, ``archive_overlap``, ``archive_damaged`` where nothing could be saved.
    :raises CannotWrite: where the files go there is no room.
    :raises OSError: the archive can't be opened.
    """
    try:
        zipped = zipfile.ZipFile(archive)
    except DAMAGE:
        yield from _salvaged(archive, target)
        return
    with zipped:
        members = [member for member in zipped.infolist() if not member.is_dir()]
        _refuse_bombs(members)
        numbers = _metadata(zipped, members)
        yield from _entries(zipped, members, numbers, target)


def _refuse_bombs(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > ENTRIES_MAX:
        raise Unreadable("archive_too_many", limit=str(ENTRIES_MAX))
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if total > BYTES_MAX:
        raise Unreadable("archive_too_large", limit_mb=str(BYTES_MAX // 1024**2))
    if total > RATIO_FROM_BYTES and total > packed * RATIO_MAX:
        raise Unreadable("archive_ratio", limit=str(RATIO_MAX))
    places = sorted((member.header_offset, member.compress_size) for member in members)
    for (offset, size), (following, _size) in pairwise(places):
        if offset + HEADER_BYTES + size > following:
            raise Unreadable("archive_overlap")


def _entries(
    zipped: zipfile.ZipFile,
    members: list[zipfile.ZipInfo],
    numbers: dict[str, str],
    target: Callable[[int], IO[bytes]],
) -> Iterator[Entry]:
    seen: set[str] = set()
    taken, spent = 0, 0
    for member in members:
        name = name_of(member)
        if name.rpartition("/")[2].lower() == METADATA:
            continue
        refused = _refused(member, name, seen)
        seen.add(name.casefold())
        if refused is not None:
            yield refused
            continue
        try:
            with zipped.open(member) as source, _Kept(target, taken) as file:
                digest, length = _copy(source, file, left=BYTES_MAX - spent, packed=member.compress_size)
        except Unreadable as unreadable:
            yield Entry(name, "refused", code=unreadable.code, values=unreadable.arguments)
            if unreadable.code == "archive_too_large":
                return
        except DAMAGE:
            yield Entry(name, "refused", code="entry_damaged")
        else:
            yield Entry(name, "taken", file=taken, ksef_number=numbers.get(digest, ""))
            taken, spent = taken + 1, spent + length


def _refused(member: zipfile.ZipInfo, name: str, seen: set[str]) -> Entry | None:
    """Why the entry is not taken out; None when it is."""
    last = name.rpartition("/")[2]
    if is_unsafe(member.orig_filename) or is_unsafe(name) or _is_no_plain_file(member):
        return Entry(name, "refused", code="unsafe_path")
    if last.lower().endswith(ARCHIVES):
        return Entry(name, "refused", code="nested_archive")
    if not last.lower().endswith(".xml") or last.startswith(".") or "__MACOSX/" in name:
        return Entry(name, "left_out", code="not_xml")
    if name.casefold() in seen:
        return Entry(name, "refused", code="duplicate_name")
    if member.flag_bits & ENCRYPTED:
        return Entry(name, "refused", code="archive_encrypted")
    if member.file_size > FILE_BYTES_MAX:
        return Entry(name, "refused", code="file_too_large", values={"limit_mb": str(FILE_BYTES_MAX // 1024**2)})
    return None


def is_unsafe(name: str) -> bool:
    """Whether a name leads out of its folder, or means something else than a file on some system."""
    if not name or name.startswith("/") or "\\" in name or DRIVE.match(name) or any(ord(sign) < 32 for sign in name):
        return True
    return any(part in {"", ".", ".."} or DEVICES.match(part.rstrip(" .")) for part in name.split("/"))


def name_of(member: zipfile.ZipInfo) -> str:
    """The name as its writer meant it: UTF-8 where it says or looks so, else the DOS code page of Polish Windows."""
    if member.flag_bits & NAME_IS_UTF8:
        return member.filename
    return decoded(member.filename.encode("cp437", "replace"))


def decoded(raw: bytes) -> str:
    """UTF-8 where it is, else code page 852."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp852", "replace")


def _is_no_plain_file(member: zipfile.ZipInfo) -> bool:
    mode = member.external_attr >> 16
    return stat.S_IFMT(mode) not in {0, stat.S_IFREG}


class _Kept:
    """A file that is written, whose errors are not taken for the archive's."""

    def __init__(self, target: Callable[[int], IO[bytes]], at: int) -> None:
        with _room():
            self._file = target(at)

    def __enter__(self) -> "_Kept":
        return self

    def __exit__(self, *_raised: object) -> None:
        with _room():
            self._file.close()

    def write(self, content: bytes) -> None:
        """Write all of it. :raises CannotWrite:"""
        with _room():
            self._file.write(content)


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWrite(str(error)) from error


def _copy(source: IO[bytes], file: _Kept, *, left: int, packed: int) -> tuple[str, int]:
    """Copy by chunks; counts what really comes out, whatever the archive declares. Base64 SHA-256 and length."""
    digest, length = hashlib.sha256(), 0
    while chunk := source.read(CHUNK_BYTES):
        length += len(chunk)
        if length > FILE_BYTES_MAX:
            raise Unreadable("file_too_large", limit_mb=str(FILE_BYTES_MAX // 1024**2))
        if length > left:
            raise Unreadable("archive_too_large", limit_mb=str(BYTES_MAX // 1024**2))
        if length > RATIO_FROM_BYTES and length > packed * RATIO_MAX:
            raise Unreadable("archive_ratio", limit=str(RATIO_MAX))
        digest.update(chunk)
        file.write(chunk)
    return base64.b64encode(digest.digest()).decode(), length


def _metadata(zipped: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> dict[str, str]:
    """KSeF numbers by the digest of the invoice's file, from ``_metadata.json``; nothing where it can't be read."""
    for member in members:
        if member.filename.rpartition("/")[2].lower() == METADATA and member.file_size <= METADATA_BYTES_MAX:
            try:
                with zipped.open(member) as file:
                    content = file.read(METADATA_BYTES_MAX + 1)
                package = msgspec.json.decode(content[:METADATA_BYTES_MAX], type=_Package)
            except (*DAMAGE, msgspec.DecodeError):
                continue
            return {row.invoice_hash: row.ksef_number for row in package.invoices if row.invoice_hash}
    return {}


def _salvaged(archive: Path, target: Callable[[int], IO[bytes]]) -> Iterator[Entry]:
    """The whole files that stand before the damage, then the damage itself."""
    taken = 0
    with archive.open("rb") as file:
        for raw, content in zip_salvage.whole_files(file, files_max=ENTRIES_MAX, file_bytes_max=FILE_BYTES_MAX):
            name = decoded(raw)
            last = name.rpartition("/")[2]
            if last.lower() == METADATA or is_unsafe(name) or not last.lower().endswith(".xml") or last[:1] == ".":
                continue
            with _Kept(target, taken) as kept:
                kept.write(content)
            yield Entry(name, "taken", file=taken)
            taken += 1
    if not taken:
        raise Unreadable("archive_damaged", count="0")
    yield Entry("", "refused", code="archive_damaged", values={"count": str(taken)})
