"""Exchange keys: their form, their checksum, and what is kept of them.

``saldo_`` + environment + ``_`` + 8 characters that identify the key + 32 random ones + 6 of checksum, all
base62. 32 base62 characters are 190 bits. The checksum (CRC-32 of all that stands before it) tells a typing
error without asking anybody; it is no secret. Whoever receives keys stores the identifier and the SHA-256.
"""

import hashlib
import re
import secrets
import string
import zlib
from typing import Final, Literal

import msgspec

from saldo_protocol.patterns import whole

ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
IDENTIFIER_LENGTH: Final = 8
SECRET_LENGTH: Final = 32
CHECKSUM_LENGTH: Final = 6
IDENTIFIER_PATTERN: Final = whole("[0-9A-Za-z]{8}")
DIGEST_PATTERN: Final = whole("[0-9a-f]{64}")

Environment = Literal["live", "test"]

_FORM = re.compile(r"saldo_(live|test)_([0-9A-Za-z]{8})([0-9A-Za-z]{32})([0-9A-Za-z]{6})", re.ASCII)


class MalformedKey(ValueError):
    """The text can't be an exchange key. ``reason`` is ``form`` or ``checksum``."""

    def __init__(self, reason: Literal["form", "checksum"]) -> None:
        self.reason: Literal["form", "checksum"] = reason
        super().__init__(reason)


class ExchangeKey(msgspec.Struct, frozen=True):
    """A key in full. Its text is not shown by ``repr``, so that it can't slip into a log."""

    text: str
    environment: str
    identifier: str

    def __repr__(self) -> str:
        return f"<ExchangeKey {self.environment} {self.identifier}>"

    @property
    def digest(self) -> str:
        """What the receiver stores: the SHA-256 in hexadecimal. The key is random, so no salt is needed."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def make(environment: Environment = "live") -> ExchangeKey:
    """A new key from the system's random source."""
    identifier = _random(IDENTIFIER_LENGTH)
    head = f"saldo_{environment}_{identifier}{_random(SECRET_LENGTH)}"
    return ExchangeKey(head + _checksum(head), environment, identifier)


def parse(text: str) -> ExchangeKey:
    """Read a key as typed or pasted; white space around and inside it is dropped.

    :raises MalformedKey: when the form or the checksum is wrong.
    """
    plain = "".join(text.split())
    match = _FORM.fullmatch(plain)
    if match is None:
        raise MalformedKey("form")
    if _checksum(plain[:-CHECKSUM_LENGTH]) != match[4]:
        raise MalformedKey("checksum")
    return ExchangeKey(plain, match[1], match[2])


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checksum(head: str) -> str:
    number = zlib.crc32(head.encode())
    text = ""
    for _ in range(CHECKSUM_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        text = ALPHABET[place] + text
    return text
