"""Signing receipts: the key is made at first need, another takes its place when the operator says so.

Public keys are rows, and stay for ever. The private one is a file that only its owner may read, never in the database.
Which key signs is for the database to say: of several processes that need the first one at once, one makes it.

::

    Refusal
    └── SigningKeyLost      503  the private file is gone, or is not the key's
"""

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from saldo_core import private_files
from saldo_core.refusals import Refusal
from saldo_platform.exchange.tables import SigningKey
from saldo_protocol import digest, receipts, signing

RETRY_S: Final = 300


class SigningKeyLost(Refusal):
    """The key that signs has no private file, or one that can't be read, or another key's."""

    code = "signing_key_lost"
    status = 503
    text = _(
        "The Platform can't sign receipts: the private part of its key is lost. Nothing was stored; send it again "
        "later. Whoever runs the Platform has to run saldo-platform rotate-signing-key."
    )


def get_or_make(*, now: datetime) -> SigningKey:
    """The key that signs; the first one is made now. Not inside a transaction that may be taken back."""
    found = SigningKey.objects.filter(retired_at=None).first()
    if found is not None:
        return found
    made = _make(now)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return _yield_to_other(made)
    return made


def sign(receipt: receipts.Receipt, *, key: SigningKey) -> bytes:
    """The receipt with its signature, as it is stored and sent.

    :raises SigningKeyLost:
    """
    value = _private_key(key).sign(digest.canonical(receipt))
    signature = signing.Signature(key_id=key.kid, algorithm=signing.ALGORITHM, value=signing.text_of(value))
    return msgspec.json.encode(msgspec.structs.replace(receipt, signature=signature))


def rotate(*, now: datetime) -> SigningKey:
    """A new key signs from now on; the one before verifies what it has signed."""
    made = _make(now)
    try:
        with transaction.atomic():
            SigningKey.objects.filter(retired_at=None).update(retired_at=now)
            made.save(force_insert=True)
    except IntegrityError:
        return _yield_to_other(made)
    return made


def list_keys() -> list[SigningKey]:
    """Every key, the oldest first."""
    return list(SigningKey.objects.order_by("made_at", "kid"))


def is_whole(key: SigningKey) -> bool:
    """Whether its private file is there, readable, and its own."""
    try:
        _private_key(key)
    except SigningKeyLost:
        return False
    return True


def published() -> signing.SigningKeys:
    """The key set as the world sees it."""
    return signing.SigningKeys(
        keys=tuple(
            signing.SigningKey(
                kty="OKP",
                crv="Ed25519",
                use="sig",
                kid=key.kid,
                x=key.public_key,
                saldo_from=key.made_at,
                saldo_until=key.retired_at,
            )
            for key in list_keys()
        )
    )


def _make(now: datetime) -> SigningKey:
    """A new key, not stored yet; its file is there first, so that no row is without one."""
    private_key = Ed25519PrivateKey.generate()
    public_key = private_key.public_key().public_bytes_raw()
    kid = signing.key_id(public_key)
    pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private_files.write(_file(kid), pem.decode())
    return SigningKey(kid=kid, public_key=signing.text_of(public_key), made_at=now)


def _yield_to_other(mine: SigningKey) -> SigningKey:
    """Of two keys that were made at the same moment one signs; the other was never used."""
    private_files.remove(_file(mine.kid))
    return SigningKey.objects.get(retired_at=None)


def _private_key(key: SigningKey) -> Ed25519PrivateKey:
    try:
        pem = private_files.read(_file(key.kid))
        found = load_pem_private_key((pem or "").encode(), password=None)
    except (private_files.Unreadable, ValueError, TypeError, UnsupportedAlgorithm):
        raise SigningKeyLost(retry_after_s=RETRY_S) from None
    is_its_own = (
        isinstance(found, Ed25519PrivateKey)
        and signing.text_of(found.public_key().public_bytes_raw()) == key.public_key
    )
    if not is_its_own:
        raise SigningKeyLost(retry_after_s=RETRY_S)
    assert isinstance(found, Ed25519PrivateKey)
    return found


def _file(kid: str) -> Path:
    return Path(settings.PROGRAM_HOME) / "signing-keys" / f"{kid}.pem"
