"""What is left of a zip archive whose end is missing: its files in a row, up to the first that is not whole."""

import struct
import zlib
from collections.abc import Iterator
from typing import IO

LOCAL = struct.Struct("<4s5H3I2H")
SIGNATURE = b"PK\x03\x04"
DESCRIPTOR = b"PK\x07\x08"
STORED, DEFLATED = 0, 8
ENCRYPTED, SIZES_FOLLOW = 0x1, 0x8
CHUNK_BYTES = 64 * 1024
TOTAL_BYTES_MAX = 1024**3


def whole_files(file: IO[bytes], *, files_max: int, file_bytes_max: int) -> Iterator[tuple[bytes, bytes]]:
    """Raw name and content of each file, read by the headers before them; ends silently at the first damage.

    A file that is encrypted, packed otherwise than by deflate, or too large ends it too: there is no trusting
    what comes after.
    """
    spent = 0
    for _at in range(files_max):
        header = file.read(LOCAL.size)
        if len(header) < LOCAL.size or not header.startswith(SIGNATURE):
            return
        _sig, _version, flags, method, _time, _day, crc, packed, size, name_length, extra_length = LOCAL.unpack(header)
        name = file.read(name_length)
        file.read(extra_length)
        if flags & ENCRYPTED or size > file_bytes_max or spent > TOTAL_BYTES_MAX:
            return
        content = _content(file, flags, method, packed, file_bytes_max)
        if content is None:
            return
        if flags & SIZES_FOLLOW:
            crc = _crc_that_follows(file)
        if zlib.crc32(content) != crc:
            return
        spent += len(content)
        if not name.endswith(b"/"):
            yield name, content


def _content(file: IO[bytes], flags: int, method: int, packed: int, bytes_max: int) -> bytes | None:
    if method == STORED and not flags & SIZES_FOLLOW:
        content = file.read(min(packed, bytes_max + 1))
        return content if len(content) == packed else None
    if method != DEFLATED:
        return None
    return _inflated(file, bytes_max)


def _inflated(file: IO[bytes], bytes_max: int) -> bytes | None:
    """Inflate until the stream says that it ends, then go back to the byte after it."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    parts, length = [], 0
    try:
        while not inflate.eof:
            chunk = inflate.unconsumed_tail or file.read(CHUNK_BYTES)
            if not chunk:
                return None
            part = inflate.decompress(chunk, bytes_max + 1 - length)
            length += len(part)
            if length > bytes_max:
                return None
            parts.append(part)
    except zlib.error:
        return None
    file.seek(-len(inflate.unused_data), 1)
    return b"".join(parts)


def _crc_that_follows(file: IO[bytes]) -> int:
    """The data descriptor: its signature is optional."""
    first = file.read(4)
    crc = file.read(4) if first == DESCRIPTOR else first
    file.read(8)
    return int.from_bytes(crc, "little") if len(crc) == 4 else -1
