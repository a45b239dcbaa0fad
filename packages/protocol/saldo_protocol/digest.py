"""The canonical encoding of a document's content and its digest.

Canonical encoding: JSON by RFC 8785 (JCS), with every member written, defaults too. Content holds only
objects, arrays, strings, booleans, null and integers within ±(2**53 − 1), so JCS needs nothing special: UTF-8,
no white space, members sorted by name. ``docs/api.md`` has test vectors.
"""

import hashlib
from typing import Any

import msgspec

DIGEST_BYTES = 16

_encoder = msgspec.json.Encoder(order="sorted")


def canonical(content: Any) -> bytes:
    """The bytes that the digest is taken over. ``content`` is a Struct such as ``documents.Invoice``."""
    return _encoder.encode(content)


def of(content: Any) -> str:
    """SHA-256 over the canonical encoding, cut to 128 bits, as 32 lowercase hexadecimal digits."""
    return of_canonical(canonical(content))


def of_canonical(encoded: bytes) -> str:
    """The digest of bytes that are canonical already."""
    return hashlib.sha256(encoded).digest()[:DIGEST_BYTES].hex()


def of_body(body: bytes) -> str:
    """The full SHA-256 of a request's decoded body, which tells two batches under one uid apart."""
    return hashlib.sha256(body).hexdigest()
