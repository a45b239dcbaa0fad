"""Signed receipts: what is signed, how keys are published and named. Makes and checks no signature itself.

Ed25519 (RFC 8032) over the canonical encoding of the receipt as it travels, but for its member ``signature``. The
keys are a JSON Web Key Set (RFC 7517, RFC 8037) at ``KEYS_PATH``; a key's id is its thumbprint (RFC 7638), so that one
id can never stand for two keys. ``docs/api.md`` has test vectors.
"""

import base64
import datetime as dt
import hashlib
from typing import Any, Final, Literal

import msgspec

from saldo_protocol import digest

ALGORITHM: Final = "Ed25519"
KEYS_PATH: Final = "/.well-known/jwks.json"
PUBLIC_KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


class Signature(msgspec.Struct, frozen=True):
    """Who signed, and the signature.

    :param key_id: the `kid` of a key in the Platform's key set.
    :param algorithm: `Ed25519`.
    :param value: the 64 bytes of the signature in base64url without padding.
    """

    key_id: str
    algorithm: str
    value: str


class SigningKey(msgspec.Struct, frozen=True):
    """A public key of the Platform as a JSON Web Key.

    :param x: the 32 bytes of the public key in base64url without padding.
    :param kid: the thumbprint of the key by RFC 7638, SHA-256.
    :param saldo_from: when it began to sign.
    :param saldo_until: when another took its place; null for the one that signs now. It stays in the set for ever.
    """

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    use: Literal["sig"]
    kid: str
    x: str
    saldo_from: dt.datetime
    saldo_until: dt.datetime | None = None


class SigningKeys(msgspec.Struct, frozen=True):
    """The key set: every key that has ever signed a receipt here, the oldest first."""

    keys: tuple[SigningKey, ...]


class _Published(msgspec.Struct, frozen=True):
    """A key set before its keys are read, each by itself."""

    keys: tuple[msgspec.Raw, ...]


class NotSigned(ValueError):
    """The text is no JSON object with a signature."""


class Signed(msgspec.Struct, frozen=True):
    """A receipt taken apart: the bytes that were signed, and the signature."""

    content: bytes
    signature: Signature


def take_apart(receipt: bytes) -> Signed:
    """The signed bytes of a receipt as it came, members that are not known here too, and its signature.

    :raises NotSigned: when it has none, or one that we know no way to check.
    """
    try:
        members: dict[str, Any] = msgspec.json.decode(receipt, type=dict[str, Any])
        signature = msgspec.convert(members.pop("signature", None), Signature)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotSigned from error
    if signature.algorithm != ALGORITHM:
        raise NotSigned(signature.algorithm)
    return Signed(content=digest.canonical(members), signature=signature)


def read_keys(key_set: bytes) -> tuple[SigningKey, ...]:
    """The keys of a set that are of the kind we know; others are passed over (RFC 7517, 5).

    :raises msgspec.MsgspecError, UnicodeDecodeError, RecursionError: it is no key set.
    """
    found = []
    for raw in msgspec.json.decode(key_set, type=_Published).keys:
        try:
            found.append(msgspec.json.decode(raw, type=SigningKey))
        except msgspec.ValidationError:
            continue
    return tuple(found)


def key_id(public_key: bytes) -> str:
    """The ``kid`` of a public key: SHA-256 over its required members, in their order (RFC 7638, 3; RFC 8037, A.3)."""
    required = digest.canonical({"crv": ALGORITHM, "kty": "OKP", "x": text_of(public_key)})
    return text_of(hashlib.sha256(required).digest())


def text_of(octets: bytes) -> str:
    """Bytes in base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def octets_of(text: str, *, length: int) -> bytes:
    """The other way round, to the letter: one text for the same bytes. :raises ValueError: not base64url, or not of
    this length."""
    octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if len(octets) != length or text_of(octets) != text:
        raise ValueError(f"{text!r} is not how {length} bytes are written")
    return octets
