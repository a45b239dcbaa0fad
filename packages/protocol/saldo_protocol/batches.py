"""A batch: the documents of one request, under one uid for ever."""

import gzip
import io
import zlib
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from saldo_protocol.documents import Document, ShortText, TaxId

DOCUMENTS_MAX = 500
BODY_BYTES_MAX = 1 << 20
"""Before compression."""
VERSION = "1"


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


def pack(body: bytes) -> bytes:
    """The body in gzip. The same body gives the same bytes (no time in the header)."""
    return gzip.compress(body, compresslevel=5, mtime=0)


def unpack(body: bytes, *, encoding: str) -> bytes:
    """The body as it was before ``Content-Encoding``; bounded while decoding.

    :raises BodyTooLarge: past ``BODY_BYTES_MAX``.
    :raises BodyUnreadable: when it can't be decoded, or the encoding isn't known.
    """
    if encoding in {"", "identity"}:
        unpacked = body
    elif encoding == "gzip":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
                unpacked = file.read(BODY_BYTES_MAX + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise BodyUnreadable(encoding) from error
    else:
        raise BodyUnreadable(encoding)
    if len(unpacked) > BODY_BYTES_MAX:
        raise BodyTooLarge(len(unpacked))
    return unpacked
