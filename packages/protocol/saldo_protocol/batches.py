"""A batch: the documents of one request, under one uid for ever."""

import gzip
import io
import zlib
from functools import cache
from importlib import import_module
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from saldo_protocol.documents import Document, ShortText, TaxId

DOCUMENTS_MAX = 500
BODY_BYTES_MAX = 1 << 20
"""Before compression."""
VERSION = "1"
GZIP, ZSTD = "gzip", "zstd"
ZSTD_LEVEL = 3
ZSTD_WINDOW_LOG_MAX = 23
"""8 MiB of memory while decoding, which RFC 9659 allows a sender to ask for."""


class Sender(msgspec.Struct, frozen=True, omit_defaults=True):
    """The program that sends, for the Platform's log and for „this Desk is too old”."""

    program: ShortText
    version: ShortText


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a PUT carries. ``documents`` stay raw: each is decoded by itself, so that 499 good ones are stored
    beside one bad one. ``nip`` says which company's books these are; the key must be that company's."""

    uid: UUID
    nip: TaxId
    sender: Sender
    documents: Annotated[tuple[msgspec.Raw, ...], Meta(min_length=1, max_length=DOCUMENTS_MAX)]


class BodyTooLarge(ValueError):
    """The body passes ``BODY_BYTES_MAX``, as it is or unpacked."""


class BodyUnreadable(ValueError):
    """The body is not what its Content-Encoding says."""


def encode(*, uid: UUID, nip: str, sender: Sender, documents: tuple[Document, ...]) -> bytes:
    """The body of one batch, before compression."""
    raw = tuple(msgspec.Raw(msgspec.json.encode(document)) for document in documents)
    return msgspec.json.encode(Batch(uid=uid, nip=nip, sender=sender, documents=raw))


def has_zstd() -> bool:
    """Whether this program can pack and unpack zstd: Python has it from 3.14 on, a package brings it before."""
    return _zstd() is not None


def pack(body: bytes, *, encoding: str = GZIP) -> bytes:
    """The body in ``GZIP``, or ``ZSTD`` where ``has_zstd``. The same body gives the same bytes (no time in it)."""
    if encoding == ZSTD:
        packed: bytes = _zstd().compress(body, level=ZSTD_LEVEL)
        return packed
    return gzip.compress(body, compresslevel=5, mtime=0)


def unpack(body: bytes, *, encoding: str) -> bytes:
    """The body as it was before ``Content-Encoding``; bounded while decoding.

    :raises BodyTooLarge: past ``BODY_BYTES_MAX``.
    :raises BodyUnreadable: when it can't be decoded, or the encoding isn't known.
    """
    if encoding in {"", "identity"}:
        unpacked = body
    elif encoding == GZIP:
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
                unpacked = file.read(BODY_BYTES_MAX + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise BodyUnreadable(encoding) from error
    elif encoding == ZSTD and has_zstd():
        unpacked = _unpack_zstd(body)
    else:
        raise BodyUnreadable(encoding)
    if len(unpacked) > BODY_BYTES_MAX:
        raise BodyTooLarge(len(unpacked))
    return unpacked


def _unpack_zstd(body: bytes) -> bytes:
    """One frame, whole, with nothing behind it."""
    zstd = _zstd()
    decoder = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG_MAX})
    try:
        unpacked: bytes = decoder.decompress(body, max_length=BODY_BYTES_MAX + 1)
    except zstd.ZstdError as error:
        raise BodyUnreadable(ZSTD) from error
    if len(unpacked) <= BODY_BYTES_MAX and (not decoder.eof or decoder.unused_data):
        raise BodyUnreadable(ZSTD)
    return unpacked


@cache
def _zstd() -> Any:
    """The module, loaded when it is first asked for; None where there is none."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    return None
